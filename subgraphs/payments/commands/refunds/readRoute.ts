import { type FailureView, invalidInput } from '../../../../platform/failures.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { type BankAccountDetails, faultOfDetails, maskOf } from '../../../../rails/bank/details.ts';
import { parseAddress } from '../../../../rails/onchain/address.ts';
import { NO_ROUTE, type RefundRoute } from '../../domain/refunds/refundCommand.ts';
import { type BankAccountRequest, type BankConnection, givenOf, sealAccount } from '../readPayout.ts';

/** Where a refund goes, as it came. */
export interface RouteRequest {
  readonly destinationAddress?: string | null | undefined;
  readonly destinationBankAccount?: BankAccountRequest | null | undefined;
}

/** A checked route, and the account's details for the fingerprint; they go nowhere else. */
export interface ReadRoute {
  readonly route: RefundRoute;
  readonly details: BankAccountDetails | null;
}

/**
 * Checks where a refund goes and seals an account, which asks the vault: not within a tx.
 *
 * @param refundId of the refund to be made, for which alone the sealed account opens
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readRoute(
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
    return { route: { destinationAddress, toAddress: parsed.address, toBank: null, adapter }, details: null };
  }
  if (destinationBankAccount == null) return { route: { ...NO_ROUTE, adapter }, details: null };
  const details = givenOf(destinationBankAccount);
  const wrong = faultOfDetails(details);
  // Without the value: it is personal, and failures are kept in logs of others.
  if (wrong) return invalidInput(`destinationBankAccount.${wrong.field}`, '(not shown)', wrong.expected);
  if (bank === null) {
    return invalidInput('destinationBankAccount', '(not shown)', 'nothing, as no bank is connected here');
  }
  const sealed = await sealAccount(bank.vault, details, refundId);
  const toBank = { rail: details.rail, accountMask: maskOf(details), sealed };
  return { route: { ...NO_ROUTE, toBank, adapter }, details };
}
