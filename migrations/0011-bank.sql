-- What rails/bank/ knows of banks and wants of them; a library's schema, as `chain` is (docs/decisions/0013).
--   omsx_bank   submits orders to providers, takes in their callbacks, files and statements
do $$
declare
  name text;
begin
  foreach name in array array['omsx_bank'] loop
    begin
      execute format('create role %I nologin noinherit', name);
    exception when duplicate_object or unique_violation then null;
    end;
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user with set true', name);
    end if;
  end loop;
end $$;

create schema bank;
grant usage on schema bank to omsx_bank, omsx_accounts, omsx_accounts_writer, omsx_payments, omsx_payments_writer,
  omsx_check;
grant usage on schema platform, ledger to omsx_bank;
grant select, insert, update on platform.lease to omsx_bank;
grant select on ledger.asset to omsx_bank;

-- What an Account may not be used for at present: read by the lane under the Account's lock, written under the same lock
-- by accounts when a customer's endorsements change. Every word here is one that the lane knows.
alter table ledger.account add column restrictions text[] not null default '{}';
alter table ledger.account add constraint account_restrictions
  check (restrictions <@ array['DEBIT', 'CREDIT', 'ONCHAIN', 'BANK']);
