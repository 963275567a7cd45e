import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { checkOptionalText, checkText } from '../../../platform/inputs.ts';
import { parseAddress } from '../../../rails/onchain/address.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { AskedAddress, QuoteDestination } from '../domain/quoteCommand.ts';
import type { CreateQuoteRequest } from './createQuote.ts';
import { readParty } from './inputs.ts';
import {
  adapterFor,
  type BankConnection,
  chooseRail,
  findPlace,
  isConnected,
  isPlace,
  openAddress,
  requireBank,
  type SealedForOrder,
  sealForOrder,
  sealPlace,
  type WaysOutside,
} from './places.ts';
import { REFERENCE_LENGTH_MAX, readDetails } from './readPayout.ts';

const NETWORK_LENGTH_MAX = 40;
const FIELDS = [
  'destinationId',
  'destinationAddress',
  'destinationExternalAccountId',
  'destinationBankAccount',
] as const;

/** Where a Quote leads, and what of it makes two requests the same. */
export interface ReadDestination {
  readonly destination: QuoteDestination;
  readonly compared: unknown;
}

/** @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened */
export async function readQuoteDestination(
  organizationId: Uuid,
  request: CreateQuoteRequest,
  ways: WaysOutside,
): Promise<ReadDestination | FailureView> {
  const given = FIELDS.filter((field) => request[field] != null);
  const [field, ...others] = given;
  if (field === undefined || others.length > 0) {
    const expected = `exactly one of ${FIELDS.join(', ')}`;
    return invalidInput('destinationId', given.length === 0 ? null : `${given.length} of them`, expected);
  }
  const fault = checkBeside(request, field);
  if (fault) return fault;
  if (request.destinationId != null) {
    const destination = readParty(request.destinationId);
    return destination ? { destination, compared: destination } : notFound(request.destinationId);
  }
  if (request.destinationAddress != null) return readAddress(request, request.destinationAddress);
  return request.destinationExternalAccountId == null
    ? readAccount(organizationId, request, ways)
    : readExternal(organizationId, request, ways, request.destinationExternalAccountId);
}

/** What goes with one kind of destination only. */
function checkBeside(request: CreateQuoteRequest, field: (typeof FIELDS)[number]): FailureView | null {
  const { destinationNetwork, rail, speed, reference } = request;
  if (field !== 'destinationAddress' && destinationNetwork != null) {
    return invalidInput('destinationNetwork', destinationNetwork, `nothing beside ${field}`);
  }
  if (field !== 'destinationExternalAccountId' && rail != null) {
    return invalidInput('rail', rail, `nothing beside ${field}`);
  }
  const isOutside = field === 'destinationExternalAccountId' || field === 'destinationBankAccount';
  if (!isOutside && speed != null) return invalidInput('speed', speed, `nothing beside ${field}`);
  if (!isOutside && reference != null) return invalidInput('reference', reference, `nothing beside ${field}`);
  return checkOptionalText('reference', reference, 1, REFERENCE_LENGTH_MAX);
}

function readAddress(
  { destinationNetwork }: CreateQuoteRequest,
  destinationAddress: string,
): ReadDestination | FailureView {
  const parsed = parseAddress(destinationAddress);
  if ('expected' in parsed) return invalidInput('destinationAddress', destinationAddress, parsed.expected);
  if (destinationNetwork == null) {
    return invalidInput('destinationNetwork', null, 'the code of the network that destinationAddress is on');
  }
  const fault = checkText('destinationNetwork', destinationNetwork, 1, NETWORK_LENGTH_MAX);
  if (fault) return fault;
  return atAddress({
    destinationAddress,
    toAddress: parsed.address,
    network: destinationNetwork,
    externalAccountId: null,
  });
}

/** An address is the same however it was written. */
function atAddress(destination: AskedAddress): ReadDestination {
  const { toAddress, network, externalAccountId } = destination;
  const place = { toAddress, network };
  return { destination, compared: externalAccountId === null ? place : { ...place, externalAccountId } };
}

async function readExternal(
  organizationId: Uuid,
  request: CreateQuoteRequest,
  ways: WaysOutside,
  id: string,
): Promise<ReadDestination | FailureView> {
  const place = await findPlace(ways, organizationId, id);
  if (!isPlace(place)) return place;
  const { rail: named, speed, reference } = request;
  if (place.type === 'CHAIN_ADDRESS') {
    const needless = named ?? speed ?? reference;
    if (needless != null) return invalidInput('rail', needless, 'nothing to an address on a chain');
    const opened = await openAddress(ways, place);
    if ('__typename' in opened) return opened;
    const parsed = parseAddress(opened.address);
    if ('expected' in parsed) return invalidInput('destinationExternalAccountId', id, parsed.expected);
    // What a failure shows is the id, as the address is not for everybody to read.
    const { network } = opened;
    return atAddress({
      destinationAddress: id,
      toAddress: parsed.address,
      network,
      externalAccountId: place.id,
    });
  }
  const rail = chooseRail(place, named);
  if (typeof rail !== 'string') return rail;
  const bank = requireBank(ways, 'destinationExternalAccountId');
  if (!isConnected(bank)) return bank;
  const orderId = newUuid();
  const sealed = await sealPlace(bank, place, rail, orderId);
  return atBank(
    request,
    { organizationId, bank, rail, orderId, sealed, externalAccountId: place.id },
    { place: place.id },
  );
}

async function readAccount(
  organizationId: Uuid,
  request: CreateQuoteRequest,
  ways: WaysOutside,
): Promise<ReadDestination | FailureView> {
  const { destinationBankAccount: account } = request;
  if (account == null) return invalidInput('destinationBankAccount', null, 'an account at a bank');
  const details = readDetails(account);
  if ('__typename' in details) return details;
  const bank = requireBank(ways, 'destinationBankAccount');
  if (!isConnected(bank)) return bank;
  const orderId = newUuid();
  const sealed = await sealForOrder(bank, organizationId, details, orderId);
  const { rail } = details;
  return atBank(
    request,
    { organizationId, bank, rail, orderId, sealed, externalAccountId: null },
    { details },
  );
}

function atBank(
  { speed = null, reference = null }: CreateQuoteRequest,
  to: {
    readonly organizationId: Uuid;
    readonly bank: BankConnection;
    readonly rail: BankRailName;
    readonly orderId: Uuid;
    readonly sealed: SealedForOrder;
    readonly externalAccountId: Uuid | null;
  },
  place: object,
): ReadDestination | FailureView {
  const { bank, rail, orderId, sealed, externalAccountId } = to;
  const adapter = adapterFor(bank, rail, to.organizationId, 'rail');
  if (typeof adapter !== 'string') return adapter;
  const { accountMask, counterparty } = sealed;
  return {
    destination: {
      externalAccountId,
      rail,
      sealed: sealed.sealed,
      payout: { orderId, adapter, speed, accountMask, counterparty, reference },
    },
    compared: { ...place, rail, speed, reference },
  };
}
