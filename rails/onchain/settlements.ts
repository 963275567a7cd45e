import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { type Statement, statement } from '../../platform/statement.ts';

/** Something that arrived, as whoever settles it sees it under lock. Amounts are minor units. */
export interface DepositRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly network: string;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly transactionHash: string;
  readonly fromAddress: string;
  readonly credits: 'WALLET' | 'SUSPENSE' | 'GAS';
  readonly accountId: Uuid | null;
  /** As it was before the Account is locked. */
  readonly accountIsClosed: boolean;
  /** Somebody looked at who sent it, and it is not to be credited; as it was before the lock. */
  readonly isRefused?: boolean;
  readonly state: 'SEEN' | 'FINAL' | 'ORPHANED' | 'DROPPED';
  readonly version: number;
  readonly settledVersion: number;
  readonly transactionId: Uuid | null;
}

export type SendState = 'QUEUED' | 'PLANNED' | 'BROADCAST' | 'INCLUDED' | 'FINAL' | 'FAILED' | 'CANCELED';

/** A send under lock, with what became of the ChainTransaction that carries it. */
export interface SendRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly state: SendState;
  readonly failureCode: string | null;
  /** Whoever owns it wanted it to come to nothing. */
  readonly isCancelAsked: boolean;
  readonly version: number;
  readonly settledVersion: number;
  readonly chainTransactionId: Uuid | null;
  readonly carrierState: 'PLANNED' | 'SIGNED' | 'BROADCAST' | 'INCLUDED' | 'FINAL' | 'REFUSED' | null;
  readonly outcome: 'SUCCEEDED' | 'REVERTED' | 'CANCELED' | null;
  readonly includedHash: string | null;
  /** Of the first attempt that was signed. */
  readonly firstHash: string | null;
}

/** A ChainTransaction whose cost is not in the books yet. */
export interface FeeRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly network: string;
  readonly nativeAsset: string;
  /** Wei. */
  readonly feeWei: bigint | null;
  readonly isFinal: boolean;
  readonly isSettled: boolean;
}

export interface ChainIds {
  readonly feeIds: readonly Uuid[];
  readonly sendIds: readonly Uuid[];
  readonly depositIds: readonly Uuid[];
}

export interface ChainRows {
  readonly fees: ReadonlyMap<Uuid, FeeRow>;
  readonly sends: ReadonlyMap<Uuid, SendRow>;
  readonly deposits: ReadonlyMap<Uuid, DepositRow>;
}

/** NO KEY UPDATE, as for the ledger's Accounts: foreign keys point at these rows. */
const LOCK_FEES = statement(
  'chain.lock_fees',
  `select carrier.id, carrier.organization_id as "organizationId", carrier.network,
          network.native_asset as "nativeAsset", carrier.fee as "feeWei", carrier.state = 'FINAL' as "isFinal",
          carrier.fee_settled as "isSettled"
     from chain.transaction carrier join chain.network on network.code = carrier.network
    where carrier.id = any($1::uuid[]) and carrier.organization_id is not null
    order by carrier.id for no key update of carrier`,
);

const LOCK_SENDS = statement(
  'chain.lock_sends',
  'select id from chain.send where id = any($1::uuid[]) order by id for no key update',
);

/**
 * After the lock, in a statement of its own, whose snapshot has the ChainTransaction that the lock waited for. What was
 * asked is cleared once there is a cancellation, which is made unasked only for what no node would take.
 */
const READ_SENDS = statement(
  'chain.read_sends',
  `select send.id, send.organization_id as "organizationId", send.state, send.failure_code as "failureCode",
          send.cancel_asked_at is not null or (
            exists (select from chain.attempt where attempt.chain_transaction_id = carrier.id and attempt.purpose = 'CANCEL')
            and not exists (select from chain.attempt where attempt.chain_transaction_id = carrier.id
              and attempt.purpose <> 'CANCEL' and attempt.last_fault = 'INVALID')) as "isCancelAsked", send.version, send.settled_version as "settledVersion",
          send.chain_transaction_id as "chainTransactionId", carrier.state as "carrierState", carrier.outcome,
          carrier.included_hash as "includedHash",
          (select attempt.hash from chain.attempt where attempt.chain_transaction_id = carrier.id
              and attempt.hash is not null order by attempt.number limit 1) as "firstHash"
     from chain.send left join chain.transaction carrier on carrier.id = send.chain_transaction_id
    where send.id = any($1::uuid[]) and send.purpose = 'PAYMENT'`,
);

const LOCK_DEPOSITS = statement(
  'chain.lock_deposits',
  `select id, organization_id as "organizationId", network, asset, amount as "amountMinor",
          transaction_hash as "transactionHash", from_address as "fromAddress", credits, account_id as "accountId",
          exists (select from ledger.account where account.id = deposit.account_id and account.closed_at is not null)
            as "accountIsClosed",
          exists (select from chain.deposit_screening held where held.deposit_id = deposit.id and held.state = 'REFUSED')
            as "isRefused", state, version, settled_version as "settledVersion", transaction_id as "transactionId"
     from chain.deposit where id = any($1::uuid[]) order by id for no key update of deposit`,
);

const byId = <Row extends { readonly id: Uuid }>(rows: readonly Row[]): ReadonlyMap<Uuid, Row> =>
  new Map(rows.map((row) => [row.id, row]));

/**
 * Locks rows until the end of the tx, in the one order of this schema, and reads them. Before Transactions and Accounts
 * are locked. Role omsx_payments_writer. Retry only with the whole tx.
 */
export async function lockChainRows(tx: Tx, { feeIds, sendIds, depositIds }: ChainIds): Promise<ChainRows> {
  const [fees, , sends, deposits] = await Promise.all([
    feeIds.length === 0 ? [] : tx.rows<FeeRow>(LOCK_FEES, [arrayOf(feeIds, (id) => id)]),
    sendIds.length === 0 ? [] : tx.rows(LOCK_SENDS, [arrayOf(sendIds, (id) => id)]),
    sendIds.length === 0 ? [] : tx.rows<SendRow>(READ_SENDS, [arrayOf(sendIds, (id) => id)]),
    depositIds.length === 0 ? [] : tx.rows<DepositRow>(LOCK_DEPOSITS, [arrayOf(depositIds, (id) => id)]),
  ]);
  return { fees: byId(fees), sends: byId(sends), deposits: byId(deposits) };
}

/** How far a deposit is in the books now. */
export interface SettledDeposit {
  readonly id: Uuid;
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly transactionId: Uuid | null;
  readonly holdId: Uuid | null;
}

export type SettledSend = Pick<SettledDeposit, 'id' | 'fromVersion' | 'toVersion'>;

const SETTLE_DEPOSITS = statement(
  'chain.settle_deposits',
  `with settled as (
     update chain.deposit deposit
        set settled_version = done.to_version, transaction_id = done.transaction_id, hold_id = done.hold_id
       from unnest($1::uuid[], $2::int[], $3::int[], $4::uuid[], $5::uuid[])
            as done(id, from_version, to_version, transaction_id, hold_id)
      where deposit.id = done.id and deposit.settled_version = done.from_version
     returning 1)
   select count(*) as count from settled`,
);

/** `settled_version` is asked for although the rows are locked: the second lock on the door. */
export async function settleDeposits(tx: Tx, done: readonly SettledDeposit[]): Promise<void> {
  await settle(tx, SETTLE_DEPOSITS, done, [
    arrayOf(done, ({ id }) => id),
    arrayOf(done, ({ fromVersion }) => fromVersion),
    arrayOf(done, ({ toVersion }) => toVersion),
    arrayOf(done, ({ transactionId }) => transactionId),
    arrayOf(done, ({ holdId }) => holdId),
  ]);
}

const SETTLE_SENDS = statement(
  'chain.settle_sends',
  `with settled as (
     update chain.send send set settled_version = done.to_version
       from unnest($1::uuid[], $2::int[], $3::int[]) as done(id, from_version, to_version)
      where send.id = done.id and send.settled_version = done.from_version
     returning 1)
   select count(*) as count from settled`,
);

/** As `settleDeposits`. */
export async function settleSends(tx: Tx, done: readonly SettledSend[]): Promise<void> {
  await settle(tx, SETTLE_SENDS, done, [
    arrayOf(done, ({ id }) => id),
    arrayOf(done, ({ fromVersion }) => fromVersion),
    arrayOf(done, ({ toVersion }) => toVersion),
  ]);
}

const SETTLE_FEES = statement(
  'chain.settle_fees',
  `with settled as (
     update chain.transaction carrier set fee_settled = true
      where carrier.id = any($1::uuid[]) and not carrier.fee_settled
     returning 1)
   select count(*) as count from settled`,
);

/** Says that what these ChainTransactions cost is in the books. */
export async function settleFees(tx: Tx, ids: readonly Uuid[]): Promise<void> {
  await settle(tx, SETTLE_FEES, ids, [arrayOf(ids, (id) => id)]);
}

async function settle(
  tx: Tx,
  text: Statement,
  done: readonly unknown[],
  values: readonly string[],
): Promise<void> {
  if (done.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(text, values);
  invariant(
    written?.count === BigInt(done.length),
    `${written?.count} of ${done.length} settled: ${text.name}`,
  );
}
