import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import { type BankLeg, findBankLegs } from '../../../../rails/bank/reads.ts';

const WAITING = statement(
  'payments.find_waiting_bank_legs',
  `select gate.transaction_id as "transactionId", gate.instruction ->> 'accountMask' as "accountMask",
          gate.instruction ->> 'reference' as reference, gate.transaction_id as "orderId",
          (gate.instruction ->> 'expectedBy')::timestamptz as "expectedBy"
     from payments.gate gate
    where gate.transaction_id = any($1::uuid[]) and gate.kind = 'ORDER'`,
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
  const rows = await reads.readRows<BankLeg>(organizationId, WAITING, [arrayOf(without, (id) => id)]);
  const waiting = new Map(rows.map((leg) => [leg.transactionId, leg]));
  return legs.map((leg, index) => leg ?? waiting.get(transactionIds[index] as Uuid) ?? null);
}
