import type { AssetCatalogue } from '../../../ledger/assets.ts';
import type { Connection } from '../../../platform/connection.ts';
import type { FailureView } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { MoneyView } from '../../../platform/scalars.ts';
import type { FeedEvent, PayoutBatchPayload } from '../../../schema/events.ts';
import type { PayoutBatch, PayoutBatchStatus, Tally } from '../domain/payouts/payoutBatch.ts';
import type { PayoutItem } from '../domain/payouts/payoutItem.ts';
import type { PayoutFault } from '../domain/payouts/payoutRequest.ts';
import { type PayoutBatchEventKind, payoutEventKindOf } from '../events/payouts.ts';
import { moneyOf } from '../views.ts';

export interface TallyView {
  readonly count: number;
  readonly amount: MoneyView;
}

export type PayoutBatchConnectionView = Connection<PayoutBatch>;

export interface PayoutItemConnectionView extends Connection<PayoutItem> {
  readonly totalCount: number;
  readonly totalAmount: MoneyView;
}

export interface PayoutBatchEventView {
  readonly id: Uuid;
  readonly version: number;
  readonly kind: PayoutBatchEventKind;
  readonly status: PayoutBatchStatus;
  readonly pending: number;
  readonly processing: number;
  readonly completed: number;
  readonly failed: number;
  readonly canceled: number;
  readonly terminal: boolean;
  readonly occurredAt: string;
}

export interface PayoutBatchUpdateView {
  readonly cursor: string;
  readonly event: PayoutBatchEventView | null;
  readonly batchId: Uuid;
}

/** What a dry run found. */
export interface PreviewView {
  readonly __typename: 'PayoutBatchPreview';
  readonly total: TallyView;
  readonly available: MoneyView;
  readonly isCovered: boolean;
}

export interface InvalidView extends FailureView {
  readonly __typename: 'PayoutBatchInvalid';
  readonly faultCount: number;
  readonly faults: PayoutFault[];
}

export function tallyOf(assets: AssetCatalogue, { count, amountMinor }: Tally, asset: string): TallyView {
  return { count, amount: moneyOf(assets, amountMinor, asset) };
}

/** Null for an event of something else. */
export function payoutStepOf(event: FeedEvent): PayoutBatchEventView | null {
  const kind = payoutEventKindOf(event.type);
  if (kind === null) return null;
  const payload = event.payload as PayoutBatchPayload;
  const { payoutBatchId: _, status, ...told } = payload;
  return {
    ...told,
    status: status as PayoutBatchStatus,
    id: event.id as Uuid,
    version: event.version,
    kind,
  };
}
