import type { LedgerAccount } from '../../../ledger/account.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import type { SpeedCode } from '../../../rails/bank/catalog/rail.ts';
import { type PaymentTerms, termsOf } from '../../../rails/bank/catalog/terms.ts';
import type { PayableAccount } from '../../../rails/bank/externalAccounts/payableAccounts.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { Batch } from './batch.ts';
import { invalid, mismatched, missing } from './results.ts';
import { customerOf } from './transaction.ts';

/** The failures that only a way outside comes to; as in results.ts. */
export type PayToFailureType = 'ExternalAccountNotUsable' | 'AmountOutsideRail';

/**
 * Why nothing may be paid from `source` to an external account, or null. Its row is locked, so that closing it comes before
 * or after, and never between.
 *
 * @param asset code of what it would be sent
 */
export function unusable(
  batch: Batch,
  externalAccountId: Uuid | null,
  source: LedgerAccount,
  asset: string,
): StoredResult | null {
  if (externalAccountId === null) return null;
  const place = batch.bank.externalAccounts.get(externalAccountId);
  if (place?.organizationId !== source.organizationId) return missing(formatId('xac', externalAccountId));
  return placeFault(place, source, asset);
}

/** The same of a place that is known, and the source's organization's. Pure. */
export function placeFault(place: PayableAccount, source: LedgerAccount, asset: string): StoredResult | null {
  const { id, status, customerId, assets } = place;
  if (status !== 'VERIFIED') return notUsable(id, status, `it is ${status}`);
  // The organization may pay its customers from its own money, and anybody may pay the organization's own places.
  const payer = customerOf(source);
  if (customerId !== null && payer !== null && payer !== customerId) {
    return notUsable(id, status, 'it belongs to another customer than the source');
  }
  return assets.includes(asset) ? null : mismatched(asset, assets.join(', '));
}

/** @param why ends the sentence "nothing can be paid to ID: " */
function notUsable(externalAccountId: Uuid, status: string, why: string): StoredResult {
  return { type: 'ExternalAccountNotUsable', externalAccountId, status, why };
}

/** What the rail makes of a payment that is handed in now, or why it does not take it. */
export function railTerms(
  batch: Batch,
  asked: { readonly rail: BankRailName; readonly speed: SpeedCode | null; readonly amountMinor: bigint },
  asset: string,
): PaymentTerms | StoredResult {
  const terms = termsOf(batch.catalog, asked, batch.now);
  switch (terms.kind) {
    case 'TAKEN':
      return terms;
    case 'NO_SUCH_SPEED':
      return invalid('speed', asked.speed, `one of ${terms.offered.join(', ')} on ${asked.rail}`);
    case 'AMOUNT':
      return {
        type: 'AmountOutsideRail',
        rail: asked.rail,
        speed: terms.speed,
        asset,
        minimumMinor: String(terms.amountMinorMin),
        maximumMinor: String(terms.amountMinorMax),
        requestedMinor: String(asked.amountMinor),
      };
  }
}

export function isRefusal(terms: PaymentTerms | StoredResult): terms is StoredResult {
  return 'type' in terms;
}
