import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { NewEvent } from '../../../../platform/outbox.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import type { Batch } from '../../domain/batch.ts';
import type { PaymentsCommand } from '../../domain/command.ts';
import type { PayoutFailure } from '../../domain/payouts/payoutItem.ts';
import { changedBatches, type ItemChange } from '../../domain/payouts/payoutsInBatch.ts';
import { failureOf } from '../../errors.ts';
import { payoutEvent } from '../../events/payouts.ts';
import { updatePayoutBatches, updatePayoutItems } from '../../store/payouts/updatePayouts.ts';

/** What may end a Transaction that an item waits for. */
const MAY_END_ITEM: ReadonlySet<string> = new Set([
  'settleSend',
  'cancelTransaction',
  'endWaiting',
  'decideReview',
]);

/** Items that a batch of the lane pays, and Transactions on a chain that it may end, which an item may have. */
export function payoutItemIdsOf(commands: readonly PaymentsCommand[]): readonly Uuid[] {
  return commands.flatMap((command) => {
    const concerns = MAY_END_ITEM.has(command.operation) || ('paysItem' in command && command.paysItem);
    const id = concerns && 'transactionId' in command ? command.transactionId : null;
    return id === null ? [] : [id];
  });
}

/** One event for each PayoutBatch that moved, however many of its items did. */
export function payoutEventsOf({ payouts, now, newId }: Batch): readonly NewEvent[] {
  return changedBatches(payouts, now).map(({ after }) =>
    payoutEvent(newId(), after.endedAt === null ? 'PROGRESSED' : 'COMPLETED', after),
  );
}

/** Writes what a batch of the lane did to payouts, in its tx. Retry only with the whole tx. */
export async function writePayouts(tx: Tx, { payouts, now }: Batch, assets: AssetCatalogue): Promise<void> {
  if (payouts.changes.size === 0) return;
  const written = [...payouts.changes.values()].map((change) => ({
    item: change.item,
    failure: failureIn(change, assets),
  }));
  await Promise.all([
    updatePayoutItems(tx, written, now),
    updatePayoutBatches(tx, changedBatches(payouts, now)),
  ]);
}

/** Failures after which a new try may succeed without any other input. */
const RETRYABLE: ReadonlySet<string> = new Set(['INSUFFICIENT_FUNDS', 'LIMIT_EXCEEDED']);

const ENDED: Readonly<Record<string, string | undefined>> = {
  FAILED: 'its transaction failed: the timeline says why',
  RETURNED: 'the rail sent the money back: the timeline says why',
  Canceled: 'its transaction was canceled',
};

function failureIn({ refusal }: ItemChange, assets: AssetCatalogue): PayoutFailure | null {
  if (refusal === null) return null;
  const ended = ENDED[refusal.type];
  if (ended !== undefined) return { code: codeOf(refusal), message: ended, retryable: true };
  const { code, message } = failureOf(refusal, assets);
  return { code, message, retryable: RETRYABLE.has(code) };
}

function codeOf({ type }: StoredResult): string {
  return `TRANSACTION_${type.toUpperCase()}`;
}
