import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { askToCancel, insertOrders, settleOrders } from '../../../rails/bank/orders.ts';
import { settleReceipts, writeRateWaits } from '../../../rails/bank/receipts.ts';
import { decideItems, reverseItems } from '../../../rails/bank/reconcile/items.ts';
import { linkBookings } from '../../../rails/bank/reconcile/writeMatches.ts';
import { settleLines } from '../../../rails/bank/statements/lines.ts';
import type { BankBatch } from '../domain/bank.ts';

/** Writes the bank's part of a batch; nothing for a batch without one. Retry only with the whole tx. */
export async function writeBank(tx: Tx, bank: BankBatch): Promise<void> {
  const { newOrders, cancelAsks, settledOrders, settledReceipts } = bank;
  await Promise.all([
    insertOrders(tx, newOrders),
    askToCancel(tx, [...cancelAsks]),
    settleOrders(tx, changesOf(settledOrders, bank.storedOrders, bank.orders)),
    settleReceipts(tx, changesOf(settledReceipts, bank.storedReceipts, bank.receipts)),
    writeRateWaits(tx, bank.rateWaits),
    settleLines(tx, changesOf(bank.settledLines, bank.storedLines, bank.lines)),
    linkBookings(tx, bank.links),
    // Behind the decisions: what was written off in this batch may be taken back in it.
    decideItems(tx, bank.itemDecisions),
    reverseItems(tx, bank.reversals),
  ]);
}

/** Rows that the books know of now, each with the version that they knew of before. */
export function changesOf<Row extends { readonly settledVersion: number }>(
  ids: ReadonlySet<Uuid>,
  stored: ReadonlyMap<Uuid, Row>,
  now: ReadonlyMap<Uuid, Row>,
) {
  return [...ids].map((id) => ({
    row: present(now.get(id), `row ${id}`),
    fromVersion: present(stored.get(id), `stored row ${id}`).settledVersion,
  }));
}
