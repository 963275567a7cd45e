import { type FailureView, invalidInput } from '../../../../platform/failures.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { BankAccountDetails } from '../../../../rails/bank/details.ts';
import { findCashNetwork } from '../../../../rails/cash/networks.ts';
import type { CashRecipient } from '../../../../rails/cash/sealing.ts';
import { parseAddress } from '../../../../rails/onchain/address.ts';
import type { ScreeningSubject } from '../../../../rails/screening/provider.ts';
import { NO_ROUTE, type RefundRoute } from '../../domain/refunds/refundCommand.ts';
import {
  type CashConnection,
  type CashPickupRequest,
  faultOfRecipient,
  namePickup,
} from '../cash/readPickup.ts';
import { adapterFor, type BankConnection, isConnected, requireBank, sealForOrder } from '../places.ts';
import { type BankAccountRequest, readDetails } from '../readPayout.ts';

/** Where a refund goes, as it came. */
export interface RouteRequest {
  readonly destinationAddress?: string | null | undefined;
  readonly destinationBankAccount?: BankAccountRequest | null | undefined;
  readonly destinationCashPickup?: CashPickupRequest | null | undefined;
}

/** What takes refunds over rails in this deployment. */
export interface RefundWays {
  /** Null where no bank is connected. */
  readonly bank: BankConnection | null;
  /** Null where no network of counters is connected. */
  readonly cash: CashConnection | null;
}

/** A checked route, and what of it only the fingerprint is told. */
export interface ReadRoute {
  readonly route: RefundRoute;
  /** Whatever the client said of a destination; left out where it said nothing, so that older keys stay the same. */
  readonly said: {
    readonly toAddress?: string;
    readonly details?: BankAccountDetails;
    readonly toPickup?: CashRecipient & { readonly network: string };
  };
  /** Left out for who paid, and was screened then. */
  readonly screenee?: ScreeningSubject;
}

/**
 * Checks where a refund goes and seals whoever it is for, which asks the vault: not within a tx.
 *
 * @param refundId of the refund to be made, for which alone what is sealed opens
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readRoute(
  organizationId: Uuid,
  request: RouteRequest,
  refundId: Uuid,
  { bank, cash }: RefundWays,
): Promise<ReadRoute | FailureView> {
  const { destinationAddress, destinationBankAccount, destinationCashPickup } = request;
  const fault = checkSole(request);
  if (fault) return fault;
  const adapter = bank?.adapter ?? null;
  if (destinationAddress != null) return readAddress(destinationAddress, adapter);
  if (destinationCashPickup != null) {
    return await readCash(organizationId, destinationCashPickup, refundId, cash);
  }
  if (destinationBankAccount == null) return { route: { ...NO_ROUTE, adapter }, said: {} };
  return await readBank(organizationId, destinationBankAccount, refundId, bank);
}

/** Values that may be personal are left out. */
function checkSole(request: RouteRequest): FailureView | null {
  const { destinationAddress, destinationBankAccount, destinationCashPickup } = request;
  const expected = 'no other destination beside it';
  if (destinationCashPickup != null && (destinationAddress ?? destinationBankAccount) != null)
    return invalidInput('destinationCashPickup', '(not shown)', expected);
  return destinationBankAccount != null && destinationAddress != null
    ? invalidInput('destinationBankAccount', '(not shown)', expected)
    : null;
}

function readAddress(destinationAddress: string, adapter: string | null): ReadRoute | FailureView {
  const parsed = parseAddress(destinationAddress);
  if ('expected' in parsed) {
    return invalidInput('destinationAddress', destinationAddress, parsed.expected);
  }
  const toAddress = parsed.address;
  const screenee = { addresses: [{ address: toAddress, network: null }] };
  return { route: { ...NO_ROUTE, destinationAddress, toAddress, adapter }, said: { toAddress }, screenee };
}

async function readBank(
  organizationId: Uuid,
  request: BankAccountRequest,
  refundId: Uuid,
  bank: BankConnection | null,
): Promise<ReadRoute | FailureView> {
  const details = readDetails(request);
  if ('__typename' in details) return details;
  const connected = requireBank({ bank }, 'destinationBankAccount');
  if (!isConnected(connected)) return connected;
  const { rail } = details;
  const adapter = adapterFor(connected, rail, organizationId, 'destinationBankAccount.rail');
  if (typeof adapter !== 'string') return adapter;
  const place = await sealForOrder(connected, organizationId, details, refundId);
  const { accountMask, counterparty, screenee, sealed } = place;
  const toBank = { rail, accountMask, counterparty, sealed };
  return { route: { ...NO_ROUTE, toBank, adapter }, said: { details }, screenee };
}

/** Whether the network takes the amount is known under the original's lock, where nothing was said of it. */
async function readCash(
  organizationId: Uuid,
  request: CashPickupRequest,
  refundId: Uuid,
  cash: CashConnection | null,
): Promise<ReadRoute | FailureView> {
  const wrong = faultOfRecipient(request);
  if (wrong) return wrong;
  const { network } = request;
  const field = 'destinationCashPickup.network';
  if (findCashNetwork(network)?.pickup == null)
    return invalidInput(field, network, 'the code of a network where cash is picked up: see cashNetworks');
  if (cash === null) return invalidInput(field, network, 'nothing, as no counters are connected here');
  const { pickup: toPickup, recipient, screenee } = await namePickup(cash, organizationId, request, refundId);
  return { route: { ...NO_ROUTE, toPickup }, said: { toPickup: { network, ...recipient } }, screenee };
}
