import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { ApiError } from '../../../../platform/errors.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../../platform/id.ts';
import { metadataObject } from '../../../../platform/inputs.ts';
import { type KeyVault, KeyVaultError } from '../../../../platform/vault/keyVault.ts';
import { type CashRecipient, maskName, sealRecipient } from '../../../../rails/cash/sealing.ts';
import type { ScreeningSubject } from '../../../../rails/screening/provider.ts';
import type { NamedPickup, PickupCommand } from '../../domain/cash/command.ts';
import type { CreateTransactionRequest } from '../createTransaction.ts';
import { checkLabels, readMoney, readParty } from '../inputs.ts';
import { faultOfCash } from './readCashIn.ts';

/** Who takes codes and pickups in this deployment. */
export interface CashConnection {
  readonly adapter: string;
  /** Seals who picks up before it is stored, and opens codes for who may see them. */
  readonly vault: KeyVault;
}

/** A CashPickupInput, as it came. */
export interface CashPickupRequest extends CashRecipient {
  readonly network: string;
}

export interface PickupRequest extends CreateTransactionRequest {
  readonly destinationCashPickup: CashPickupRequest;
  readonly destinationBankAccount?: unknown;
}

const NAME_LENGTH_MAX = 140;

/**
 * Checks a pickup and seals its recipient, which asks the vault: not within a tx. Of the name itself only a mask and a
 * digest are left. A failure found here is not kept: its key may be used again.
 *
 * @param cash null where no network of counters is connected
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readPickup(
  organizationId: Uuid,
  request: PickupRequest,
  assets: AssetCatalogue,
  cash: CashConnection | null,
): Promise<PickupCommand | FailureView> {
  const fault = checkLabels(request) ?? checkSole(request);
  if (fault) return fault;
  const { asset, destinationCashPickup } = request;
  const { network } = destinationCashPickup;
  const amountMinor = readMoney(assets, asset, request.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const wrong = faultOfCash('pickup', { network, asset, amount: request.amount }, amountMinor, assets);
  if (wrong) return wrong;
  if (cash === null) return invalidInput('network', network, 'nothing, as no counters are connected here');
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const asked = {
    ...{ source, amountMinor, asset, network },
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  const transactionId = newUuid();
  const { pickup, recipient, screenee } = await namePickup(
    cash,
    organizationId,
    destinationCashPickup,
    transactionId,
  );
  return {
    ...{ ...asked, pickup, screenee, organizationId },
    operation: 'createTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ ...asked, recipient }),
    transactionId,
    journalId: newUuid(),
    feeTransferId: newUuid(),
  };
}

/** Somebody whom the client names, sealed, with what fingerprints and screening are told; that goes nowhere else. */
export interface SealedPickup {
  readonly pickup: NamedPickup;
  readonly recipient: CashRecipient;
  readonly screenee: ScreeningSubject;
}

/**
 * Seals a checked recipient for the pickup with the uuid `id`, which asks the vault: not within a tx.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function namePickup(
  { adapter, vault }: CashConnection,
  organizationId: Uuid,
  { network, recipientName }: CashPickupRequest,
  id: Uuid,
): Promise<SealedPickup> {
  const recipient = { recipientName: recipientName.trim() };
  const sealed = await seal(vault, recipient, id);
  const recipientMask = maskName(recipient.recipientName);
  const counterparty = fingerprintOf({ organizationId, network, recipient });
  return {
    pickup: { adapter, network, recipientMask, sealed, counterparty },
    ...{ recipient, screenee: { names: [recipient.recipientName] } },
  };
}

async function seal(vault: KeyVault, recipient: CashRecipient, id: Uuid): Promise<Uint8Array> {
  try {
    return await sealRecipient(vault, id, recipient);
  } catch (error) {
    if (!(error instanceof KeyVaultError) || !error.retryable) throw error;
    throw new ApiError('UNAVAILABLE', 'the recipient cannot be sealed at present; nothing happened');
  }
}

/** What does not go with a pickup. Values that may be personal are left out. */
function checkSole(request: PickupRequest): FailureView | null {
  const { destinationId, destinationAddress, destinationBankAccount } = request;
  const { reference, captureMethod, holdSeconds, destinationCashPickup } = request;
  if ((destinationId ?? destinationAddress ?? destinationBankAccount) != null)
    return invalidInput('destinationCashPickup', '(not shown)', 'no other destination beside it');
  if (reference != null) return invalidInput('reference', reference, 'nothing but to a bank account');
  if (captureMethod === 'MANUAL')
    return invalidInput('captureMethod', captureMethod, 'AUTOMATIC for a pickup');
  if (holdSeconds != null) return invalidInput('holdSeconds', holdSeconds, 'nothing for a pickup');
  if (request.returnPolicy != null) {
    return invalidInput(
      'returnPolicy',
      '(given)',
      'nothing for a pickup, as what was picked up does not come back',
    );
  }
  return faultOfRecipient(destinationCashPickup);
}

/** What is wrong with a name; null when nothing is. The name itself is left out. */
export function faultOfRecipient({ recipientName: name }: CashRecipient): FailureView | null {
  const { length } = name.trim();
  const isName = length > 0 && length <= NAME_LENGTH_MAX && !name.includes('\0') && name.isWellFormed();
  const field = 'destinationCashPickup.recipientName';
  return isName ? null : invalidInput(field, '(not shown)', `1 to ${NAME_LENGTH_MAX} characters`);
}
