import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { sealBytes } from '../../../../platform/vault/sealedBytes.ts';
import { type BankAccountDetails, encodeDetails, maskOf } from '../../../../rails/bank/details.ts';
import { openDetails } from '../../../../rails/bank/externalAccounts/details.ts';
import { openAmounts } from '../../../../rails/bank/externalAccounts/microDeposits.ts';
import { findSealedPlace, type SealedPlace } from '../../../../rails/bank/microDeposits/readMicroDeposits.ts';
import type { MicroOrderDraft, SendMicroDepositsCommand } from '../../domain/microDeposits/command.ts';
import { readParty } from '../inputs.ts';
import type { BankConnection } from '../readPayout.ts';

/** What sendMicroDeposits is asked, as it came. */
export interface SendMicroDepositsRequest {
  readonly idempotencyKey: string;
  readonly externalAccountId: string;
  readonly sourceId: string;
}

/**
 * Opens what is sealed of the ExternalAccount and seals it for two orders, which asks the vault: not within a tx. A failure
 * found here is not kept: its key may be used again.
 *
 * @param bank null where no bank is connected
 */
export async function readSendMicroDeposits(
  organizationId: Uuid,
  request: SendMicroDepositsRequest,
  reads: Database,
  bank: BankConnection | null,
): Promise<SendMicroDepositsCommand | FailureView> {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const externalAccountId = parseId('xac', request.externalAccountId);
  if (externalAccountId === null) return notFound(request.externalAccountId);
  if (bank === null) {
    return invalidInput(
      'externalAccountId',
      request.externalAccountId,
      'nothing, as no bank is connected here',
    );
  }
  const place = await findSealedPlace(reads, organizationId, externalAccountId);
  if (place === null) return notFound(request.externalAccountId);
  const details = detailsOf(place, await openDetails(bank.vault, place));
  const [first, second] = await openAmounts(bank.vault, place.id, place.microSealed);
  const asked = { externalAccountId, source };
  return {
    ...asked,
    rail: details.rail,
    adapter: bank.adapter,
    orders: [
      await orderOf(bank, details, present(first, 'the first amount')),
      await orderOf(bank, details, present(second, 'the second amount')),
    ],
    organizationId,
    operation: 'sendMicroDeposits',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    journalId: newUuid(),
  };
}

async function orderOf(
  { vault }: BankConnection,
  details: BankAccountDetails,
  amountMinor: bigint,
): Promise<MicroOrderDraft> {
  const id = newUuid();
  const sealed = await sealBytes(vault, encodeDetails(details), { purpose: 'omsx-bank-order', id });
  return { id, amountMinor, accountMask: maskOf(details), sealed };
}

/** The rail that carries small amounts, and what it asks for. */
function detailsOf(
  { type, bankCode }: SealedPlace,
  {
    accountNumber,
    ownerName: accountHolderName,
  }: { readonly accountNumber: string; readonly ownerName: string },
): BankAccountDetails {
  switch (type) {
    case 'US_BANK':
      return {
        rail: 'ACH',
        accountHolderName,
        routingNumber: present(bankCode, 'a bank code'),
        accountNumber,
      };
    case 'UK_BANK':
      return {
        rail: 'FPS',
        accountHolderName,
        routingNumber: present(bankCode, 'a bank code'),
        accountNumber,
      };
    case 'IBAN':
      return { rail: 'SEPA', accountHolderName, iban: accountNumber };
    case 'CLABE':
      return { rail: 'SPEI', accountHolderName, clabe: accountNumber };
    case 'PIX_KEY':
      return { rail: 'PIX', accountHolderName, pixKey: accountNumber };
    case 'UPI_ID':
      return { rail: 'UPI', accountHolderName, upiId: accountNumber };
    case 'CHAIN_ADDRESS':
      throw new Error('a chain address has no amounts');
  }
}
