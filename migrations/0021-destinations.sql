-- Payouts and Quotes that lead to an external account or a bank, and the speed that was asked of a rail.

-- Payments locks an external account while it decides to pay there, so that closing one comes before or after: a row lock
-- asks for the right to update, which the policy then grants for no row that would be written.
create policy external_account_lock on bank.external_account for update to omsx_payments_writer
  using (true) with check (false);
grant update (version) on bank.external_account to omsx_payments_writer;
-- Its details are opened for an order, and sealed again for that order alone, by the organization that asks.
grant select (sealed) on bank.external_account to omsx_payments;

-- How fast it is to travel; null for the speed that is usual on the rail.
alter table bank.order add column speed text;
alter table bank.order add constraint order_speed check (speed in ('STANDARD', 'SAME_DAY', 'INSTANT'));
create trigger order_speed_immutable before update of speed on bank.order
  for each row execute function platform.refuse_change();
grant select (speed) on bank.order to omsx_payments, omsx_payments_writer, omsx_check;

-- The external account that a Transaction goes to, where it goes to one that was made.
alter table payments.transaction add column destination_external_account_id uuid;
create index transaction_external_account on payments.transaction (destination_external_account_id, id)
  where destination_external_account_id is not null;

-- A Quote to an external account, or to a bank: then with the order that accepting it makes.
alter table payments.quote add column external_account_id uuid;
-- {"orderId", "adapter", "speed", "accountMask", "reference"}
alter table payments.quote add column payout jsonb;
-- The account's details, sealed for that order; gone once the Quote is over, as the order has them or nothing needs them.
alter table payments.quote add column sealed bytea;
alter table payments.quote add constraint quote_rail
  check (destination_rail in ('BOOK', 'ONCHAIN', 'ACH', 'WIRE', 'SEPA', 'PIX', 'SPEI', 'UPI', 'FPS'));
alter table payments.quote add constraint quote_bank_has_an_order
  check ((destination_rail in ('BOOK', 'ONCHAIN')) = (payout is null));
alter table payments.quote add constraint quote_open_is_sealed
  check ((sealed is not null) = (payout is not null and status = 'OPEN'));
alter table payments.quote add constraint quote_external_account_is_outside
  check (external_account_id is null or destination_rail <> 'BOOK');

-- What is sealed is for the writer alone, that puts it into the order.
revoke select on payments.quote from omsx_payments, omsx_check;
grant select (id, organization_id, status, version, type, fixed_side, source_account_id, source_is_wallet,
    source_customer_id, source_asset, source_gross, source_net, destination_rail, destination_account_id,
    destination_is_wallet, destination_customer_id, destination_asset, destination_gross, destination_net, network,
    to_address, from_address, rate_e18, rate_provider, rate_as_of, source_conversion_id, destination_conversion_id, fees,
    gas_asset, gas_amount, gas_sponsored, metadata, created_at, expires_at, accepted_at, transaction_id,
    external_account_id, payout)
  on payments.quote to omsx_payments, omsx_check;
grant update (sealed) on payments.quote to omsx_payments_writer;

-- An item that goes to an external account, or to a bank: then with what its order will say.
alter table payments.payout_item add column destination_external_account_id uuid;
alter table payments.payout_item add column rail text;
-- {"adapter", "speed", "accountMask", "reference"}
alter table payments.payout_item add column payout jsonb;
-- The account's details, sealed for the order, which has the item's uuid; gone once the item waits no more.
alter table payments.payout_item add column sealed bytea;
alter table payments.payout_item drop constraint payout_item_one_destination;
alter table payments.payout_item add constraint payout_item_one_destination
  check (num_nonnulls(destination_account_id, destination_address, rail) = 1);
alter table payments.payout_item add constraint payout_item_rail
  check (rail in ('ACH', 'WIRE', 'SEPA', 'PIX', 'SPEI', 'UPI', 'FPS'));
alter table payments.payout_item add constraint payout_item_bank_has_an_order check ((rail is null) = (payout is null));
alter table payments.payout_item add constraint payout_item_pending_is_sealed
  check ((sealed is not null) = (rail is not null and status = 'PENDING'));
alter table payments.payout_item add constraint payout_item_external_account_is_outside
  check (destination_external_account_id is null or destination_account_id is null);

revoke select on payments.payout_item from omsx_payments, omsx_check;
grant select (batch_id, number, id, organization_id, status, destination_account_id, destination_address,
    destination_is_wallet, amount, description, external_id, metadata, failure_code, failure_message, failure_retryable,
    updated_at, destination_external_account_id, rail, payout)
  on payments.payout_item to omsx_payments, omsx_check;
grant update (sealed) on payments.payout_item to omsx_payments_writer;
