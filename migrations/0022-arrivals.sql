-- Money that arrives by itself: at a VirtualAccount (bank), and at a DepositAddress (chain).

-- Where money came in, as the payer named it, and why it is not (or was not at once) anybody's.
alter table bank.receipt add column virtual_account_id uuid;
alter table bank.receipt add column suspense_reason text;
alter table bank.receipt add constraint receipt_virtual_account
  foreign key (virtual_account_id) references bank.virtual_account (id);
alter table bank.receipt add constraint receipt_suspense_reason
  check (suspense_reason in ('UNKNOWN', 'PAUSED', 'CLOSED', 'OTHER_ASSET', 'ACCOUNT_CLOSED'));
create index receipt_virtual_account on bank.receipt (virtual_account_id, transaction_id)
  where virtual_account_id is not null and transaction_id is not null;
drop trigger receipt_arrival_immutable on bank.receipt;
create trigger receipt_arrival_immutable
  before update of id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask, virtual_account_id
  on bank.receipt for each row execute function platform.refuse_change();
grant update (suspense_reason) on bank.receipt to omsx_payments_writer;
