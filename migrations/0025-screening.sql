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
  -- HELD while a review is open: nobody settles the receipt; then what the review came to. Null where there was none.
  state text,
  constraint receipt_screening_pkey primary key (receipt_id),
  constraint receipt_screening_receipt foreign key (receipt_id) references bank.receipt (id),
  constraint receipt_screening_outcome check (outcome in ('CLEAR', 'REVIEW')),
  constraint receipt_screening_state check (state in ('HELD', 'RELEASED', 'REFUSED'))
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
grant insert on bank.receipt_screening to omsx_payments_writer;
grant update (state) on bank.receipt_screening to omsx_payments_writer;

-- The same of a deposit, whose sender the chain names: what became of it once it was final. No row where nobody held it.
create table chain.deposit_screening (
  deposit_id uuid not null,
  organization_id uuid not null,
  state text not null,
  constraint deposit_screening_pkey primary key (deposit_id),
  constraint deposit_screening_deposit foreign key (deposit_id) references chain.deposit (id),
  constraint deposit_screening_state check (state in ('HELD', 'RELEASED', 'REFUSED'))
);

create trigger deposit_screening_immutable before delete on chain.deposit_screening
  for each row execute function platform.refuse_change();
alter table chain.deposit_screening enable row level security;
alter table chain.deposit_screening force row level security;
create policy deposit_screening_writer on chain.deposit_screening to omsx_payments_writer using (true) with check (true);
create policy deposit_screening_check on chain.deposit_screening for select to omsx_check using (true);
grant select, insert on chain.deposit_screening to omsx_payments_writer;
grant update (state) on chain.deposit_screening to omsx_payments_writer;
grant select on chain.deposit_screening to omsx_check;

-- What is there already was taken in before anybody was asked.
insert into bank.receipt_screening (receipt_id, organization_id, outcome, list_version, matches)
select id, organization_id, 'CLEAR', 'none', '[]' from bank.receipt;
