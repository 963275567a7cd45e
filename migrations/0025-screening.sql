-- What screening said of payments before they were decided, and of money that arrives before it is credited.

-- Each answer, for those who have to show that somebody looked. Entries of lists by their ids alone: nothing here is of
-- whoever was screened.
create table payments.screening (
  id uuid not null,
  organization_id uuid not null,
  subject text not null,
  subject_id uuid not null,
  outcome text not null,
  -- Digest of the lists that were looked at; `unavailable` where nobody could say.
  list_version text not null,
  -- Of each match: list, entry, field, scorePercent.
  matches jsonb not null,
  screened_at timestamptz not null,
  constraint screening_pkey primary key (id),
  constraint screening_subject check (subject in ('TRANSACTION', 'RECEIPT', 'DEPOSIT')),
  constraint screening_outcome check (outcome in ('CLEAR', 'REVIEW')),
  constraint screening_matches check (jsonb_typeof(matches) = 'array')
);

create index screening_organization on payments.screening (organization_id, id);
create index screening_subject_id on payments.screening (subject_id, id);
create trigger screening_immutable before update or delete on payments.screening
  for each row execute function platform.refuse_change();

alter table payments.screening enable row level security;
alter table payments.screening force row level security;
create policy screening_reader on payments.screening for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy screening_writer on payments.screening to omsx_payments_writer using (true) with check (true);
create policy screening_check on payments.screening for select to omsx_check using (true);
grant select on payments.screening to omsx_payments, omsx_payments_writer, omsx_check;
grant insert on payments.screening to omsx_payments_writer;

-- What screening said of whoever sent a receipt: asked when the bank's message is taken in, as only then the payer is known
-- in the clear, and read by whoever settles it. No request reads it.
create table bank.receipt_screening (
  receipt_id uuid not null,
  organization_id uuid not null,
  outcome text not null,
  list_version text not null,
  matches jsonb not null,
  -- Since when a review is open about it: until it is decided nobody settles the receipt.
  held_at timestamptz,
  -- What the review came to, and when.
  decided_at timestamptz,
  decision text,
  constraint receipt_screening_pkey primary key (receipt_id),
  constraint receipt_screening_receipt foreign key (receipt_id) references bank.receipt (id),
  constraint receipt_screening_outcome check (outcome in ('CLEAR', 'REVIEW')),
  constraint receipt_screening_decision check (decision in ('RELEASE', 'REFUSE')),
  constraint receipt_screening_decided check ((decided_at is null) = (decision is null) and (decision is null or held_at is not null))
);

create trigger receipt_screening_immutable before delete on bank.receipt_screening
  for each row execute function platform.refuse_change();
create trigger receipt_screening_answer_immutable
  before update of receipt_id, organization_id, outcome, list_version, matches on bank.receipt_screening
  for each row execute function platform.refuse_change();

alter table bank.receipt_screening enable row level security;
alter table bank.receipt_screening force row level security;
create policy receipt_screening_bank on bank.receipt_screening to omsx_bank using (true) with check (true);
create policy receipt_screening_writer on bank.receipt_screening to omsx_payments_writer using (true) with check (true);
create policy receipt_screening_check on bank.receipt_screening for select to omsx_check using (true);
grant insert on bank.receipt_screening to omsx_bank;
grant select on bank.receipt_screening to omsx_payments_writer, omsx_check;
grant update (held_at, decided_at, decision) on bank.receipt_screening to omsx_payments_writer;
