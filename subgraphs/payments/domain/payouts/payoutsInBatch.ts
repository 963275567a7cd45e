import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { TransactionStatus } from '../transitions.ts';
import { moveTally, type PayoutBatch, type Tallies, withTallies } from './payoutBatch.ts';
import type { PayoutItem, PayoutItemStatus } from './payoutItem.ts';

/** What a batch of the lane knows of payouts, locked. */
export interface PayoutFacts {
  readonly batches: ReadonlyMap<Uuid, PayoutBatch>;
  /** Items that a command pays or may end, by their id, which is their Transaction's. */
  readonly items: ReadonlyMap<Uuid, PayoutItem>;
}

export interface ItemChange {
  readonly item: PayoutItem;
  /** Says why where the status is FAILED and no Transaction was made. */
  readonly refusal: StoredResult | null;
}

/** The same with the changes of this batch on top. */
export interface Payouts {
  readonly batches: ReadonlyMap<Uuid, PayoutBatch>;
  readonly items: Map<Uuid, PayoutItem>;
  readonly tallies: Map<Uuid, Tallies>;
  readonly changes: Map<Uuid, ItemChange>;
}

export function payoutsOf(facts: PayoutFacts | undefined): Payouts {
  return {
    batches: facts?.batches ?? new Map(),
    items: new Map(facts?.items),
    tallies: new Map(),
    changes: new Map(),
  };
}

/** Where an item stands whose Transaction stands there. */
const STATUS_OF: Readonly<Record<TransactionStatus, PayoutItemStatus>> = {
  PROCESSING: 'PROCESSING',
  AWAITING_ACTION: 'PROCESSING',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  CANCELED: 'FAILED',
  // Money that a rail sent back has not arrived.
  RETURNED: 'FAILED',
};

/** True when the item waits for its turn: whoever asks to pay it again finds that it does not. */
export function isPayable(payouts: Payouts, itemId: Uuid): boolean {
  const item = payouts.items.get(itemId);
  return item?.status === 'PENDING' && payouts.batches.get(item.batchId)?.status !== 'AWAITING_APPROVAL';
}

/** Takes an item to where its Transaction is; nothing for a Transaction that pays no item. */
export function followTransaction(payouts: Payouts, id: Uuid, status: TransactionStatus): void {
  const to = STATUS_OF[status];
  const refusal = to === 'FAILED' ? { type: status === 'CANCELED' ? 'Canceled' : status } : null;
  moveItem(payouts, id, to, refusal);
}

/** Ends an item for which no Transaction could be made. */
export function refuseItem(payouts: Payouts, id: Uuid, refusal: StoredResult): void {
  moveItem(payouts, id, 'FAILED', refusal);
}

function moveItem(payouts: Payouts, id: Uuid, to: PayoutItemStatus, refusal: StoredResult | null): void {
  const item = payouts.items.get(id);
  if (!item || item.status === to) return;
  const batch = present(payouts.batches.get(item.batchId), 'the batch of a locked item');
  const tallies = payouts.tallies.get(batch.id) ?? batch.tallies;
  const moved = { count: 1, amountMinor: item.amountMinor };
  payouts.tallies.set(batch.id, moveTally(tallies, item.status, to, moved));
  const after = { ...item, status: to };
  payouts.items.set(id, after);
  payouts.changes.set(id, { item: after, refusal });
}

/** A PayoutBatch as it was locked and as this batch of the lane left it: one step, however many items moved. */
export interface PayoutBatchChange {
  readonly before: PayoutBatch;
  readonly after: PayoutBatch;
}

export function changedBatches(payouts: Payouts, now: Date): readonly PayoutBatchChange[] {
  return [...payouts.tallies].map(([id, tallies]) => {
    const before = present(payouts.batches.get(id), 'a changed payout batch');
    return { before, after: withTallies(before, tallies, now) };
  });
}
