import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { metadataObject } from '../../../platform/inputs.ts';
import type { SpeedCode } from '../../../rails/bank/catalog/rail.ts';
import { parseAddress } from '../../../rails/onchain/address.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { CreateCommand, SendCommand } from '../domain/command.ts';
import type { Party } from '../domain/party.ts';
import type { ReturnPolicyRequest } from '../domain/refunds/returnPolicy.ts';
import type { CaptureMethod } from '../domain/transaction.ts';
import { checkLabels, type LabelsRequest, readMoney, readParty } from './inputs.ts';

export const HOLD_SECONDS_MAX = 2_592_000;
export const HOLD_SECONDS_DEFAULT = 604_800;

/** What createTransaction is asked, as it came. */
export interface CreateTransactionRequest extends LabelsRequest {
  readonly sourceId: string;
  /** Exactly one of the two; a bank account is read by `readPayout`, an external account by `readExternalPayout`. */
  readonly destinationId?: string | null | undefined;
  readonly destinationAddress?: string | null | undefined;
  readonly reference?: string | null | undefined;
  /** To an external account that more than one rail reaches. */
  readonly rail?: BankRailName | null | undefined;
  /** To a bank. */
  readonly speed?: SpeedCode | null | undefined;
  /** To a bank account only. */
  readonly returnPolicy?: ReturnPolicyRequest | null | undefined;
  readonly amount: string;
  readonly asset: string;
  readonly captureMethod?: CaptureMethod | null | undefined;
  readonly holdSeconds?: number | null | undefined;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readCreateTransaction(
  organizationId: Uuid,
  request: CreateTransactionRequest,
  assets: AssetCatalogue,
): CreateCommand | SendCommand | FailureView {
  const fault = checkLabels(request) ?? checkHoldSeconds(request);
  if (fault) return fault;
  const amountMinor = readMoney(assets, request.asset, request.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const { destinationId, destinationAddress, reference, rail, speed } = request;
  if (reference != null) return invalidInput('reference', reference, 'nothing but to a bank account');
  if (rail != null) return invalidInput('rail', rail, 'nothing but to an external account');
  if (speed != null) return invalidInput('speed', speed, 'nothing but to a bank account');
  if (request.returnPolicy != null) {
    return invalidInput(
      'returnPolicy',
      '(given)',
      'nothing but to a bank account, as nothing else sends money back',
    );
  }
  if (destinationAddress != null) {
    return destinationId == null
      ? readSend(organizationId, request, { source, amountMinor, destinationAddress })
      : invalidInput('destinationAddress', destinationAddress, 'nothing beside destinationId');
  }
  if (destinationId == null) {
    return invalidInput(
      'destinationId',
      destinationId,
      'an account or wallet, or a destinationAddress, destinationBankAccount or destinationExternalAccountId instead',
    );
  }
  const destination = readParty(destinationId);
  if (!destination) return notFound(destinationId);
  if (source.accountId === destination.accountId) {
    return invalidInput('destinationId', destination.id, 'another account than the source');
  }
  const asked = {
    source,
    destination,
    amountMinor,
    asset: request.asset,
    holdSeconds: request.captureMethod === 'MANUAL' ? (request.holdSeconds ?? HOLD_SECONDS_DEFAULT) : null,
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  return {
    ...asked,
    organizationId,
    operation: 'createTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    transactionId: newUuid(),
    journalId: newUuid(),
  };
}

/** The same to an address: its fingerprint is the address, however it was written. */
function readSend(
  organizationId: Uuid,
  request: CreateTransactionRequest,
  read: Pick<SendCommand, 'amountMinor' | 'destinationAddress'> & { readonly source: Party },
): SendCommand | FailureView {
  const { source, amountMinor, destinationAddress } = read;
  if (request.captureMethod === 'MANUAL') {
    return invalidInput('captureMethod', request.captureMethod, 'AUTOMATIC for a destinationAddress');
  }
  const parsed = parseAddress(destinationAddress);
  if ('expected' in parsed) {
    return invalidInput('destinationAddress', destinationAddress, parsed.expected);
  }
  const asked = {
    source,
    toAddress: parsed.address,
    amountMinor,
    asset: request.asset,
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  return {
    ...asked,
    destinationAddress,
    organizationId,
    operation: 'createTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    transactionId: newUuid(),
    journalId: newUuid(),
  };
}

function checkHoldSeconds({ captureMethod, holdSeconds }: CreateTransactionRequest): FailureView | null {
  if (holdSeconds === null || holdSeconds === undefined) return null;
  if (captureMethod !== 'MANUAL') {
    return invalidInput('holdSeconds', holdSeconds, 'nothing unless captureMethod is MANUAL');
  }
  return Number.isInteger(holdSeconds) && holdSeconds >= 1 && holdSeconds <= HOLD_SECONDS_MAX
    ? null
    : invalidInput('holdSeconds', holdSeconds, `1 to ${HOLD_SECONDS_MAX} seconds`);
}
