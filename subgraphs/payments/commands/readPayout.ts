import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { checkOptionalText, metadataObject } from '../../../platform/inputs.ts';
import { type BankAccountDetails, faultOfDetails } from '../../../rails/bank/details.ts';
import type { PayoutCommand } from '../domain/command.ts';
import type { CreateTransactionRequest } from './createTransaction.ts';
import { checkLabels, readMoney, readParty } from './inputs.ts';
import { adapterFor, isConnected, requireBank, sealForOrder, type WaysOutside } from './places.ts';
import { readReturnPolicy } from './refunds/readReturnPolicy.ts';

/** A bank account as a client names it. */
export type BankAccountRequest = {
  readonly [Field in keyof BankAccountDetails]: Field extends 'rail' | 'accountHolderName'
    ? BankAccountDetails[Field]
    : BankAccountDetails[Field] | null | undefined;
};

export interface PayoutRequest extends CreateTransactionRequest {
  readonly destinationBankAccount: BankAccountRequest;
}

/** What every rail carries to the recipient's statement. */
export const REFERENCE_LENGTH_MAX = 140;

/**
 * Checks a payout and seals the account, which asks the vault: not within a tx. Of the account itself only a mask and a
 * digest are left. A failure found here is not kept: its key may be used again.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readPayout(
  organizationId: Uuid,
  request: PayoutRequest,
  assets: AssetCatalogue,
  ways: Pick<WaysOutside, 'bank'>,
): Promise<PayoutCommand | FailureView> {
  const { rail: named, speed = null } = request;
  const fault = checkLabels(request) ?? checkPayout(request, 'destinationBankAccount', '(not shown)');
  if (fault) return fault;
  if (named != null) return invalidInput('rail', named, 'nothing, as destinationBankAccount has its own');
  const returnPolicy = readReturnPolicy(request.returnPolicy);
  if (returnPolicy !== null && '__typename' in returnPolicy) return returnPolicy;
  const amountMinor = readMoney(assets, request.asset, request.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const details = readDetails(request.destinationBankAccount);
  if ('__typename' in details) return details;
  const bank = requireBank(ways, 'destinationBankAccount');
  if (!isConnected(bank)) return bank;
  const adapter = adapterFor(bank, details.rail, organizationId, 'destinationBankAccount.rail');
  if (typeof adapter !== 'string') return adapter;
  const asked = {
    source,
    amountMinor,
    asset: request.asset,
    reference: request.reference ?? null,
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  const transactionId = newUuid();
  return {
    ...asked,
    ...(await sealForOrder(bank, organizationId, details, transactionId)),
    rail: details.rail,
    speed,
    externalAccountId: null,
    adapter,
    organizationId,
    operation: 'createTransaction',
    idempotencyKey: request.idempotencyKey,
    returnPolicy,
    fingerprint: fingerprintOf({
      ...{ ...asked, details },
      ...(speed === null ? {} : { speed }),
      ...(returnPolicy === null ? {} : { returnPolicy }),
    }),
    transactionId,
    journalId: newUuid(),
  };
}

/** What does not go with a payment to a bank or to an external account. @param value of the field, as it may be shown */
export function checkPayout(
  request: CreateTransactionRequest,
  field: string,
  value: string,
): FailureView | null {
  const { destinationId, destinationAddress, captureMethod, holdSeconds } = request;
  if ((destinationId ?? destinationAddress) != null) {
    return invalidInput(field, value, 'no other destination beside it');
  }
  if (captureMethod === 'MANUAL') {
    return invalidInput('captureMethod', captureMethod, 'AUTOMATIC to a place outside');
  }
  if (holdSeconds != null) return invalidInput('holdSeconds', holdSeconds, 'nothing to a place outside');
  return checkOptionalText('reference', request.reference, 1, REFERENCE_LENGTH_MAX);
}

/** What is not right about an account that a client named, without its value: failures are kept in logs of others. */
export function readDetails(account: BankAccountRequest): BankAccountDetails | FailureView {
  const details = givenOf(account);
  const wrong = faultOfDetails(details);
  return wrong === null
    ? details
    : invalidInput(`destinationBankAccount.${wrong.field}`, '(not shown)', wrong.expected);
}

/** The account as it is checked and sealed: without what was not given. */
export function givenOf(account: BankAccountRequest): BankAccountDetails {
  const given = Object.entries(account).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given) as unknown as BankAccountDetails;
}
