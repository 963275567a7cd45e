import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { type MetadataPair, metadataObject } from '../../../platform/inputs.ts';
import { PERCENT_EXPECTED, readPercent } from '../../../platform/percent.ts';
import type { SpeedCode } from '../../../rails/bank/catalog/rail.ts';
import type { BankRailName } from '../../../rails/port.ts';
import { DEVELOPER_FEES_MAX } from '../domain/pricing.ts';
import type { AskedFee, CreateQuoteCommand } from '../domain/quoteCommand.ts';
import type { LegSide } from '../domain/transaction.ts';
import { canonicalAmount, checkAmountForm, checkLabels, readMoney, readParty } from './inputs.ts';
import type { WaysOutside } from './places.ts';
import { readQuoteDestination } from './quoteDestination.ts';
import type { BankAccountRequest } from './readPayout.ts';

export const QUOTE_SECONDS_MAX = 900;
export const QUOTE_SECONDS_DEFAULT = 300;

/** Of a developer fee, as it came. */
export interface DeveloperFeeRequest {
  readonly recipientId: string;
  readonly flat?: string | null | undefined;
  readonly percent?: string | null | undefined;
}

/** What createQuote is asked, as it came. */
export interface CreateQuoteRequest {
  readonly idempotencyKey: string;
  readonly sourceId: string;
  /** Exactly one of the four. */
  readonly destinationId?: string | null | undefined;
  readonly destinationAddress?: string | null | undefined;
  readonly destinationExternalAccountId?: string | null | undefined;
  readonly destinationBankAccount?: BankAccountRequest | null | undefined;
  readonly destinationNetwork?: string | null | undefined;
  readonly rail?: BankRailName | null | undefined;
  readonly speed?: SpeedCode | null | undefined;
  readonly reference?: string | null | undefined;
  readonly amount: string;
  readonly fixedSide: LegSide;
  readonly sourceAsset: string;
  readonly destinationAsset: string;
  readonly developerFees?: readonly DeveloperFeeRequest[] | null | undefined;
  readonly sponsorGas?: boolean | null | undefined;
  readonly expiresInSeconds?: number | null | undefined;
  readonly metadata?: readonly MetadataPair[] | null | undefined;
}

/** A command that lacks what is asked for outside before it is submitted. */
export type UnpricedQuote = Omit<CreateQuoteCommand, 'rate' | 'gas'>;

/**
 * Checks what needs no lock, and seals an account at a bank: not within a tx. A failure found here is not kept: its key may be
 * used again.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readCreateQuote(
  organizationId: Uuid,
  request: CreateQuoteRequest,
  assets: AssetCatalogue,
  ways: WaysOutside,
): Promise<UnpricedQuote | FailureView> {
  const fault = checkLabels(request) ?? checkAssets(request, assets) ?? checkSeconds(request);
  if (fault) return fault;
  const { fixedSide, sourceAsset, destinationAsset } = request;
  const amountMinor = readMoney(
    assets,
    fixedSide === 'SOURCE' ? sourceAsset : destinationAsset,
    request.amount,
  );
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const developerFees = readFees(request.developerFees ?? []);
  if ('__typename' in developerFees) return developerFees;
  const read = await readQuoteDestination(organizationId, request, ways);
  if ('__typename' in read) return read;
  const { destination, compared } = read;
  if ('accountId' in destination && destination.accountId === source.accountId) {
    return invalidInput('destinationId', destination.id, 'another account than the source');
  }
  const asked = {
    source,
    destination,
    amountMinor,
    fixedSide,
    sourceAsset,
    destinationAsset,
    developerFees,
    sponsorGas: request.sponsorGas ?? false,
    expiresInSeconds: request.expiresInSeconds ?? QUOTE_SECONDS_DEFAULT,
    metadata: metadataObject(request.metadata),
  };
  return {
    ...asked,
    organizationId,
    operation: 'createQuote',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ ...asked, destination: compared }),
    quoteId: newUuid(),
  };
}

function checkAssets(request: CreateQuoteRequest, assets: AssetCatalogue): FailureView | null {
  for (const field of ['sourceAsset', 'destinationAsset'] as const) {
    if (!assets.has(request[field])) {
      return invalidInput(field, request[field], 'the code of an asset that we keep books in');
    }
  }
  return null;
}

function checkSeconds({ expiresInSeconds: seconds }: CreateQuoteRequest): FailureView | null {
  if (seconds === null || seconds === undefined) return null;
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= QUOTE_SECONDS_MAX
    ? null
    : invalidInput('expiresInSeconds', seconds, `1 to ${QUOTE_SECONDS_MAX} seconds`);
}

function readFees(requests: readonly DeveloperFeeRequest[]): readonly AskedFee[] | FailureView {
  if (requests.length > DEVELOPER_FEES_MAX) {
    return invalidInput('developerFees', `${requests.length} fees`, `at most ${DEVELOPER_FEES_MAX}`);
  }
  const fees: AskedFee[] = [];
  for (const [index, { recipientId, flat, percent }] of requests.entries()) {
    if (flat == null && percent == null) {
      return invalidInput(`developerFees.${index}.flat`, null, 'an amount, a percentage, or both');
    }
    if (checkAmountForm(flat)) {
      return invalidInput(`developerFees.${index}.flat`, flat, 'a decimal greater than zero');
    }
    const partsPerMillion = percent == null ? 0n : readPercent(percent);
    if (partsPerMillion === null) {
      return invalidInput(`developerFees.${index}.percent`, percent, PERCENT_EXPECTED);
    }
    const recipient = readParty(recipientId);
    if (!recipient) return notFound(recipientId);
    fees.push({ recipient, flat: canonicalAmount(flat), partsPerMillion });
  }
  return fees;
}
