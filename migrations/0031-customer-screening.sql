-- What screening says of the names of each Customer, and what somebody in compliance decided about it. Ids of entries and
-- scores alone: the names are sealed with the Customer, and those of entries are in their list.
create table accounts.customer_screening (
  customer_id uuid primary key references accounts.customer (id),
  organization_id uuid not null references accounts.organization (id),
  status text not null,
  -- 'unavailable' where nobody could say.
  list_version text not null,
  -- [{ list, entry, scorePercent }]
  matches jsonb not null default '[]',
  screened_at timestamptz not null default platform.now(),
  decided_by text,
  note text,
  decided_at timestamptz,
  constraint customer_screening_status check (status in ('CLEAR', 'OPEN', 'RELEASED', 'REFUSED')),
  constraint customer_screening_clear check (status <> 'CLEAR' or matches = '[]'),
  constraint customer_screening_decided check (
    case when status in ('RELEASED', 'REFUSED') then num_nulls(decided_by, note, decided_at) = 0
         else num_nonnulls(decided_by, note, decided_at) = 0 end)
);
create index customer_screening_organization on accounts.customer_screening (organization_id, status, customer_id)
  where status <> 'CLEAR';
create index customer_screening_unanswered on accounts.customer_screening (customer_id) where list_version = 'unavailable';

-- ACTIVE but for screening: UNDER_REVIEW until what screening found is released.
alter table accounts.endorsement add column is_held boolean not null default false;
alter table accounts.endorsement add constraint endorsement_held check (not is_held or status = 'UNDER_REVIEW');

-- Nobody has said anything of those who are there; the worker asks as soon as it runs. Whoever migrates owns the table and
-- is no tenant.
alter table accounts.customer no force row level security;
insert into accounts.customer_screening (customer_id, organization_id, status, list_version)
  select id, organization_id, 'OPEN', 'unavailable' from accounts.customer where erased_at is null;
alter table accounts.customer force row level security;

alter table accounts.customer_screening enable row level security;
alter table accounts.customer_screening force row level security;
create policy customer_screening_reader on accounts.customer_screening for select to omsx_accounts
  using (organization_id = (select platform.current_organization()));
create policy customer_screening_writer on accounts.customer_screening to omsx_accounts_writer using (true) with check (true);
grant select on accounts.customer_screening to omsx_accounts;
grant select, insert, update on accounts.customer_screening to omsx_accounts_writer;
grant select, insert, update on platform.lease to omsx_accounts_writer;
