import type { AssetCatalogue } from '../../ledger/assets.ts';
import type { StoredResult } from '../../platform/commandLane.ts';
import {
  externalIdTaken,
  type FailureView,
  invalidInput,
  keyFailure,
  notFound,
} from '../../platform/failures.ts';
import { formatId, type Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import { formatAmount } from '../../platform/money.ts';
import type { CashFailureType } from './domain/cash/results.ts';
import type { PayToFailureType } from './domain/payTo.ts';
import type { QuoteFailureType } from './domain/quoteResults.ts';
import type { FailureType } from './domain/results.ts';
import { GATE_VIEWS } from './errors/gates.ts';
import { moneyOf } from './views.ts';

type View = (stored: StoredResult, assets: AssetCatalogue) => FailureView;

/** How each failure that domain/results.ts keeps is told, in words and with its values. */
const VIEWS: Readonly<Record<FailureType | QuoteFailureType | PayToFailureType | CashFailureType, View>> = {
  InvalidInput: ({ field, value, expected }) => invalidInput(String(field), value, String(expected)),
  NotFound: ({ id }) => notFound(String(id)),
  ExternalIdTaken: ({ externalId, existingId }) =>
    externalIdTaken(String(externalId), formatId('txn', existingId as Uuid)),
  InsufficientFunds: insufficientFunds,
  AccountClosed: accountClosed,
  AccountRestricted: accountRestricted,
  AssetMismatch: assetMismatch,
  InvalidState: invalidState,
  NotOnChain: notOnChain,
  LimitExceeded: limitExceeded,
  RefundExceedsCaptured: refundExceedsCaptured,
  QuoteExpired: quoteExpired,
  QuoteAlreadyAccepted: quoteAlreadyAccepted,
  RateUnavailable: rateUnavailable,
  ExternalAccountNotUsable: externalAccountNotUsable,
  AmountOutsideRail: amountOutsideRail,
  InvalidCashInState: invalidCashInState,
  CashInExternalIdTaken: ({ externalId, existingId }) =>
    externalIdTaken(String(externalId), formatId('csh', existingId as Uuid)),
};

/** The failure that a stored result stands for. @throws {InvariantError} when it is not a failure. */
export function failureOf(result: StoredResult, assets: AssetCatalogue): FailureView {
  const views: Readonly<Record<string, View | undefined>> = { ...VIEWS, ...GATE_VIEWS };
  return keyFailure(result) ?? present(views[result.type], `a failure called ${result.type}`)(result, assets);
}

function failure(__typename: string, code: string, message: string): FailureView {
  return { __typename, code, message, retryable: false };
}

function insufficientFunds(stored: StoredResult, assets: AssetCatalogue): FailureView {
  const accountId = formatId('acc', stored.accountId as Uuid);
  const available = moneyOf(assets, BigInt(String(stored.availableMinor)), String(stored.asset));
  const required = moneyOf(assets, BigInt(String(stored.requiredMinor)), String(stored.asset));
  const message = `${accountId} has ${shown(available)} available and needs ${shown(required)}`;
  return {
    ...failure('InsufficientFunds', 'INSUFFICIENT_FUNDS', message),
    accountId,
    available,
    required,
  } as FailureView;
}

function refundExceedsCaptured(stored: StoredResult, assets: AssetCatalogue): FailureView {
  const refundable = moneyOf(assets, BigInt(String(stored.refundableMinor)), String(stored.asset));
  const required = moneyOf(assets, BigInt(String(stored.requiredMinor)), String(stored.asset));
  const message = `${shown(required)} cannot be refunded: ${shown(refundable)} of what was captured is left`;
  return {
    ...failure('RefundExceedsCaptured', 'REFUND_EXCEEDS_CAPTURED', message),
    refundable,
    required,
  } as FailureView;
}

function accountClosed(stored: StoredResult): FailureView {
  const accountId = formatId('acc', stored.accountId as Uuid);
  return {
    ...failure('AccountClosed', 'ACCOUNT_CLOSED', `${accountId} is closed`),
    accountId,
  } as FailureView;
}

function accountRestricted({ accountId: uuid, restriction }: StoredResult): FailureView {
  const accountId = formatId('acc', uuid as Uuid);
  const message = `${accountId} is restricted (${restriction}): its customer lacks an endorsement for this`;
  return {
    ...failure('AccountRestricted', 'ACCOUNT_RESTRICTED', message),
    accountId,
    restriction,
  } as FailureView;
}

function limitExceeded(stored: StoredResult, assets: AssetCatalogue): FailureView {
  const limitPolicyId = formatId('lim', stored.policyId as Uuid);
  const { window, resetsAt } = stored;
  const [limitMinor, usedMinor, requestedMinor] = [
    stored.limitMinor,
    stored.usedMinor,
    stored.requestedMinor,
  ].map((minor) => BigInt(String(minor))) as [bigint, bigint, bigint];
  const isCount = window === 'COUNT_PER_DAY';
  const money = (minor: bigint) => (isCount ? null : moneyOf(assets, minor, String(stored.asset)));
  const told = (minor: bigint): string =>
    isCount ? String(minor) : shown(moneyOf(assets, minor, String(stored.asset)));
  const message = `${limitPolicyId} allows ${told(limitMinor)} (${window}), ${told(usedMinor)} is used and ${told(requestedMinor)} was asked for`;
  return {
    ...failure('LimitExceeded', 'LIMIT_EXCEEDED', message),
    limitPolicyId,
    window,
    limit: money(limitMinor),
    used: money(usedMinor),
    requested: money(requestedMinor),
    limitCount: isCount ? Number(limitMinor) : null,
    usedCount: isCount ? Number(usedMinor) : null,
    resetsAt,
  } as FailureView;
}

function notOnChain(stored: StoredResult): FailureView {
  const accountId = formatId('acc', stored.accountId as Uuid);
  const message = `${accountId} backs no wallet with an address on a connected network`;
  return { ...failure('NotOnChain', 'NOT_ON_CHAIN', message), accountId } as FailureView;
}

function quoteExpired({ quoteId, expiresAt }: StoredResult): FailureView {
  const id = formatId('quo', quoteId as Uuid);
  const message = `${id} was open until ${expiresAt}; ask for a new quote`;
  return { ...failure('QuoteExpired', 'QUOTE_EXPIRED', message), quoteId: id, expiresAt } as FailureView;
}

function quoteAlreadyAccepted(stored: StoredResult): FailureView {
  const quoteId = formatId('quo', stored.quoteId as Uuid);
  const transactionId = formatId('txn', stored.transactionId as Uuid);
  const message = `${quoteId} was accepted before and became ${transactionId}`;
  return {
    ...failure('QuoteAlreadyAccepted', 'QUOTE_ALREADY_ACCEPTED', message),
    quoteId,
    transactionId,
  } as FailureView;
}

function rateUnavailable({ pair, why }: StoredResult): FailureView {
  return { ...failure('RateUnavailable', 'RATE_UNAVAILABLE', String(why)), pair } as FailureView;
}

function externalAccountNotUsable({ externalAccountId: uuid, status, why }: StoredResult): FailureView {
  const externalAccountId = formatId('xac', uuid as Uuid);
  const message = `nothing can be paid to ${externalAccountId}: ${why}`;
  return {
    ...failure('ExternalAccountNotUsable', 'EXTERNAL_ACCOUNT_NOT_USABLE', message),
    externalAccountId,
    status,
  } as FailureView;
}

function amountOutsideRail(stored: StoredResult, assets: AssetCatalogue): FailureView {
  const money = (minor: unknown) => moneyOf(assets, BigInt(String(minor)), String(stored.asset));
  const [minimum, maximum] = [money(stored.minimumMinor), money(stored.maximumMinor)];
  const { rail, speed } = stored;
  const message = `${rail} (${speed}) takes ${shown(minimum)} to ${shown(maximum)}, and not ${shown(money(stored.requestedMinor))}`;
  return {
    ...failure('AmountOutsideRail', 'AMOUNT_OUTSIDE_RAIL', message),
    ...{ rail, speed, minimum, maximum },
  } as FailureView;
}

/** More than one rail reaches the place, and none was named. Nothing is stored of it. */
export function railRequired(choices: readonly string[]): FailureView {
  const message = `rail is missing: expected one of ${choices.join(', ')}`;
  return { ...failure('RailRequired', 'RAIL_REQUIRED', message), choices } as FailureView;
}

function assetMismatch({ actual, expected }: StoredResult): FailureView {
  const message = `an account counts ${actual}, but ${expected} was named`;
  return { ...failure('AssetMismatch', 'ASSET_MISMATCH', message), actual, expected } as FailureView;
}

function invalidState({ transactionId, status, why }: StoredResult): FailureView {
  const id = formatId('txn', transactionId as Uuid);
  const message = `${id} is ${status}: ${why}`;
  return { ...failure('InvalidState', 'INVALID_STATE', message), transactionId: id, status } as FailureView;
}

function invalidCashInState({ cashInId: uuid, status, why }: StoredResult): FailureView {
  const cashInId = formatId('csh', uuid as Uuid);
  const message = `${cashInId} is ${status}: ${why}`;
  return { ...failure('InvalidCashInState', 'INVALID_STATE', message), cashInId, status } as FailureView;
}

function shown(money: ReturnType<typeof moneyOf>): string {
  return `${formatAmount(money.amountMinor, money.asset)} ${money.asset.code}`;
}

/** The answer of sandbox mutations where real banks are connected, or none. */
export function sandboxOnly(): FailureView {
  return failure('SandboxOnly', 'SANDBOX_ONLY', 'this exists only where a simulated bank is connected');
}
