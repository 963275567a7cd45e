import { type FailureView, invalidInput } from '../../../../platform/failures.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { BankAccountDetails } from '../../../../rails/bank/details.ts';
import { parseAddress } from '../../../../rails/onchain/address.ts';
import type { ScreeningSubject } from '../../../../rails/screening/provider.ts';
import { NO_ROUTE, type RefundRoute } from '../../domain/refunds/refundCommand.ts';
import { adapterFor, type BankConnection, isConnected, requireBank, sealForOrder } from '../places.ts';
import { type BankAccountRequest, readDetails } from '../readPayout.ts';

/** Where a refund goes, as it came. */
export interface RouteRequest {
  readonly destinationAddress?: string | null | undefined;
  readonly destinationBankAccount?: BankAccountRequest | null | undefined;
}

/** A checked route, and the account's details for the fingerprint; they go nowhere else. */
export interface ReadRoute {
  readonly route: RefundRoute;
  readonly details: BankAccountDetails | null;
  /** Left out for who paid, and was screened then. */
  readonly screenee?: ScreeningSubject;
}

/**
 * Checks where a refund goes and seals an account, which asks the vault: not within a tx.
 *
 * @param refundId of the refund to be made, for which alone the sealed account opens
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readRoute(
  organizationId: Uuid,
  { destinationAddress, destinationBankAccount }: RouteRequest,
  refundId: Uuid,
  bank: BankConnection | null,
): Promise<ReadRoute | FailureView> {
  const adapter = bank?.adapter ?? null;
  if (destinationAddress != null) {
    if (destinationBankAccount != null) {
      return invalidInput('destinationBankAccount', '(not shown)', 'no other destination beside it');
    }
    const parsed = parseAddress(destinationAddress);
    if ('expected' in parsed) {
      return invalidInput('destinationAddress', destinationAddress, parsed.expected);
    }
    const toAddress = parsed.address;
    const screenee = { addresses: [{ address: toAddress, network: null }] };
    return { route: { destinationAddress, toAddress, toBank: null, adapter }, details: null, screenee };
  }
  if (destinationBankAccount == null) return { route: { ...NO_ROUTE, adapter }, details: null };
  const details = readDetails(destinationBankAccount);
  if ('__typename' in details) return details;
  const connected = requireBank({ bank }, 'destinationBankAccount');
  if (!isConnected(connected)) return connected;
  const { rail } = details;
  const taker = adapterFor(connected, rail, organizationId, 'destinationBankAccount.rail');
  if (typeof taker !== 'string') return taker;
  const sealed = await sealForOrder(connected, organizationId, details, refundId);
  const { accountMask, counterparty, screenee } = sealed;
  const toBank = { rail, accountMask, counterparty, sealed: sealed.sealed };
  return { route: { ...NO_ROUTE, toBank, adapter: taker }, details, screenee };
}
