import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { OnchainLeg } from '../domain/onchainLeg.ts';
import { visibleTo } from './columns.ts';

const LEG_COLUMNS = `onchain_leg.transaction_id as "transactionId", onchain_leg.organization_id as "organizationId",
  onchain_leg.side, onchain_leg.network, onchain_leg.address, onchain_leg.stage,
  onchain_leg.chain_transaction_id as "chainTransactionId", onchain_leg.transaction_hash as "transactionHash"`;

const READ_LEGS = statement(
  'payments.read_onchain_legs',
  `select ${LEG_COLUMNS} from payments.onchain_leg where transaction_id = any($1::uuid[])`,
);

/** What the timelines of locked Transactions have told of a chain. Whoever changes it holds the Transaction's lock. */
export async function readOnchainLegs(
  tx: Tx,
  transactionIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, OnchainLeg>> {
  if (transactionIds.length === 0) return new Map();
  const rows = await tx.rows<OnchainLeg>(READ_LEGS, [arrayOf(transactionIds, (id) => id)]);
  return new Map(rows.map((leg) => [leg.transactionId, leg]));
}

const WRITE_LEGS = statement(
  'payments.write_onchain_legs',
  `insert into payments.onchain_leg (transaction_id, organization_id, side, network, address, stage,
     chain_transaction_id, transaction_hash)
   select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[])
   on conflict (transaction_id) do update set stage = excluded.stage,
     chain_transaction_id = excluded.chain_transaction_id, transaction_hash = excluded.transaction_hash`,
);

/** Writes legs as they are at the end of the batch, after their Transactions. Retry only with the whole tx. */
export async function writeOnchainLegs(tx: Tx, legs: readonly OnchainLeg[]): Promise<void> {
  if (legs.length === 0) return;
  await tx.rows(WRITE_LEGS, [
    arrayOf(legs, (leg) => leg.transactionId),
    arrayOf(legs, (leg) => leg.organizationId),
    arrayOf(legs, (leg) => leg.side),
    arrayOf(legs, (leg) => leg.network),
    arrayOf(legs, (leg) => leg.address),
    arrayOf(legs, (leg) => leg.stage),
    arrayOf(legs, (leg) => leg.chainTransactionId),
    arrayOf(legs, (leg) => leg.transactionHash),
  ]);
}

/** With the DepositAddress at which money that arrived came in; null for all other money. */
export interface ShownLeg extends OnchainLeg {
  readonly depositAddressId: Uuid | null;
}

const FIND_LEGS = statement(
  'payments.find_onchain_legs',
  `select ${LEG_COLUMNS}, arrived.deposit_address_id as "depositAddressId"
     from payments.onchain_leg
     left join chain.deposit arrived on arrived.id = onchain_leg.chain_transaction_id and onchain_leg.side = 'SOURCE'
     join payments.transaction transaction on transaction.id = onchain_leg.transaction_id
    where onchain_leg.transaction_id = any($1::uuid[]) and ${visibleTo('$2')}`,
);

/** The legs in the order of `transactionIds`, null where there is none that the Viewer may see. Safe to retry. */
export async function findOnchainLegs(
  reads: Database,
  viewer: Viewer,
  transactionIds: readonly Uuid[],
): Promise<readonly (ShownLeg | null)[]> {
  const rows = await reads.readRows<ShownLeg>(viewer.organizationId, FIND_LEGS, [
    arrayOf(transactionIds, (id) => id),
    viewer.customerId ?? null,
  ]);
  const found = new Map(rows.map((leg) => [leg.transactionId, leg]));
  return transactionIds.map((id) => found.get(id) ?? null);
}
