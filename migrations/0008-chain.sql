-- What rails/onchain/ knows of chains and wants of them. A library's schema, as the ledger's is: payments writes what
-- is to be sent and reads what became of it, wallets reads it for its graph, and the two processes that touch a chain
-- (omsx_chain) or a key (omsx_signer) meet here and nowhere else.
--   omsx_chain    follows blocks, plans, broadcasts; has no key and sees no sealed one
--   omsx_signer   reads what is to be signed, signs it, writes the bytes; no request reaches it
-- Hashes and addresses are lower-case hex text with 0x. Amounts are minor units, wei for a coin.
do $$
declare
  name text;
begin
  foreach name in array array['omsx_chain', 'omsx_signer'] loop
    begin
      execute format('create role %I nologin noinherit', name);
    exception when duplicate_object or unique_violation then null;
    end;
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user with set true', name);
    end if;
  end loop;
end $$;

create schema chain;

-- A Network that this deployment is connected to, as its configuration says and as the follower last saw it.
create table chain.network (
  code text not null,
  chain_id bigint not null,
  native_asset text not null,
  explorer_url text,
  block_time_ms integer not null,
  multisend text,
  -- Confirmations asked for beside finality, by amount: [{"belowMinor": "100000000" or null, "confirmationsMin": 3}].
  finality_steps jsonb not null,
  -- The follower's view.
  status text not null default 'STARTING',
  -- Why it is not HEALTHY, in words that operators and clients may read.
  reason text,
  head_number bigint,
  safe_number bigint,
  finalized_number bigint,
  finalized_at timestamptz,
  -- The newest block whose deposits and sends are in the tables below.
  followed_number bigint,
  -- Per endpoint, without its URL, which may hold a key: [{"name", "status", "latencyMs", "blocksBehind"}].
  endpoints jsonb not null default '[]',
  viewed_at timestamptz,
  -- What a transaction costs now, of the newest block: wei for each unit of gas.
  base_fee_per_gas numeric(38, 0),
  priority_fee_per_gas numeric(38, 0),
  constraint network_pkey primary key (code),
  constraint network_chain_id_key unique (chain_id),
  -- STARTING until the first block is followed; LAGGING behind its head; STALLED without finality (the breaker is
  -- open: nothing becomes final); UNREACHABLE; LOST after a re-org deeper than what is stored.
  constraint network_status check (status in ('STARTING', 'HEALTHY', 'LAGGING', 'STALLED', 'UNREACHABLE', 'LOST'))
);

-- What counts on a Network; everything else that arrives is not money to us.
create table chain.asset (
  network text not null,
  asset text not null,
  -- Null for the coin of the Network.
  contract text,
  scale smallint not null,
  -- Less is booked to SUSPENSE and opens no Transaction.
  deposit_minimum numeric(38, 0) not null,
  -- EIP-3009: a holder may sign that its tokens move, and somebody else pays for the gas.
  has_authorizations boolean not null,
  constraint asset_pkey primary key (network, asset),
  constraint asset_network foreign key (network) references chain.network (code),
  constraint asset_contract_key unique nulls not distinct (network, contract)
);

-- An HD root: of an organization, or of the deployment's gas tank (no organization). Only the signer reads the seal.
create table chain.root (
  id uuid not null,
  organization_id uuid,
  -- BIP-32 extended public key of m/44'/60'/0'.
  xpub text not null,
  ciphertext bytea not null,
  nonce bytea not null,
  tag bytea not null,
  wrapped_key bytea not null,
  vault_id text not null,
  created_at timestamptz not null default now(),
  constraint root_pkey primary key (id),
  constraint root_organization_key unique nulls not distinct (organization_id)
);
create trigger root_immutable before update or delete on chain.root
  for each row execute function platform.refuse_change();

-- An address that we hold the key of. Its index is taken from `chain.root_index` and never given twice.
create table chain.address (
  network text not null,
  address text not null,
  organization_id uuid,
  root_id uuid not null,
  -- DEPOSIT: money arrives here for one Wallet. CUSTODY: it is kept at and sent from here. TANK: the deployment's gas.
  purpose text not null,
  branch text not null,
  index integer not null,
  -- The Wallet that is credited, and what it holds; null but for DEPOSIT.
  wallet_id uuid,
  asset text,
  -- The nonce that the next signed transaction gets. Raised in the tx that stores its signed bytes.
  next_nonce bigint not null default 0,
  created_at timestamptz not null default now(),
  -- Of the tx that wrote it: the follower reads those that its last snapshot could not see.
  xid xid8 not null default pg_current_xact_id(),
  constraint address_pkey primary key (network, address),
  constraint address_network foreign key (network) references chain.network (code),
  constraint address_root foreign key (root_id) references chain.root (id),
  constraint address_path_key unique (network, root_id, branch, index),
  constraint address_wallet_key unique (wallet_id),
  constraint address_form check (address ~ '^0x[0-9a-f]{40}$'),
  constraint address_purpose check (purpose in ('DEPOSIT', 'CUSTODY', 'TANK')),
  constraint address_branch check (branch in ('DEPOSIT', 'CUSTODY')),
  constraint address_credits_a_wallet check ((purpose = 'DEPOSIT') = (wallet_id is not null and asset is not null)),
  constraint address_tank_is_nobodys check ((purpose = 'TANK') = (organization_id is null))
);
create index address_organization on chain.address (organization_id, network);
create index address_new on chain.address (network, xid);
create unique index address_custody_key on chain.address (network, organization_id) nulls not distinct
  where purpose in ('CUSTODY', 'TANK');

create table chain.root_index (
  root_id uuid not null,
  branch text not null,
  next_index integer not null default 0,
  constraint root_index_pkey primary key (root_id, branch),
  constraint root_index_root foreign key (root_id) references chain.root (id),
  constraint root_index_branch check (branch in ('DEPOSIT', 'CUSTODY'))
);

-- A Wallet that waits for its address: its organization has no root yet, or its Network was not connected.
create table chain.address_request (
  wallet_id uuid not null,
  organization_id uuid not null,
  network text not null,
  asset text not null,
  created_at timestamptz not null default now(),
  constraint address_request_pkey primary key (wallet_id)
);

-- Blocks that were followed, the newest few hundred, each the parent of the next: what a re-org is told by.
create table chain.block (
  network text not null,
  number bigint not null,
  hash text not null,
  parent_hash text not null,
  mined_at timestamptz not null,
  constraint block_pkey primary key (network, number),
  constraint block_network foreign key (network) references chain.network (code)
);

-- Something that arrived at an address of ours. One row whatever re-orgs do: the business key is what a chain calls
-- one event and what that event said, and its block is where it was seen last. What a contract does may depend on its
-- block, so that after a re-org the same place of a log can hold another amount or payee: that is another deposit.
create table chain.deposit (
  id uuid not null,
  network text not null,
  transaction_hash text not null,
  -- Of the Transfer event; -1 for the coin itself, of which a transaction moves one amount.
  log_index integer not null,
  organization_id uuid not null,
  asset text not null,
  amount numeric(38, 0) not null,
  from_address text not null,
  to_address text not null,
  -- WALLET opens a Transaction. SUSPENSE (dust, another asset than the Wallet's) and GAS (the coin at a custody
  -- address, or from the gas tank) are Journals only.
  credits text not null,
  -- The Account to credit; null for SUSPENSE and GAS.
  account_id uuid,
  -- SEEN in a block; FINAL; ORPHANED by a re-org; DROPPED when finality has passed it by.
  state text not null,
  block_number bigint not null,
  block_hash text not null,
  block_at timestamptz not null,
  -- Raised by each change of state; the payments worker follows with settled_version in the tx in which it posts.
  version integer not null default 1,
  settled_version integer not null default 0,
  -- Who settles sets them.
  transaction_id uuid,
  hold_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint deposit_pkey primary key (id),
  constraint deposit_event_key unique (network, transaction_hash, log_index, asset, from_address, to_address, amount),
  constraint deposit_to foreign key (network, to_address) references chain.address (network, address),
  constraint deposit_amount_positive check (amount > 0),
  constraint deposit_credits check (credits in ('WALLET', 'SUSPENSE', 'GAS')),
  constraint deposit_credits_an_account check ((credits = 'WALLET') = (account_id is not null)),
  constraint deposit_state check (state in ('SEEN', 'FINAL', 'ORPHANED', 'DROPPED')),
  constraint deposit_settled_within_version check (settled_version between 0 and version)
);
create index deposit_unsettled on chain.deposit (updated_at, id) where settled_version < version;
create index deposit_open on chain.deposit (network, block_number) where state in ('SEEN', 'ORPHANED');
create index deposit_block on chain.deposit (network, block_number);
create index deposit_organization on chain.deposit (organization_id, id);
create index deposit_arrivals on chain.deposit (network, to_address, asset, updated_at) where state = 'FINAL';

-- What arrived and was not money: counted, since anybody can send us as much of it as they like.
create table chain.ignored (
  network text not null,
  day date not null,
  -- UNKNOWN_TOKEN, ZERO_VALUE, TOO_LARGE, REVERTED.
  reason text not null,
  count bigint not null,
  constraint ignored_pkey primary key (network, day, reason)
);

-- A wish to move money on a chain, written in the tx that holds the money.
create table chain.send (
  -- The Transaction's, where it is one of a customer (purpose PAYMENT).
  id uuid not null,
  organization_id uuid,
  network text not null,
  asset text not null,
  -- PAYMENT to the outside; SWEEP from a deposit address to custody; REFILL of gas.
  purpose text not null,
  from_address text not null,
  to_address text not null,
  amount numeric(38, 0) not null,
  -- QUEUED until a ChainTransaction carries it (PLANNED: not signed yet), BROADCAST, INCLUDED, FINAL; or FAILED,
  -- CANCELED. What was INCLUDED goes back to BROADCAST when a re-org takes its block.
  state text not null default 'QUEUED',
  -- What a QUEUED send waits for: SCREENING; LIQUIDITY at its address; GAS; room in its LANE; the BREAKER; the LIMIT of
  -- its address for the day; REVERT: the chain would not carry it out now; SIGNATURE of a sweep's authorization.
  waits_for text,
  -- Stable code of a FAILED send.
  failure_code text,
  -- The answer of screening and the version of the list it was given by.
  screened_at timestamptz,
  screening_list text,
  chain_transaction_id uuid,
  -- Asked by whoever owns the Transaction; acted on by the sender.
  cancel_asked_at timestamptz,
  accelerate_asked_at timestamptz,
  version integer not null default 1,
  settled_version integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint send_pkey primary key (id),
  constraint send_from foreign key (network, from_address) references chain.address (network, address),
  constraint send_asset foreign key (network, asset) references chain.asset (network, asset),
  constraint send_amount_positive check (amount > 0),
  constraint send_to_form check (to_address ~ '^0x[0-9a-f]{40}$'),
  constraint send_purpose check (purpose in ('PAYMENT', 'SWEEP', 'REFILL')),
  constraint send_state check (state in ('QUEUED', 'PLANNED', 'BROADCAST', 'INCLUDED', 'FINAL', 'FAILED', 'CANCELED')),
  constraint send_waits_for check (waits_for in ('SCREENING', 'LIQUIDITY', 'GAS', 'LANE', 'BREAKER', 'LIMIT',
    'REVERT', 'SIGNATURE')),
  constraint send_failure_code check ((state = 'FAILED') = (failure_code is not null)),
  -- A sweep may be FINAL by somebody else's transaction.
  constraint send_is_carried check (state in ('QUEUED', 'FAILED', 'CANCELED') or chain_transaction_id is not null
    or (purpose = 'SWEEP' and state = 'FINAL')),
  constraint send_settled_within_version check (settled_version between 0 and version),
  constraint send_of_whom check (organization_id is not null or purpose = 'REFILL')
);
create index send_queued on chain.send (network, from_address, created_at, id) where state = 'QUEUED';
create index send_unsettled on chain.send (updated_at, id) where settled_version < version and purpose = 'PAYMENT';
create index send_carrier on chain.send (chain_transaction_id) where chain_transaction_id is not null;
create index send_asked on chain.send (network) where cancel_asked_at is not null or accelerate_asked_at is not null;
create index send_organization on chain.send (organization_id, id);
create index send_sweeps on chain.send (network, from_address, asset, created_at) where purpose = 'SWEEP';
create index send_refills on chain.send (network, to_address) where purpose = 'REFILL';

-- One nonce of one address, whatever is done with it: its first attempt, replacements, or nothing but taking it up.
create table chain.transaction (
  id uuid not null,
  organization_id uuid,
  network text not null,
  from_address text not null,
  -- Null until the first attempt is signed: a nonce and signed bytes are one tx, so that none is ever without the other.
  nonce bigint,
  -- TRANSFER of one send; MULTISEND of many; SWEEP by authorizations; APPROVAL for our multisend contract.
  kind text not null,
  -- PLANNED, SIGNED, BROADCAST, INCLUDED, FINAL; REFUSED by the signer before it had a nonce.
  state text not null default 'PLANNED',
  -- SUCCEEDED, REVERTED, or CANCELED when what took up the nonce was the cancellation.
  outcome text,
  -- Where it was included, by which of its attempts.
  included_hash text,
  block_number bigint,
  block_hash text,
  block_at timestamptz,
  gas_used bigint,
  -- What the sender paid, in wei.
  fee numeric(38, 0),
  -- True once the fee is in the books.
  fee_settled boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint transaction_pkey primary key (id),
  constraint transaction_nonce_key unique (network, from_address, nonce),
  constraint transaction_from foreign key (network, from_address) references chain.address (network, address),
  constraint transaction_kind check (kind in ('TRANSFER', 'MULTISEND', 'SWEEP', 'APPROVAL')),
  constraint transaction_state check (state in ('PLANNED', 'SIGNED', 'BROADCAST', 'INCLUDED', 'FINAL', 'REFUSED')),
  constraint transaction_outcome check (outcome in ('SUCCEEDED', 'REVERTED', 'CANCELED')),
  constraint transaction_has_a_nonce check ((state in ('PLANNED', 'REFUSED')) = (nonce is null)),
  constraint transaction_included check ((state in ('INCLUDED', 'FINAL')) = (included_hash is not null and outcome is not null))
);
create index transaction_open on chain.transaction (network, from_address, nonce) where state not in ('FINAL', 'REFUSED');
create index transaction_block on chain.transaction (network, block_number) where block_number is not null;
-- What the gas tank pays is in nobody's books.
create index transaction_fee_unsettled on chain.transaction (updated_at, id)
  where state = 'FINAL' and not fee_settled and organization_id is not null;
create index transaction_organization on chain.transaction (organization_id, id);
alter table chain.send add constraint send_chain_transaction
  foreign key (chain_transaction_id) references chain.transaction (id);

-- A signed form of a ChainTransaction. All are kept: any of them may win.
create table chain.attempt (
  chain_transaction_id uuid not null,
  number integer not null,
  organization_id uuid,
  network text not null,
  -- FIRST; BUMP pays more for the same; CANCEL sends nothing to the sender itself.
  purpose text not null,
  -- What is to be signed.
  to_address text not null,
  value numeric(38, 0) not null,
  data bytea not null,
  gas_limit bigint not null,
  max_fee_per_gas numeric(38, 0) not null,
  max_priority_fee_per_gas numeric(38, 0) not null,
  -- ASKED, SIGNED, REFUSED with the policy's reason.
  state text not null default 'ASKED',
  refusal text,
  hash text,
  raw bytea,
  created_at timestamptz not null default clock_timestamp(),
  signed_at timestamptz,
  broadcast_at timestamptz,
  broadcasts integer not null default 0,
  -- What an endpoint last said against it, as one of our own codes.
  last_fault text,
  constraint attempt_pkey primary key (chain_transaction_id, number),
  constraint attempt_transaction foreign key (chain_transaction_id) references chain.transaction (id),
  constraint attempt_hash_key unique (network, hash),
  constraint attempt_number_positive check (number > 0),
  constraint attempt_purpose check (purpose in ('FIRST', 'BUMP', 'CANCEL')),
  constraint attempt_state check (state in ('ASKED', 'SIGNED', 'REFUSED')),
  constraint attempt_signed check ((state = 'SIGNED') = (hash is not null and raw is not null and signed_at is not null)),
  constraint attempt_refused check ((state = 'REFUSED') = (refusal is not null))
);
create index attempt_asked on chain.attempt (created_at) where state = 'ASKED';

-- EIP-3009: what a holder of tokens signed for a SWEEP, and whether the token has taken it (AuthorizationUsed), which
-- alone decides: somebody else may have handed it in.
create table chain.authorization (
  send_id uuid not null,
  organization_id uuid not null,
  network text not null,
  contract text not null,
  authorizer text not null,
  -- 32 random bytes, hex.
  nonce text not null,
  valid_after_seconds bigint not null,
  valid_before_seconds bigint not null,
  -- ASKED, SIGNED, REFUSED; USED in a final block.
  state text not null default 'ASKED',
  refusal text,
  signature bytea,
  used_hash text,
  used_block_number bigint,
  used_block_hash text,
  created_at timestamptz not null default clock_timestamp(),
  constraint authorization_pkey primary key (send_id),
  constraint authorization_send foreign key (send_id) references chain.send (id),
  constraint authorization_nonce_key unique (network, contract, authorizer, nonce),
  constraint authorization_state check (state in ('ASKED', 'SIGNED', 'REFUSED', 'USED'))
);
create index authorization_used on chain.authorization (network, used_block_number)
  where used_block_number is not null and state <> 'USED';
create index authorization_asked on chain.authorization (created_at) where state = 'ASKED';

-- What an address has signed away on one day (UTC), for its limits.
create table chain.signed_day (
  network text not null,
  address text not null,
  day date not null,
  asset text not null,
  amount numeric(38, 0) not null,
  constraint signed_day_pkey primary key (network, address, day, asset)
);

-- Books against chain, as of one finalized block.
create table chain.reconciliation (
  network text not null,
  organization_id uuid not null,
  asset text not null,
  block_number bigint not null,
  -- What our books say that we hold there, with what is final and not yet posted.
  expected numeric(38, 0) not null,
  actual numeric(38, 0) not null,
  checked_at timestamptz not null,
  constraint reconciliation_pkey primary key (network, organization_id, asset)
);

-- A named difference, open until a later comparison agrees.
create table chain.difference (
  id uuid not null,
  network text not null,
  organization_id uuid,
  -- BALANCE (books and chain), FOREIGN_NONCE (our key was used and not by us), INCOMING_UNSEEN.
  kind text not null,
  asset text,
  address text,
  expected numeric(38, 0),
  actual numeric(38, 0),
  detail text not null,
  block_number bigint not null,
  opened_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  constraint difference_pkey primary key (id),
  constraint difference_kind check (kind in ('BALANCE', 'FOREIGN_NONCE', 'INCOMING_UNSEEN'))
);
create unique index difference_open_key on chain.difference (network, organization_id, kind, asset, address)
  nulls not distinct where closed_at is null;

-- Readers see their organization; the tables of a network itself belong to nobody and are for all.
do $$
declare
  name text;
begin
  foreach name in array array['address', 'deposit', 'send', 'transaction', 'attempt', 'authorization', 'reconciliation',
    'difference'] loop
    execute format('alter table chain.%I enable row level security', name);
    execute format('alter table chain.%I force row level security', name);
    execute format('create policy %I on chain.%I for select to omsx_wallets, omsx_payments
      using (organization_id = (select platform.current_organization()))', name || '_reader', name);
    execute format('create policy %I on chain.%I to omsx_chain, omsx_signer, omsx_wallets_writer, omsx_payments_writer
      using (true) with check (true)', name || '_writer', name);
    execute format('create policy %I on chain.%I for select to omsx_check using (true)', name || '_check', name);
  end loop;
end $$;

grant usage on schema chain to omsx_chain, omsx_signer, omsx_wallets, omsx_wallets_writer, omsx_payments,
  omsx_payments_writer, omsx_check;
grant usage on schema platform to omsx_chain, omsx_signer;
grant select, insert, update on platform.lease to omsx_chain, omsx_signer;
-- The account's counters tell how much gas an organization has paid for ahead; the signer makes a root for each holder.
grant usage on schema ledger to omsx_chain, omsx_signer;
create policy account_chain on ledger.account for select to omsx_chain using (place <> '');
grant select on ledger.account, ledger.asset to omsx_chain;
create policy holder_signer on ledger.holder for select to omsx_signer using (kind = 'ORGANIZATION');
grant select on ledger.holder to omsx_signer;

grant select on chain.network, chain.asset, chain.address, chain.deposit, chain.send, chain.transaction,
  chain.reconciliation, chain.difference to omsx_wallets, omsx_payments, omsx_check;
-- All of an attempt but what is signed.
grant select (chain_transaction_id, number, organization_id, network, purpose, state, hash, gas_limit, max_fee_per_gas,
    max_priority_fee_per_gas, created_at, signed_at, broadcast_at, last_fault)
  on chain.attempt to omsx_wallets, omsx_payments, omsx_check;

-- wallets: gives addresses to Wallets.
grant select on chain.network, chain.asset, chain.address to omsx_wallets_writer;
grant select (id, organization_id, xpub) on chain.root to omsx_wallets_writer, omsx_chain;
grant insert on chain.address, chain.address_request to omsx_wallets_writer;
grant select, insert, update on chain.root_index to omsx_wallets_writer, omsx_chain;

-- payments: writes wishes, reads outcomes, says what is settled.
grant select on chain.network, chain.asset, chain.address, chain.deposit, chain.send, chain.transaction
  to omsx_payments_writer;
grant select (chain_transaction_id, number, organization_id, network, hash, purpose, broadcast_at, last_fault)
  on chain.attempt to omsx_payments_writer;
grant insert on chain.send to omsx_payments_writer;
grant update (settled_version, cancel_asked_at, accelerate_asked_at) on chain.send to omsx_payments_writer;
grant update (settled_version, transaction_id, hold_id) on chain.deposit to omsx_payments_writer;
grant update (fee_settled) on chain.transaction to omsx_payments_writer;

-- the chain process: everything but keys and what others settle.
grant select, insert, update, delete on chain.network, chain.asset, chain.block, chain.address_request to omsx_chain;
grant select, insert on chain.address to omsx_chain;
grant select, insert, update on chain.deposit, chain.send, chain.transaction, chain.attempt, chain.authorization,
  chain.ignored, chain.reconciliation, chain.difference to omsx_chain;

-- the signer: reads wishes and plans, writes signatures and nonces.
grant select, insert on chain.root, chain.root_index to omsx_signer;
grant select on chain.network, chain.asset, chain.address, chain.send, chain.transaction, chain.attempt,
  chain.authorization to omsx_signer;
grant update (next_nonce) on chain.address to omsx_signer;
grant update (nonce, state, updated_at) on chain.transaction to omsx_signer;
grant update (state, refusal, hash, raw, signed_at) on chain.attempt to omsx_signer;
grant update (state, refusal, signature) on chain.authorization to omsx_signer;
grant select, insert, update on chain.signed_day to omsx_signer;
