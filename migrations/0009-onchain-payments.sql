-- What a Transaction that goes to or comes from a chain says of it. A table of its own, and two columns that are null
-- elsewhere, so that Transactions in our own books are written and read as before.
create table payments.onchain_leg (
  transaction_id uuid not null,
  organization_id uuid not null,
  -- Which side of the Transaction is outside.
  side text not null,
  network text not null,
  -- The address outside: the recipient of a send, the sender of a deposit.
  address text not null,
  -- How far the timeline has told the way on the chain, and by which transaction.
  stage text not null,
  chain_transaction_id uuid,
  transaction_hash text,
  constraint onchain_leg_pkey primary key (transaction_id),
  constraint onchain_leg_transaction foreign key (transaction_id) references payments.transaction (id),
  constraint onchain_leg_side check (side in ('SOURCE', 'DESTINATION')),
  constraint onchain_leg_stage check (stage in ('SUBMITTED', 'BROADCAST', 'INCLUDED', 'REORGED')),
  constraint onchain_leg_address_form check (address ~ '^0x[0-9a-f]{40}$'),
  constraint onchain_leg_hash_form check (transaction_hash ~ '^0x[0-9a-f]{64}$')
);

-- A leg is never taken away, and where it leads never changes.
create trigger onchain_leg_immutable before delete on payments.onchain_leg
  for each row execute function platform.refuse_change();
create trigger onchain_leg_destination_immutable
  before update of transaction_id, organization_id, side, network, address on payments.onchain_leg
  for each row execute function platform.refuse_change();

alter table payments.onchain_leg enable row level security;
alter table payments.onchain_leg force row level security;
create policy onchain_leg_reader on payments.onchain_leg for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy onchain_leg_writer on payments.onchain_leg to omsx_payments_writer using (true) with check (true);
create policy onchain_leg_check on payments.onchain_leg for select to omsx_check using (true);
grant select on payments.onchain_leg to omsx_payments, omsx_payments_writer, omsx_check;
grant insert on payments.onchain_leg to omsx_payments_writer;
grant update (stage, chain_transaction_id, transaction_hash) on payments.onchain_leg to omsx_payments_writer;

alter table payments.transaction_event add column chain_transaction_id uuid;
alter table payments.transaction_event add column transaction_hash text;
