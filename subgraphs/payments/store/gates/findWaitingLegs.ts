import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { type Statement, statement } from '../../../../platform/statement.ts';
import { type BankLeg, findBankLegs } from '../../../../rails/bank/reads.ts';
import {
  type CashPickupRow,
  findCashPickups,
  findSealedCash,
  type SealedCash,
} from '../../../../rails/cash/reads.ts';

const WAITING_LEGS = statement(
  'payments.find_waiting_bank_legs',
  `select gate.transaction_id as "transactionId", gate.instruction ->> 'accountMask' as "accountMask",
          gate.instruction ->> 'reference' as reference, gate.transaction_id as "orderId",
          (gate.instruction ->> 'expectedBy')::timestamptz as "expectedBy"
     from payments.gate gate
    where gate.transaction_id = any($1::uuid[]) and gate.kind = 'ORDER'`,
);

const WAITING_PICKUPS = statement(
  'payments.find_waiting_pickups',
  `select gate.transaction_id as id, gate.instruction ->> 'network' as network, gate.instruction ->> 'asset' as asset,
          gate.instruction ->> 'recipientMask' as "recipientMask", null::text as "codeMask",
          (gate.instruction ->> 'expiresAt')::timestamptz as "expiresAt"
     from payments.gate gate
    where gate.transaction_id = any($1::uuid[]) and gate.kind = 'PICKUP'`,
);

const WAITING_SEALED = statement(
  'payments.find_waiting_sealed',
  `select gate.transaction_id as id, null::bytea as "codeSealed", coalesce(first.sealed, gate.sealed) as sealed,
          coalesce(first.id, gate.transaction_id) as "sealedFor"
     from payments.gate gate
     left join cash.order first on first.id = (gate.instruction ->> 'copyOf')::uuid
    where gate.transaction_id = any($1::uuid[]) and gate.kind = 'PICKUP'`,
);

/**
 * `findBankLegs`, also for what no bank was told of yet: who looks sees the same as of an order that the bank is slow
 * with. Safe to retry.
 */
export async function findAllBankLegs(
  reads: Database,
  organizationId: Uuid,
  transactionIds: readonly Uuid[],
): Promise<readonly (BankLeg | null)[]> {
  const legs = await findBankLegs(reads, organizationId, transactionIds);
  return await alsoWaiting(
    reads,
    organizationId,
    WAITING_LEGS,
    transactionIds,
    legs,
    (leg) => leg.transactionId,
  );
}

/** `findCashPickups`, also for what no network was told of yet, for the same reason. Safe to retry. */
export async function findAllCashPickups(
  reads: Database,
  organizationId: Uuid,
  transactionIds: readonly Uuid[],
): Promise<readonly (CashPickupRow | null)[]> {
  const pickups = await findCashPickups(reads, organizationId, transactionIds);
  return await alsoWaiting(reads, organizationId, WAITING_PICKUPS, transactionIds, pickups, ({ id }) => id);
}

/** `findSealedCash`, also for what no network was told of yet, for the same reason. Safe to retry. */
export async function findAllSealedCash(
  reads: Database,
  organizationId: Uuid,
  orderIds: readonly Uuid[],
): Promise<readonly (SealedCash | null)[]> {
  const sealed = await findSealedCash(reads, organizationId, orderIds);
  return await alsoWaiting(reads, organizationId, WAITING_SEALED, orderIds, sealed, ({ id }) => id);
}

/** What is missing among `found` as it waits, in the order of `ids`. */
async function alsoWaiting<Row>(
  reads: Database,
  organizationId: Uuid,
  waiting: Statement,
  ids: readonly Uuid[],
  found: readonly (Row | null)[],
  idOf: (row: Row) => Uuid,
): Promise<readonly (Row | null)[]> {
  const without = ids.filter((_, index) => found[index] === null);
  if (without.length === 0) return found;
  const rows = await reads.readRows<Row>(organizationId, waiting, [arrayOf(without, (id) => id)]);
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id, index) => found[index] ?? byId.get(id) ?? null);
}
