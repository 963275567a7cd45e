import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { metadataObject } from '../../../platform/inputs.ts';
import type { SealedAccount } from '../../../rails/bank/externalAccounts/payableAccounts.ts';
import type { PayoutCommand, SendCommand } from '../domain/command.ts';
import { type CreateTransactionRequest, readCreateTransaction } from './createTransaction.ts';
import { checkLabels, readMoney, readParty } from './inputs.ts';
import {
  adapterFor,
  chooseRail,
  findPlace,
  isConnected,
  isPlace,
  openAddress,
  requireBank,
  sealPlace,
  type WaysOutside,
} from './places.ts';
import { checkPayout } from './readPayout.ts';
import { readReturnPolicy } from './refunds/readReturnPolicy.ts';

export interface ExternalPayoutRequest extends CreateTransactionRequest {
  readonly destinationExternalAccountId: string;
}

/**
 * Checks a payment to an external account, finds the way there, and seals its details for the order: asks the database and
 * the vault, not within a tx. A failure found here is not kept: its key may be used again.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readExternalPayout(
  organizationId: Uuid,
  request: ExternalPayoutRequest,
  assets: AssetCatalogue,
  ways: WaysOutside,
): Promise<PayoutCommand | SendCommand | FailureView> {
  const id = request.destinationExternalAccountId;
  const fault = checkLabels(request) ?? checkPayout(request, 'destinationExternalAccountId', id);
  if (fault) return fault;
  const place = await findPlace(ways, organizationId, id);
  if (!isPlace(place)) return place;
  return place.type === 'CHAIN_ADDRESS'
    ? readExternalSend(organizationId, request, assets, ways, place)
    : readBankPayout(organizationId, request, assets, ways, place);
}

async function readBankPayout(
  organizationId: Uuid,
  request: ExternalPayoutRequest,
  assets: AssetCatalogue,
  ways: WaysOutside,
  place: SealedAccount,
): Promise<PayoutCommand | FailureView> {
  const returnPolicy = readReturnPolicy(request.returnPolicy);
  if (returnPolicy !== null && '__typename' in returnPolicy) return returnPolicy;
  const amountMinor = readMoney(assets, request.asset, request.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const rail = chooseRail(place, request.rail);
  if (typeof rail !== 'string') return rail;
  const bank = requireBank(ways, 'destinationExternalAccountId');
  if (!isConnected(bank)) return bank;
  const adapter = adapterFor(bank, rail, organizationId, 'rail');
  if (typeof adapter !== 'string') return adapter;
  const asked = {
    source,
    amountMinor,
    asset: request.asset,
    rail,
    speed: request.speed ?? null,
    externalAccountId: place.id,
    reference: request.reference ?? null,
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  const transactionId = newUuid();
  return {
    ...asked,
    ...(await sealPlace(bank, place, rail, transactionId)),
    adapter,
    returnPolicy,
    organizationId,
    operation: 'createTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ ...asked, ...(returnPolicy === null ? {} : { returnPolicy }) }),
    transactionId,
    journalId: newUuid(),
  };
}

/** An address on a chain is sent to like any other, as long as the place may be. */
async function readExternalSend(
  organizationId: Uuid,
  request: ExternalPayoutRequest,
  assets: AssetCatalogue,
  ways: WaysOutside,
  place: SealedAccount,
): Promise<SendCommand | FailureView> {
  const { rail, speed, destinationExternalAccountId } = request;
  if (rail != null) return invalidInput('rail', rail, 'nothing to an address on a chain');
  if (speed != null) return invalidInput('speed', speed, 'nothing to an address on a chain');
  const opened = await openAddress(ways, place);
  if ('__typename' in opened) return opened;
  const read = readCreateTransaction(
    organizationId,
    { ...request, destinationAddress: opened.address },
    assets,
  );
  if (!('toAddress' in read)) return read as FailureView;
  return {
    ...read,
    // The address is not shown to whoever may not read it.
    destinationAddress: destinationExternalAccountId,
    externalAccountId: place.id,
    fingerprint: fingerprintOf({ send: read.fingerprint, externalAccountId: place.id }),
  };
}
