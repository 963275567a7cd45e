-- A Wallet's address is chain.address, by wallet_id: this column was never written.
alter table wallets.wallet drop constraint wallet_address_key;
alter table wallets.wallet drop column address;

-- The Account whose money a PAYMENT moves (a Wallet has the uuid of its Account): what says whose Customer's it is. Where
-- it is null, tokens that act for one Customer do not see the send.
alter table chain.send add column account_id uuid;
alter table chain.send add constraint send_account check (account_id is null or purpose = 'PAYMENT');
create index send_account on chain.send (account_id) where account_id is not null;

-- What the graph lists, newest first.
create index deposit_account on chain.deposit (account_id, id) where account_id is not null;
create index difference_organization on chain.difference (organization_id, id);
-- What is under way is little beside what is final, and asked for by its state.
create index deposit_organization_open on chain.deposit (organization_id, id) where state <> 'FINAL';
create index transaction_organization_open on chain.transaction (organization_id, id) where state <> 'FINAL';
