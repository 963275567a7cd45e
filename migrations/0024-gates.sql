-- Why a Transaction waits before it is handed to its rail: somebody has to approve it, or to review it.

-- What an organization wants approved. One row: what applied to a payment is kept with its approval.
create table payments.approval_policy (
  organization_id uuid not null,
  version integer not null,
  rules jsonb not null,
  expiry_hours integer not null,
  -- The ApiKey or Member that set it last.
  set_by text not null,
  updated_at timestamptz not null,
  constraint approval_policy_pkey primary key (organization_id),
  constraint approval_policy_version_positive check (version > 0),
  constraint approval_policy_expiry check (expiry_hours between 1 and 720)
);

-- What is handed to the rail once nothing is waited for any more. Changes under the Transaction's lock only.
create table payments.gate (
  transaction_id uuid not null,
  organization_id uuid not null,
  kind text not null,
  instruction jsonb not null,
  -- The bank account's details, as bank.order will have them.
  sealed bytea,
  state text not null,
  awaits_approval boolean not null,
  awaits_review boolean not null,
  -- Asked to be called off by somebody who is to be answered as by the rail itself: a worker does it a moment later.
  is_cancel_asked boolean not null default false,
  constraint gate_pkey primary key (transaction_id),
  constraint gate_transaction foreign key (transaction_id) references payments.transaction (id),
  constraint gate_kind check (kind in ('BOOK', 'SEND', 'ORDER', 'PICKUP')),
  constraint gate_state check (state in ('WAITING', 'OPENED', 'ENDED')),
  constraint gate_waits_for_something check ((state = 'WAITING') = (awaits_approval or awaits_review)),
  constraint gate_sealed check ((kind in ('ORDER', 'PICKUP')) = (sealed is not null))
) with (fillfactor = 80);

create index gate_cancel_asked on payments.gate (transaction_id) where is_cancel_asked and state = 'WAITING';

-- A question to those who may approve. Changes under the lock of its Transaction or PayoutBatch only.
create table payments.approval (
  id uuid not null,
  organization_id uuid not null,
  subject text not null,
  subject_id uuid not null,
  status text not null,
  -- Number of its latest event; gap-free from 1.
  version integer not null,
  required integer not null,
  -- What of the policy applied, and which version of it: changing the policy changes nothing here.
  rule jsonb not null,
  policy_version integer not null,
  -- The ApiKey or Member that made what is to be approved.
  requested_by text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  constraint approval_pkey primary key (id),
  constraint approval_subject_key unique (subject_id),
  constraint approval_subject check (subject in ('TRANSACTION', 'PAYOUT_BATCH')),
  constraint approval_status check (status in ('OPEN', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELED')),
  constraint approval_version_positive check (version > 0),
  constraint approval_required check (required between 1 and 3),
  constraint approval_ended check ((status = 'OPEN') = (ended_at is null))
) with (fillfactor = 80);

create index approval_organization on payments.approval (organization_id, id);
create index approval_status on payments.approval (organization_id, status, id);
create index approval_due on payments.approval (expires_at) where status = 'OPEN';

-- What each who was asked said, once.
create table payments.approval_decision (
  approval_id uuid not null,
  decided_by text not null,
  organization_id uuid not null,
  -- Of the ApiKey, by which its revocation is known.
  key_id uuid,
  verdict text not null,
  note text,
  decided_at timestamptz not null,
  constraint approval_decision_pkey primary key (approval_id, decided_by),
  constraint approval_decision_approval foreign key (approval_id) references payments.approval (id),
  constraint approval_decision_verdict check (verdict in ('APPROVE', 'REJECT'))
);

-- Money that somebody in compliance has to look at. Whoever lacks the scope compliance:read must not learn of it.
create table payments.review (
  id uuid not null,
  organization_id uuid not null,
  subject text not null,
  subject_id uuid not null,
  status text not null,
  -- Number of its latest event; gap-free from 1.
  version integer not null,
  reasons text[] not null,
  matches jsonb not null,
  list_version text,
  opened_by text not null,
  assigned_to text,
  decided_by text,
  note text,
  opened_at timestamptz not null,
  decided_at timestamptz,
  constraint review_pkey primary key (id),
  constraint review_subject check (subject in ('TRANSACTION', 'RECEIPT', 'DEPOSIT')),
  constraint review_status check (status in ('OPEN', 'RELEASED', 'REFUSED', 'CANCELED')),
  constraint review_version_positive check (version > 0),
  constraint review_reasons check (cardinality(reasons) between 1 and 20),
  constraint review_decided check ((status = 'OPEN') = (decided_at is null))
) with (fillfactor = 80);

create unique index review_open on payments.review (subject_id) where status = 'OPEN';
create index review_subject on payments.review (subject_id, id);
create index review_organization on payments.review (organization_id, id);
create index review_status on payments.review (organization_id, status, id);

-- Which place outside a payout went to, without saying which it is: whether it was paid before, its Transactions say.
create table payments.counterparty (
  organization_id uuid not null,
  digest text not null,
  transaction_id uuid not null,
  constraint counterparty_pkey primary key (organization_id, digest, transaction_id)
);

-- By address, for whether an organization paid it before.
create index onchain_leg_address on payments.onchain_leg (organization_id, address) where side = 'DESTINATION';

-- Keys that hold no more, for those who keep what a key has said: the subgraph that owns keys tells, and in the tx that
-- revokes one.
create table platform.revoked_key (
  key_id uuid not null,
  organization_id uuid not null,
  revoked_at timestamptz not null,
  constraint revoked_key_pkey primary key (key_id)
);
insert into platform.revoked_key
  select id, organization_id, revoked_at from accounts.api_key where revoked_at is not null;

create function accounts.tell_revoked_key() returns trigger language plpgsql as $$
begin
  insert into platform.revoked_key (key_id, organization_id, revoked_at)
    values (new.id, new.organization_id, new.revoked_at);
  return new;
end $$;
create trigger api_key_tell_revoked after update of revoked_at on accounts.api_key
  for each row when (old.revoked_at is null and new.revoked_at is not null)
  execute function accounts.tell_revoked_key();

-- A batch waits as a whole before any of its items runs.
alter table payments.payout_batch drop constraint payout_batch_status;
alter table payments.payout_batch add constraint payout_batch_status
  check (status in ('AWAITING_APPROVAL', 'VALIDATED', 'PROCESSING', 'COMPLETED', 'PARTIALLY_COMPLETED', 'FAILED', 'CANCELED'));
alter table payments.payout_batch drop constraint payout_batch_ended_status;
alter table payments.payout_batch add constraint payout_batch_ended_status
  check ((ended_at is null) = (status in ('AWAITING_APPROVAL', 'VALIDATED', 'PROCESSING')));

-- What was asked and said stays.
create trigger approval_immutable before delete on payments.approval
  for each row execute function platform.refuse_change();
create trigger approval_decision_immutable before update or delete on payments.approval_decision
  for each row execute function platform.refuse_change();
create trigger review_immutable before delete on payments.review
  for each row execute function platform.refuse_change();
create trigger gate_immutable before delete on payments.gate
  for each row execute function platform.refuse_change();
create trigger counterparty_immutable before update or delete on payments.counterparty
  for each row execute function platform.refuse_change();
create trigger revoked_key_immutable before update or delete on platform.revoked_key
  for each row execute function platform.refuse_change();

alter table payments.approval_policy enable row level security;
alter table payments.approval_policy force row level security;
alter table payments.gate enable row level security;
alter table payments.gate force row level security;
alter table payments.approval enable row level security;
alter table payments.approval force row level security;
alter table payments.approval_decision enable row level security;
alter table payments.approval_decision force row level security;
alter table payments.review enable row level security;
alter table payments.review force row level security;
alter table payments.counterparty enable row level security;
alter table payments.counterparty force row level security;
alter table platform.revoked_key enable row level security;
alter table platform.revoked_key force row level security;
create policy approval_policy_reader on payments.approval_policy for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy gate_reader on payments.gate for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy approval_reader on payments.approval for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy approval_decision_reader on payments.approval_decision for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy review_reader on payments.review for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy approval_policy_writer on payments.approval_policy to omsx_payments_writer using (true) with check (true);
create policy gate_writer on payments.gate to omsx_payments_writer using (true) with check (true);
create policy approval_writer on payments.approval to omsx_payments_writer using (true) with check (true);
create policy approval_decision_writer on payments.approval_decision to omsx_payments_writer using (true) with check (true);
create policy review_writer on payments.review to omsx_payments_writer using (true) with check (true);
create policy counterparty_writer on payments.counterparty to omsx_payments_writer using (true) with check (true);
create policy gate_check on payments.gate for select to omsx_check using (true);
create policy approval_check on payments.approval for select to omsx_check using (true);
create policy approval_decision_check on payments.approval_decision for select to omsx_check using (true);
create policy review_check on payments.review for select to omsx_check using (true);
create policy revoked_key_teller on platform.revoked_key for insert to omsx_accounts_writer with check (true);
create policy revoked_key_reader on platform.revoked_key for select to omsx_payments_writer using (true);

grant select on payments.approval_policy, payments.approval, payments.approval_decision, payments.review to omsx_payments;
-- Not what is sealed, nor whether there is a review.
grant select (transaction_id, organization_id, kind, instruction, state) on payments.gate to omsx_payments;
grant select on payments.gate, payments.approval, payments.approval_decision, payments.review to omsx_check;
grant select, insert on payments.approval_policy, payments.gate, payments.approval, payments.approval_decision,
  payments.review, payments.counterparty to omsx_payments_writer;
grant update (version, rules, expiry_hours, set_by, updated_at) on payments.approval_policy to omsx_payments_writer;
grant update (instruction, state, awaits_approval, awaits_review, is_cancel_asked) on payments.gate to omsx_payments_writer;
grant update (status, version, ended_at) on payments.approval to omsx_payments_writer;
grant update (status, version, assigned_to, decided_by, note, decided_at) on payments.review to omsx_payments_writer;
grant insert on platform.revoked_key to omsx_accounts_writer;
grant select on platform.revoked_key to omsx_payments_writer;
