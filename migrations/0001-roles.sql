-- Roles of the application. None can log in by itself, none owns anything: a process logs in with its
-- DATABASE_URL and acts as one of these (connection option `role`), or has a login of its own that is a member.
--   omsx_<subgraph>          the request path: SELECT only, one organization at a time (row level security)
--   omsx_<subgraph>_writer   the lanes and workers: write their own schema, the ledger and the outbox
--   omsx_relay               copies the outbox to Redis, keeps its partitions
--   omsx_router              replays the outbox to subscribers
do $$
declare
  name text;
begin
  foreach name in array array['omsx_accounts', 'omsx_accounts_writer', 'omsx_wallets', 'omsx_wallets_writer',
    'omsx_payments', 'omsx_payments_writer', 'omsx_relay', 'omsx_router', 'omsx_check'] loop
    -- Roles belong to the whole cluster, so another database of it may have made them already.
    begin
      execute format('create role %I nologin noinherit', name);
    exception when duplicate_object or unique_violation then null;
    end;
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user with set true', name);
    end if;
  end loop;
end $$;

revoke create on schema public from public;
