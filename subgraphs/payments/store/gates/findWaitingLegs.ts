import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import { type BankLeg, findBankLegs } from '../../../../rails/bank/reads.ts';
import { type CashPickupRow, findCashPickups } from '../../../../rails/cash/reads.ts';

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
  const without = transactionIds.filter((_, index) => legs[index] === null);
  if (without.length === 0) return legs;
  const rows = await reads.readRows<BankLeg>(organizationId, WAITING_LEGS, [arrayOf(without, (id) => id)]);
  const waiting = new Map(rows.map((leg) => [leg.transactionId, leg]));
  return legs.map((leg, index) => leg ?? waiting.get(transactionIds[index] as Uuid) ?? null);
}

/** `findCashPickups`, also for what no network was told of yet, for the same reason. Safe to retry. */
export async function findAllCashPickups(
  reads: Database,
  organizationId: Uuid,
  transactionIds: readonly Uuid[],
): Promise<readonly (CashPickupRow | null)[]> {
  const pickups = await findCashPickups(reads, organizationId, transactionIds);
  const without = transactionIds.filter((_, index) => pickups[index] === null);
  if (without.length === 0) return pickups;
  const ids = arrayOf(without, (id) => id);
  const rows = await reads.readRows<CashPickupRow>(organizationId, WAITING_PICKUPS, [ids]);
  const waiting = new Map(rows.map((row) => [row.id, row]));
  return pickups.map((row, index) => row ?? waiting.get(transactionIds[index] as Uuid) ?? null);
}
