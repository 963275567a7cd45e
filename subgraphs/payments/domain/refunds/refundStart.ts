import type { LedgerAccount } from '../../../../ledger/account.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Finality, RailName } from '../../../../rails/port.ts';
import { advance, type Batch, type open } from '../batch.ts';
import type { Asker } from '../gates/holdBack.ts';
import type { Transaction } from '../transaction.ts';
import type { RefundRoute } from './refundCommand.ts';

/** A refund over a rail that is about to begin, for the first time or again. */
export interface RefundStart {
  readonly refundId: Uuid;
  readonly journalId: Uuid;
  /** Completed, and with at least `amountMinor` left to refund. */
  readonly original: Transaction;
  readonly amountMinor: bigint;
  readonly route: RefundRoute;
  /** The refund that did not arrive and whose place it takes: it goes to the same recipient unless the route says otherwise. */
  readonly retryOf: Uuid | null;
  readonly asker: Asker;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The Account that the original credited, which pays. */
export function payerOf(batch: Batch, { original }: RefundStart): LedgerAccount {
  return present(batch.ledger.accounts.get(original.destinationAccountId), 'the account that was credited');
}

/** What a refund over a rail begins with. */
export function refundDraft(
  { refundId, original, amountMinor, description, externalId, metadata }: RefundStart,
  way: { readonly rail: RailName; readonly accountId: Uuid; readonly finality: Finality },
): Parameters<typeof open>[1] {
  return {
    id: refundId,
    organizationId: original.organizationId,
    type: 'REFUND',
    finality: way.finality,
    captureMethod: 'AUTOMATIC',
    sourceRail: original.destinationRail,
    sourceAccountId: original.destinationAccountId,
    sourceIsWallet: original.destinationIsWallet,
    sourceCustomerId: original.destinationCustomerId,
    sourceAsset: original.destinationAsset,
    sourceAmountMinor: amountMinor,
    destinationRail: way.rail,
    destinationAccountId: way.accountId,
    destinationIsWallet: false,
    destinationCustomerId: null,
    destinationAsset: original.sourceAsset,
    destinationAmountMinor: amountMinor,
    refundOf: original.id,
    description,
    externalId,
    metadata,
  };
}

/**
 * Takes the amount of the original while its refund is under way, so that others beside it cannot refund it, too. Its
 * balances were told by the refund's own step; told twice, they would count twice.
 */
export function takeRefundable(batch: Batch, { original, amountMinor, refundId }: RefundStart): void {
  const refundingAmountMinor = original.refundingAmountMinor + amountMinor;
  const related = { amountMinor, relatedTransactionId: refundId };
  advance(batch, original, 'REFUND_STARTED', { refundingAmountMinor }, related);
}
