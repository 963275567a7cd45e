import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { checkText, type MetadataPair, metadataObject } from '../../../platform/inputs.ts';
import { parseAddress } from '../../../rails/onchain/address.ts';
import type { Party } from '../domain/party.ts';
import { DEVELOPER_FEES_MAX } from '../domain/pricing.ts';
import type { AskedAddress, AskedFee, CreateQuoteCommand } from '../domain/quoteCommand.ts';
import type { LegSide } from '../domain/transaction.ts';
import { notSupported } from '../errors.ts';
import { canonicalAmount, checkAmountForm, checkLabels, readMoney, readParty } from './inputs.ts';

export const QUOTE_SECONDS_MAX = 900;
export const QUOTE_SECONDS_DEFAULT = 300;
const NETWORK_LENGTH_MAX = 40;

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
  /** Exactly one of the three. */
  readonly destinationId?: string | null | undefined;
  readonly destinationAddress?: string | null | undefined;
  readonly destinationExternalAccountId?: string | null | undefined;
  readonly destinationNetwork?: string | null | undefined;
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

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readCreateQuote(
  organizationId: Uuid,
  request: CreateQuoteRequest,
  assets: AssetCatalogue,
): UnpricedQuote | FailureView {
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
  const destination = readDestination(request);
  if ('__typename' in destination) return destination;
  if ('accountId' in destination && destination.accountId === source.accountId) {
    return invalidInput('destinationId', destination.id, 'another account than the source');
  }
  const developerFees = readFees(request.developerFees ?? []);
  if ('__typename' in developerFees) return developerFees;
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
    fingerprint: fingerprintOf(
      'toAddress' in destination
        ? { ...asked, destination: { ...destination, destinationAddress: undefined } }
        : asked,
    ),
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

function readDestination(request: CreateQuoteRequest): Party | AskedAddress | FailureView {
  const { destinationId, destinationAddress, destinationExternalAccountId, destinationNetwork } = request;
  const given = [destinationId, destinationAddress, destinationExternalAccountId].filter(
    (one) => one != null,
  );
  if (given.length !== 1) {
    const expected = 'exactly one of destinationId, destinationAddress and destinationExternalAccountId';
    return invalidInput('destinationId', given.length === 0 ? null : `${given.length} of them`, expected);
  }
  if (destinationExternalAccountId != null) {
    return notSupported('destinationExternalAccountId', 'quotes to bank accounts are not offered yet');
  }
  if (destinationId != null) {
    if (destinationNetwork != null) {
      return invalidInput('destinationNetwork', destinationNetwork, 'nothing beside destinationId');
    }
    return readParty(destinationId) ?? notFound(destinationId);
  }
  const address = String(destinationAddress);
  const parsed = parseAddress(address);
  if ('expected' in parsed) return invalidInput('destinationAddress', address, parsed.expected);
  if (destinationNetwork == null) {
    return invalidInput('destinationNetwork', null, 'the code of the network that destinationAddress is on');
  }
  const fault = checkText('destinationNetwork', destinationNetwork, 1, NETWORK_LENGTH_MAX);
  if (fault) return fault;
  return { destinationAddress: address, toAddress: parsed.address, network: destinationNetwork };
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

export const PERCENT_EXPECTED = 'a percentage from 0.0001 to 50 with at most four decimals';
const PERCENT_PATTERN = /^(0|[1-9][0-9]?)(?:\.([0-9]{1,4}))?$/;
const PARTS_MAX = 500_000n;

/** A percentage in parts per million; null for what is none, zero included. */
export function readPercent(text: string): bigint | null {
  const match = PERCENT_PATTERN.exec(text);
  if (!match) return null;
  const parts = BigInt(`${match[1]}${(match[2] ?? '').padEnd(4, '0')}`);
  return parts > 0n && parts <= PARTS_MAX ? parts : null;
}
