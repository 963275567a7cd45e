import { fingerprintOf } from '../../../platform/commandLane.ts';
import { ApiError } from '../../../platform/errors.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { parseId, type Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type KeyVault, KeyVaultError } from '../../../platform/vault/keyVault.ts';
import { sealBytes } from '../../../platform/vault/sealedBytes.ts';
import { type BankAccountDetails, encodeDetails, maskOf } from '../../../rails/bank/details.ts';
import { openDetails } from '../../../rails/bank/externalAccounts/details.ts';
import { bankRailsOf, orderDetailsOf } from '../../../rails/bank/externalAccounts/orderDetails.ts';
import {
  findSealedAccounts,
  type SealedAccount,
} from '../../../rails/bank/externalAccounts/payableAccounts.ts';
import type { RouteOrders } from '../../../rails/bank/routeOrders.ts';
import { subjectOf } from '../../../rails/bank/subjectOf.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { ScreeningSubject } from '../../../rails/screening/provider.ts';
import { railRequired } from '../errors.ts';

/** Who takes orders to banks in this deployment. */
export interface BankConnection {
  /** Takes everything where there is no `route`. */
  readonly adapter: string;
  /** Where there are several: which of them takes a rail and an organization. */
  readonly route?: RouteOrders;
  /** Seals what is personal about an account before it is stored. */
  readonly vault: KeyVault;
}

/** What reaching places outside needs. */
export interface WaysOutside {
  /** Role omsx_payments. */
  readonly reads: Database;
  /** Null where no bank is connected. */
  readonly bank: BankConnection | null;
  /** Opens what external accounts are sealed with, also where no bank is connected. */
  readonly vault: () => Promise<KeyVault>;
}

/** What an order has of an account at a bank. */
export interface SealedForOrder {
  readonly accountMask: string;
  /** A digest of the account, and of no use to anybody else: says whether the same was paid before. */
  readonly counterparty: string;
  readonly sealed: Uint8Array;
  /** Whom to screen; goes no further than that. */
  readonly screenee: ScreeningSubject;
}

const FIELD = 'destinationExternalAccountId';

/**
 * The external account that an id names. Whether it may be paid to is decided under its lock: a retry has to answer the same
 * when it was closed meanwhile.
 */
export async function findPlace(
  { reads }: Pick<WaysOutside, 'reads'>,
  organizationId: Uuid,
  id: string,
): Promise<SealedAccount | FailureView> {
  const uuid = parseId('xac', id);
  const found =
    uuid === null ? undefined : (await findSealedAccounts(reads, organizationId, [uuid])).get(uuid);
  return found ?? notFound(id);
}

export function isPlace(value: SealedAccount | FailureView): value is SealedAccount {
  return 'sealed' in value;
}

/** The rail that a place at a bank is reached by: the one that was named, or the only one there is. */
export function chooseRail(
  { type }: Pick<SealedAccount, 'type'>,
  named: BankRailName | null | undefined,
): BankRailName | FailureView {
  const choices = bankRailsOf(type);
  if (named != null) {
    const expected = `one of ${choices.join(', ')} to a ${type}`;
    return choices.includes(named) ? named : invalidInput('rail', named, expected);
  }
  const [only, ...others] = choices;
  return only !== undefined && others.length === 0 ? only : railRequired(choices);
}

/** The connection, or why there is none. @param field that asks for it */
export function requireBank(
  { bank }: Pick<WaysOutside, 'bank'>,
  field: string,
): BankConnection | FailureView {
  return bank ?? invalidInput(field, '(not shown)', 'nothing, as no bank is connected here');
}

export function isConnected(value: BankConnection | FailureView): value is BankConnection {
  return 'adapter' in value;
}

/** Name of the adapter that an order is for, or why no bank takes it. @param field that names the rail */
export function adapterFor(
  { adapter, route }: BankConnection,
  rail: BankRailName,
  organizationId: Uuid,
  field: string,
): string | FailureView {
  const found = route === undefined ? adapter : route(rail, organizationId);
  return found ?? invalidInput(field, rail, 'a rail that a bank here takes');
}

/**
 * Opens a place at a bank and seals what the order has to say of it for that order alone. Asks the vault: not within a tx.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened
 */
export async function sealPlace(
  bank: BankConnection,
  place: SealedAccount,
  rail: BankRailName,
  orderId: Uuid,
): Promise<SealedForOrder> {
  const opened = await asking(() => openDetails(bank.vault, place));
  return sealForOrder(bank, place.organizationId, orderDetailsOf(place, opened, rail), orderId);
}

/** As `sealPlace`, of an account that a client named. @throws {ApiError} UNAVAILABLE */
export async function sealForOrder(
  { vault }: BankConnection,
  organizationId: Uuid,
  details: BankAccountDetails,
  id: Uuid,
): Promise<SealedForOrder> {
  const context = { purpose: 'omsx-bank-order', id };
  const sealed = await asking(() => sealBytes(vault, encodeDetails(details), context));
  const counterparty = counterpartyOf(organizationId, details);
  return { accountMask: maskOf(details), counterparty, sealed, screenee: subjectOf(details) };
}

/** The same account is the same on any rail and under any name; of another organization it is another. */
function counterpartyOf(
  organizationId: Uuid,
  { rail: _, accountHolderName, ...identifiers }: BankAccountDetails,
): string {
  return fingerprintOf({ organizationId, identifiers });
}

/** The address that a CHAIN_ADDRESS is. Asks the vault: not within a tx. @throws {ApiError} UNAVAILABLE */
export async function openAddress(
  ways: WaysOutside,
  place: SealedAccount,
): Promise<{ readonly address: string; readonly network: string } | FailureView> {
  const { network } = place;
  if (network === null) return invalidInput(FIELD, null, 'an address on a chain');
  const vault = ways.bank?.vault ?? (await ways.vault());
  const { accountNumber } = await asking(() => openDetails(vault, place));
  return { address: accountNumber, network };
}

/** @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened */
export async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof KeyVaultError) || !error.retryable) throw error;
    throw new ApiError('UNAVAILABLE', 'the account cannot be sealed at present; nothing happened');
  }
}
