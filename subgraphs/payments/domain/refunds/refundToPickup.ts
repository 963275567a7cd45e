import type { StoredResult } from '../../../../platform/commandLane.ts';
import { present } from '../../../../platform/invariant.ts';
import { formatAmount } from '../../../../platform/money.ts';
import { CASH } from '../../../../rails/cash/cash.ts';
import { findCashNetwork } from '../../../../rails/cash/networks.ts';
import type { Batch } from '../batch.ts';
import { holdPickup, type PickupWay } from '../cash/holdPickup.ts';
import { numberedId } from '../holds.ts';
import { invalid, mismatched } from '../results.ts';
import { payerOf, type RefundStart, refundDraft, takeRefundable } from './refundStart.ts';

/** Holds the money and the network's fee beside it, and queues the pickup that brings it back, in one tx. */
export function refundToPickup(batch: Batch, start: RefundStart): StoredResult {
  const { amountMinor, refundId: id, journalId, description, asker } = start;
  const way = wayOf(batch, start);
  if (way === null) {
    const expected = 'who picks it up, or a destinationBankAccount, as counters do not say who paid';
    return invalid('destinationCashPickup', null, expected);
  }
  const fault = faultOf(batch, way.network, start);
  if (fault) return fault;
  const result = holdPickup(batch, {
    ...{ id, journalId, feeTransferId: numberedId(journalId, 1), amountMinor, way, asker, description },
    payer: payerOf(batch, start),
    draftOf: (accountId, grossMinor) => ({
      // Handed over is handed over.
      ...refundDraft(start, { rail: CASH, accountId, finality: 'FINAL' }),
      sourceAmountMinor: grossMinor,
    }),
  });
  if (result.type === 'Transaction') takeRefundable(batch, start);
  return result;
}

/** Whom the client names, else whom the refund before this one was for. */
function wayOf(batch: Batch, { route, retryOf }: RefundStart): PickupWay | null {
  if (route.toPickup !== null) return route.toPickup;
  const known = retryOf === null ? undefined : batch.refunds.cashRecipients.get(retryOf);
  return known === undefined ? null : { ...known, sealed: new Uint8Array(), counterparty: null };
}

/** What a network does not take; null when it takes it. */
function faultOf(
  batch: Batch,
  code: string,
  { original: { sourceAsset: asset }, amountMinor }: RefundStart,
): StoredResult | null {
  const network = present(findCashNetwork(code), `network ${code}`);
  if (network.asset !== asset) return mismatched(asset, network.asset);
  const { amountMinorMin: min, amountMinorMax: max } = present(network.pickup, `pickups of ${code}`);
  if (amountMinor >= min && amountMinor <= max) return null;
  const write = (minor: bigint) => formatAmount(minor, present(batch.assets.get(asset), `asset ${asset}`));
  return invalid('amount', write(amountMinor), `${write(min)} to ${write(max)} ${asset} at ${code}`);
}
