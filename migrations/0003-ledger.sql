-- Double entry after TigerBeetle's model: a Transfer is one row with one debit account, one credit account and
-- one amount, so that it balances by construction; an Account keeps four counters that only grow or resolve.
create schema ledger;

create table ledger.asset (
  code text not null,
  scale smallint not null,
  name text not null,
  constraint asset_pkey primary key (code),
  constraint asset_code_form check (code ~ '^[A-Z][A-Z0-9]{1,11}$'),
  constraint asset_scale_range check (scale between 0 and 18)
);

insert into ledger.asset (code, scale, name) values
  ('USD', 2, 'US dollar'), ('EUR', 2, 'Euro'), ('GBP', 2, 'Pound sterling'), ('MXN', 2, 'Mexican peso'),
  ('BRL', 2, 'Brazilian real'), ('INR', 2, 'Indian rupee'), ('JPY', 0, 'Japanese yen'),
  ('USDC', 6, 'USD Coin'), ('USDT', 6, 'Tether USD'),
  ('POL', 18, 'Polygon'), ('ETH', 18, 'Ether'), ('BTC', 8, 'Bitcoin');

-- The party whose books an Account keeps: an organization itself or one of its customers. Subgraphs do not read
-- one another's tables; this is where "does this customer exist, and whose is it" is asked.
create table ledger.holder (
  id uuid not null,
  organization_id uuid not null,
  kind text not null,
  created_at timestamptz not null default now(),
  constraint holder_pkey primary key (id),
  constraint holder_kind check (kind in ('ORGANIZATION', 'CUSTOMER')),
  constraint holder_organization_itself check ((kind = 'ORGANIZATION') = (id = organization_id)),
  constraint holder_organization_id_key unique (organization_id, id)
);

create table ledger.account (
  id uuid not null,
  organization_id uuid not null,
  holder_id uuid not null,
  kind text not null,
  asset text not null,
  normal_side text not null,
  debits_must_not_exceed_credits boolean not null,
  -- A Wallet has the uuid of its Account; true when there is one.
  backs_wallet boolean not null default false,
  name text,
  debits_pending numeric(38, 0) not null default 0,
  debits_posted numeric(38, 0) not null default 0,
  credits_pending numeric(38, 0) not null default 0,
  credits_posted numeric(38, 0) not null default 0,
  -- Number of Entries; each Transfer that touches the Account takes the next.
  version bigint not null default 0,
  closed_at timestamptz,
  created_at timestamptz not null default now(),
  constraint account_pkey primary key (id),
  constraint account_holder foreign key (organization_id, holder_id) references ledger.holder (organization_id, id),
  constraint account_asset foreign key (asset) references ledger.asset (code),
  constraint account_kind check (kind in ('CUSTOMER', 'TREASURY', 'FEES', 'OMNIBUS', 'CLEARING', 'CONVERSION', 'SUSPENSE')),
  constraint account_normal_side check (normal_side in ('DEBIT', 'CREDIT')),
  constraint account_debits_pending_not_negative check (debits_pending >= 0),
  constraint account_debits_posted_not_negative check (debits_posted >= 0),
  constraint account_credits_pending_not_negative check (credits_pending >= 0),
  constraint account_credits_posted_not_negative check (credits_posted >= 0),
  constraint account_no_overdraft
    check (not debits_must_not_exceed_credits or debits_posted + debits_pending <= credits_posted),
  constraint account_closed_is_empty
    check (closed_at is null or (debits_pending = 0 and credits_pending = 0 and debits_posted = credits_posted))
) with (fillfactor = 40);

create index account_organization on ledger.account (organization_id, id);
create index account_holder on ledger.account (holder_id, id);
-- One system account of each kind and asset for each organization.
create unique index account_system_key on ledger.account (organization_id, kind, asset)
  where kind in ('FEES', 'OMNIBUS', 'CLEARING', 'CONVERSION', 'SUSPENSE');

-- No foreign keys to account: measured 25 times slower on a hot account, and deadlocks. The posting function
-- checks existence under lock, a statement trigger checks it again.
create table ledger.transfer (
  id uuid not null,
  organization_id uuid not null,
  journal_id uuid not null,
  kind text not null,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  asset text not null,
  amount numeric(38, 0) not null,
  -- The Hold that this Transfer resolves.
  pending_id uuid,
  -- For a Hold: when it can no longer be posted.
  expires_at timestamptz,
  -- The payments Transaction this belongs to, for Entry.transaction.
  transaction_id uuid,
  description text,
  debit_version bigint not null,
  debit_posted_after numeric(38, 0) not null,
  debit_debits_pending_after numeric(38, 0) not null,
  debit_credits_pending_after numeric(38, 0) not null,
  credit_version bigint not null,
  credit_posted_after numeric(38, 0) not null,
  credit_debits_pending_after numeric(38, 0) not null,
  credit_credits_pending_after numeric(38, 0) not null,
  created_at timestamptz not null,
  constraint transfer_pkey primary key (id),
  constraint transfer_kind check (kind in ('SINGLE', 'PENDING', 'POST_PENDING', 'VOID_PENDING')),
  constraint transfer_amount_positive check (amount > 0),
  constraint transfer_accounts_differ check (debit_account_id <> credit_account_id),
  constraint transfer_resolves_a_hold check ((kind in ('POST_PENDING', 'VOID_PENDING')) = (pending_id is not null)),
  constraint transfer_only_holds_expire check (expires_at is null or kind = 'PENDING')
);

create unique index transfer_debit_entry on ledger.transfer (debit_account_id, debit_version);
create unique index transfer_credit_entry on ledger.transfer (credit_account_id, credit_version);
-- A Hold is resolved at most once, whatever the code above believes.
create unique index transfer_pending_resolved_once on ledger.transfer (pending_id) where pending_id is not null;
-- For ledger/expire.ts. The Holds of Transactions expire with their timeline and have an index of their own.
create index transfer_expiring on ledger.transfer (expires_at)
  where expires_at is not null and transaction_id is null;

create trigger transfer_immutable before update or delete on ledger.transfer
  for each row execute function platform.refuse_change();
create trigger transfer_not_truncated before truncate on ledger.transfer
  for each statement execute function platform.refuse_change();

-- The second lock on the door: whatever wrote the Transfers, each statement must leave accounts and Entries in
-- agreement. Accounts are updated before their Transfers are inserted. Measured at 5 to 8 % of the time of a batch
-- of 1,000, with one hot account and with 1,800. What it cannot see is a gap between
-- these Entries and older ones; that and the chain of balances is for ledger:check.
create function ledger.prove_transfers() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  fault record;
begin
  -- Each account with its newest Entry (arrays compare by their first element, the version). Grouped by
  -- organization and asset as well, so that an account which occurs with two of them has a group that disagrees
  -- with its row. LIMIT keeps it one look-up for each account whatever plan was cached: a plain join, planned
  -- when there were few rows, was measured to take 160 ms for 1,000 Transfers instead of 4.
  select touched.account_id, touched.newest[1] as version, account.version as account_version into fault
    from (
      select account_id, organization_id, asset, count(*) as entries, min(version) as first_version,
             max(array[version, posted, debits_pending, credits_pending]) as newest
        from (
          select debit_account_id as account_id, organization_id, asset, debit_version as version,
                 debit_posted_after as posted, debit_debits_pending_after as debits_pending,
                 debit_credits_pending_after as credits_pending
            from inserted
          union all
          select credit_account_id, organization_id, asset, credit_version, credit_posted_after,
                 credit_debits_pending_after, credit_credits_pending_after
            from inserted) entry
       group by account_id, organization_id, asset) touched
    left join lateral (select * from ledger.account where account.id = touched.account_id limit 1) account on true
   where account.id is null
      or account.organization_id <> touched.organization_id
      or account.asset <> touched.asset
      or account.version - touched.first_version + 1 <> touched.entries
      or touched.newest <> array[account.version, case account.normal_side
           when 'CREDIT' then account.credits_posted - account.debits_posted
           else account.debits_posted - account.credits_posted end,
           account.debits_pending, account.credits_pending]
   limit 1;
  if found then
    raise exception 'transfers do not agree with account % (version %, entries up to %)',
      fault.account_id, fault.account_version, fault.version
      using errcode = 'integrity_constraint_violation', constraint = 'transfer_agrees_with_accounts';
  end if;

  -- A resolution resolves a Hold between the same accounts, and no more than it held.
  if exists (select from inserted where pending_id is not null) then
    select resolution.id, resolution.pending_id into fault
      from inserted resolution
      left join lateral (
        select * from ledger.transfer where transfer.id = resolution.pending_id and transfer.kind = 'PENDING' limit 1
      ) hold on true
     where resolution.pending_id is not null
       and (hold.id is null or hold.organization_id <> resolution.organization_id
         or hold.debit_account_id <> resolution.debit_account_id
         or hold.credit_account_id <> resolution.credit_account_id
         or hold.amount < resolution.amount)
     limit 1;
    if found then
      raise exception 'transfer % does not resolve hold %', fault.id, fault.pending_id
        using errcode = 'integrity_constraint_violation', constraint = 'transfer_resolves_its_hold';
    end if;
  end if;
  return null;
end $$;

create trigger transfer_proven after insert on ledger.transfer referencing new table as inserted
  for each statement execute function ledger.prove_transfers();

-- The newest version of an account at an instant, 0 before its first. Versions have no gaps and their times
-- never go back, so that bisecting finds it with some 20 index look-ups in a million Entries.
create function ledger.version_at(p_account_id uuid, p_instant timestamptz) returns bigint
  language plpgsql stable set enable_seqscan = off as $$
declare
  low bigint := 0;
  high bigint := (select version from ledger.account where id = p_account_id);
  middle bigint;
begin
  while low < high loop
    middle := (low + high + 1) / 2;
    if p_instant >= coalesce(
      (select created_at from ledger.transfer where debit_account_id = p_account_id and debit_version = middle),
      (select created_at from ledger.transfer where credit_account_id = p_account_id and credit_version = middle))
    then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return low;
end $$;

alter table ledger.holder enable row level security;
alter table ledger.holder force row level security;
alter table ledger.account enable row level security;
alter table ledger.account force row level security;
alter table ledger.transfer enable row level security;
alter table ledger.transfer force row level security;

create policy holder_reader on ledger.holder for select to omsx_accounts, omsx_wallets, omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy account_reader on ledger.account for select to omsx_accounts, omsx_wallets, omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy transfer_reader on ledger.transfer for select to omsx_accounts, omsx_wallets, omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy holder_writer on ledger.holder
  to omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer using (true) with check (true);
create policy account_writer on ledger.account
  to omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer using (true) with check (true);
create policy transfer_writer on ledger.transfer
  to omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer using (true) with check (true);
create policy holder_check on ledger.holder for select to omsx_check using (true);
create policy account_check on ledger.account for select to omsx_check using (true);
create policy transfer_check on ledger.transfer for select to omsx_check using (true);

grant usage on schema ledger to omsx_accounts, omsx_wallets, omsx_payments,
  omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer, omsx_check;
grant select on all tables in schema ledger to omsx_accounts, omsx_wallets, omsx_payments, omsx_check,
  omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer;
-- Accounts are opened by any subgraph through the ledger library; only wallets and payments post.
grant insert on ledger.holder to omsx_accounts_writer;
grant insert, update (closed_at, name) on ledger.account to omsx_accounts_writer;
grant insert, update on ledger.account to omsx_wallets_writer, omsx_payments_writer;
grant insert on ledger.transfer to omsx_wallets_writer, omsx_payments_writer;
