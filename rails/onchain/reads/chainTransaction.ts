import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

export type ChainDirection = 'IN' | 'OUT';

/** Of a deposit; and of what we send. FINAL is both. */
export const INCOMING_STATES = ['SEEN', 'ORPHANED', 'DROPPED', 'FINAL'] as const;
export const OUTGOING_STATES = ['PLANNED', 'SIGNED', 'BROADCAST', 'INCLUDED', 'REFUSED', 'FINAL'] as const;
export type ChainTransactionState = (typeof INCOMING_STATES)[number] | (typeof OUTGOING_STATES)[number];

/** Why what arrived is nobody's yet. */
export type DepositSuspenseReason =
  | 'UNKNOWN'
  | 'PAUSED'
  | 'CLOSED'
  | 'OTHER_ASSET'
  | 'BELOW_MINIMUM'
  | 'AMOUNT_DIFFERS'
  | 'ACCOUNT_CLOSED';

/** A row of chain.deposit (IN) or chain.transaction (OUT), as the graph shows both. Hashes and addresses lower case. */
export interface ChainTransactionRow {
  readonly id: Uuid;
  readonly direction: ChainDirection;
  readonly kind: 'DEPOSIT' | 'TRANSFER' | 'MULTISEND' | 'SWEEP' | 'APPROVAL';
  readonly network: string;
  readonly hash: string | null;
  readonly fromAddress: string;
  /** Recipient, Asset and minor units of the one amount that it moves; null where it moves several, or none. */
  readonly toAddress: string | null;
  readonly asset: string | null;
  readonly amountMinor: bigint | null;
  /** All that it moves, in minor units, by which finality is decided; null where it moves nothing. */
  readonly amountMinorTotal: bigint | null;
  readonly nonce: bigint | null;
  readonly state: ChainTransactionState;
  readonly outcome: 'SUCCEEDED' | 'REVERTED' | 'CANCELED' | null;
  readonly blockNumber: bigint | null;
  readonly includedAt: Date | null;
  /** Wei that the sender paid for gas. */
  readonly feeWei: bigint | null;
  /** Where a deposit came in that is no Wallet's own address. */
  readonly depositAddressId: Uuid | null;
  /** Why a deposit is in suspense, or was; null for what went where it belongs. */
  readonly suspenseReason: DepositSuspenseReason | null;
  readonly createdAt: Date;
}

/** What is in the books and nobody's. */
export const IN_SUSPENSE = `(deposit.state = 'FINAL' and deposit.credits <> 'GAS' and deposit.transaction_id is null
    and deposit.settled_version = deposit.version)`;

/** The block of an orphaned deposit is where it was, which is no answer to where it is. */
export const SELECT_INCOMING = `select deposit.id, 'IN' as direction, 'DEPOSIT' as kind, deposit.network,
    deposit.transaction_hash as hash, deposit.from_address as "fromAddress", deposit.to_address as "toAddress",
    deposit.asset, deposit.amount as "amountMinor", deposit.amount as "amountMinorTotal", null::bigint as nonce,
    deposit.state, case when deposit.state in ('SEEN', 'FINAL') then 'SUCCEEDED' end as outcome,
    case when deposit.state in ('SEEN', 'FINAL') then deposit.block_number end as "blockNumber",
    case when deposit.state in ('SEEN', 'FINAL') then deposit.block_at end as "includedAt",
    null::numeric as "feeWei", deposit.deposit_address_id as "depositAddressId",
    coalesce(deposit.suspense_reason,
      case when deposit.credits = 'WALLET' and ${IN_SUSPENSE} then 'ACCOUNT_CLOSED' end) as "suspenseReason",
    deposit.created_at as "createdAt"
  from chain.deposit`;

/** Found by index for each row: its newest hash and what it carries. */
export const SELECT_OUTGOING = `select transaction.id, 'OUT' as direction, transaction.kind, transaction.network,
    coalesce(transaction.included_hash, newest.hash) as hash, transaction.from_address as "fromAddress",
    case when carried.count = 1 then carried.to_address end as "toAddress",
    case when carried.count = 1 then carried.asset end as asset,
    case when carried.count = 1 then carried.amount end as "amountMinor", carried.amount as "amountMinorTotal",
    transaction.nonce, transaction.state, transaction.outcome, transaction.block_number as "blockNumber",
    transaction.block_at as "includedAt", transaction.fee as "feeWei", null::uuid as "depositAddressId",
    null::text as "suspenseReason", transaction.created_at as "createdAt"
  from chain.transaction
  left join lateral (
    select count(*) as count, min(send.to_address) as to_address, min(send.asset) as asset, sum(send.amount) as amount
      from chain.send where send.chain_transaction_id = transaction.id) carried on true
  left join lateral (
    select attempt.hash from chain.attempt
     where attempt.chain_transaction_id = transaction.id and attempt.hash is not null
     order by attempt.number desc limit 1) newest on true`;

/**
 * Whose they may be. An Account names the Customer, so that who sees one Customer's Accounts only sees what moves their
 * money and nothing else.
 *
 * @param accounts place of an array of Accounts, such as `$3`
 */
export function touches(direction: ChainDirection, accounts: string): string {
  return direction === 'IN'
    ? `deposit.account_id = any(${accounts}::uuid[])`
    : `transaction.id in (select send.chain_transaction_id from chain.send
         where send.account_id = any(${accounts}::uuid[]))`;
}

const FIND = statement(
  'chain.find_chain_transactions',
  `${SELECT_INCOMING} where deposit.id = any($1::uuid[]) and deposit.organization_id = $2
   union all
   ${SELECT_OUTGOING} where transaction.id = any($1::uuid[]) and transaction.organization_id = $2`,
);

const FIND_TOUCHING = statement(
  'chain.find_chain_transactions_touching',
  `${SELECT_INCOMING} where deposit.id = any($1::uuid[]) and deposit.organization_id = $2 and ${touches('IN', '$3')}
   union all
   ${SELECT_OUTGOING} where transaction.id = any($1::uuid[]) and transaction.organization_id = $2
     and ${touches('OUT', '$3')}`,
);

/**
 * In the order of `ids`, null for one that is not there for this organization. Role omsx_wallets. Safe to retry.
 *
 * @param accountIds only what moves money of these Accounts; null for everything of the organization
 */
export async function findChainTransactions(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
  accountIds: readonly Uuid[] | null,
): Promise<readonly (ChainTransactionRow | null)[]> {
  const rows =
    accountIds === null
      ? await reads.readRows<ChainTransactionRow>(organizationId, FIND, [ids, organizationId])
      : await reads.readRows<ChainTransactionRow>(organizationId, FIND_TOUCHING, [
          ids,
          organizationId,
          accountIds,
        ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
