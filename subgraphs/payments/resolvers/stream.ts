import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { ApiError } from '../../../platform/errors.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { BalancePayload, FeedEvent, TransactionPayload } from '../../../schema/events.ts';
import type { TransactionEvent } from '../domain/transactionEvent.ts';
import { type BalanceView, moneyOf, type ObjectStep } from '../views.ts';

/**
 * Refuses an event that is not for this Viewer. Whoever routes events filters them first; this is the second
 * lock on the door.
 *
 * @throws {ApiError} FORBIDDEN
 */
export function requireVisible(event: FeedEvent, viewer: Viewer): void {
  const isVisible =
    event.organizationId === viewer.organizationId &&
    (viewer.customerId === undefined || event.subjects.includes(viewer.customerId));
  if (!isVisible) throw new ApiError('FORBIDDEN', 'this event is not for these credentials');
}

/** The same for an id that is malformed, unknown or another organization's. */
export function nothingAt(id: string): ApiError {
  return new ApiError('BAD_USER_INPUT', `there is no ${id.slice(0, 60)}`);
}

/** The step that an event tells of, as the timeline would show it; null for an event of something else. */
export function timelineStepOf({ payload }: FeedEvent): TransactionEvent | null {
  if (!('transactionId' in payload)) return null;
  const { event, transactionId } = payload;
  return {
    ...(event as TransactionPayload['event'] &
      Pick<TransactionEvent, 'kind' | 'status' | 'leg' | 'nextAction'>),
    id: event.id as Uuid,
    transactionId: transactionId as Uuid,
    amountMinor: event.amount === null ? null : BigInt(event.amount),
    relatedTransactionId: event.relatedTransactionId as Uuid | null,
    chainTransactionId: (event.chain?.transactionId ?? null) as Uuid | null,
    transactionHash: event.chain?.hash ?? null,
    reasonCode: event.reason?.code ?? null,
    reasonMessage: event.reason?.message ?? null,
    reasonRetryable: event.reason?.retryable ?? null,
    expectedBy: event.expectedBy === null ? null : new Date(event.expectedBy),
    occurredAt: new Date(event.occurredAt),
  };
}

/** The step that an event tells of. @param kinds by the type of event, of all types that are streamed */
export function objectStepOf<Kind>(
  { id, version, type, occurredAt }: FeedEvent,
  kinds: Readonly<Record<string, Kind | undefined>>,
): ObjectStep<Kind> {
  const kind = present(kinds[type], `the kind of ${type}`);
  return { id: id as Uuid, version, kind, occurredAt: new Date(occurredAt) };
}

/** What the event made of an Account's balance; null when it did not change it. */
export function balanceIn(
  { payload }: FeedEvent,
  accountId: Uuid,
  assets: AssetCatalogue,
): BalanceView | null {
  const changes: readonly BalancePayload[] = 'balances' in payload ? payload.balances : [];
  const change = changes.find((candidate) => candidate.accountId === accountId);
  if (!change) return null;
  return {
    posted: moneyOf(assets, BigInt(change.posted), change.asset),
    pending: moneyOf(assets, BigInt(change.pending), change.asset),
    available: moneyOf(assets, BigInt(change.available), change.asset),
    version: Number(change.version),
  };
}
