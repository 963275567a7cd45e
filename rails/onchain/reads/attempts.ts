import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** What may be told of an attempt: all but what it does and its bytes, which the role could not read either. */
export interface AttemptRow {
  readonly chainTransactionId: Uuid;
  readonly number: number;
  readonly purpose: 'FIRST' | 'BUMP' | 'CANCEL';
  readonly state: 'ASKED' | 'SIGNED' | 'REFUSED';
  /** Lower case; null before it is signed. */
  readonly hash: string | null;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
  readonly createdAt: Date;
  readonly broadcastAt: Date | null;
}

const FIND_ATTEMPTS = statement(
  'chain.find_attempts',
  `select chain_transaction_id as "chainTransactionId", number, purpose, state, hash,
          max_fee_per_gas as "maxFeePerGasWei", max_priority_fee_per_gas as "maxPriorityFeePerGasWei",
          created_at as "createdAt", broadcast_at as "broadcastAt"
     from chain.attempt where chain_transaction_id = any($1::uuid[]) and organization_id = $2
    order by chain_transaction_id, number`,
);

/** Lists in the order of `ids`, each by number. Role omsx_wallets. Safe to retry. */
export async function findAttempts(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (readonly AttemptRow[])[]> {
  const rows = await reads.readRows<AttemptRow>(organizationId, FIND_ATTEMPTS, [ids, organizationId]);
  const lists = new Map<Uuid, AttemptRow[]>(ids.map((id) => [id, []]));
  for (const row of rows) lists.get(row.chainTransactionId)?.push(row);
  return ids.map((id) => lists.get(id) ?? []);
}
