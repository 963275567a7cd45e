import type { BankRailName } from '../../port.ts';
import { isBankRail } from '../catalog/bankRails.ts';
import { type BankAccountDetails, faultOfDetails } from '../details.ts';
import type { OrderFactKind } from '../orderStates.ts';
import type { BankEvent } from '../provider.ts';
import type { ArrivalPlace } from '../virtualAccounts/findVirtualAccountFor.ts';
import { isVirtualAccountType } from '../virtualAccounts/virtualAccount.ts';

const ORDER_KINDS: readonly OrderFactKind[] = ['ACCEPTED', 'SETTLED', 'REJECTED', 'CANCELED', 'RETURNED'];
const AMOUNT = /^[1-9]\d{0,37}$/;
export const TEXT_LENGTH_MAX = 500;

/** A message that is none: it says what was expected, and nothing of what came, which may be personal. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';

  constructor(expected: string) {
    super(`a message of the bank is malformed: expected ${expected}`);
  }
}

/** Reads one event from bytes that the provider has signed. @throws {MalformedMessageError} */
export function parseEvent(bytes: Uint8Array): BankEvent {
  return readEvent(parseObject(bytes));
}

export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new MalformedMessageError('JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedMessageError('an object');
  return { ...value };
}

export function readEvent(value: Readonly<Record<string, unknown>>): BankEvent {
  const id = textOf(value, 'id');
  const asset = textOf(value, 'asset');
  const amountMinor = amountOf(value);
  const occurredAt = new Date(textOf(value, 'occurredAt'));
  if (Number.isNaN(occurredAt.getTime())) throw new MalformedMessageError('occurredAt as an instant');
  const base = { id, asset, amountMinor, occurredAt };
  if (value.type === 'ORDER') {
    const kind = ORDER_KINDS.find((one) => one === value.kind);
    if (kind === undefined) throw new MalformedMessageError(`a kind of ${ORDER_KINDS.join(', ')}`);
    const reasonCode = value.reasonCode === null ? null : textOf(value, 'reasonCode');
    return { ...base, type: 'ORDER', kind, orderKey: textOf(value, 'orderKey'), reasonCode };
  }
  if (value.type !== 'ARRIVAL') throw new MalformedMessageError('the type ORDER or ARRIVAL');
  const rail = textOf(value, 'rail');
  if (!isBankRail(rail)) throw new MalformedMessageError('a rail of banks');
  return {
    ...base,
    type: 'ARRIVAL',
    rail,
    receiptId: textOf(value, 'receiptId'),
    customer: textOf(value, 'customer'),
    reference: textOf(value, 'reference'),
    payerAccount: textOf(value, 'payerAccount'),
    ...(value.payerName === undefined ? {} : { payerName: textOf(value, 'payerName') }),
    ...readPayer(value.payer, rail),
    paidTo: placeOf(value.paidTo ?? null),
  };
}

/** The payer's account, where it is one that money can be sent to on the same rail; anything else is as if it were not there. */
function readPayer(value: unknown, rail: BankRailName): { readonly payer?: BankAccountDetails } {
  if (typeof value !== 'object' || value === null) return {};
  const given = Object.entries(value).filter(
    ([name, text]) =>
      PAYER_FIELDS.includes(name) && typeof text === 'string' && text.length <= TEXT_LENGTH_MAX,
  );
  const payer = { accountHolderName: '', ...Object.fromEntries(given), rail } as BankAccountDetails;
  return faultOfDetails(payer) === null ? { payer } : {};
}

const PAYER_FIELDS: readonly string[] = [
  'accountHolderName',
  'routingNumber',
  'accountNumber',
  'iban',
  'clabe',
  'pixKey',
  'upiId',
];

/** The details that the payer gave, as far as they are of a kind that we give out. @throws {MalformedMessageError} */
export function placeOf(value: unknown): ArrivalPlace | null {
  if (value === null) return null;
  if (typeof value !== 'object') throw new MalformedMessageError('paidTo as an object');
  const place: Readonly<Record<string, unknown>> = { ...value };
  const named = textOf(place, 'type');
  if (!isVirtualAccountType(named)) throw new MalformedMessageError('paidTo with a type of bank details');
  const bankCode = place.bankCode == null ? null : textOf(place, 'bankCode');
  return { type: named, accountNumber: textOf(place, 'accountNumber'), bankCode };
}

export function textOf(value: Readonly<Record<string, unknown>>, name: string): string {
  const text = value[name];
  if (typeof text === 'string' && text.length <= TEXT_LENGTH_MAX) return text;
  throw new MalformedMessageError(`${name} as text of at most ${TEXT_LENGTH_MAX} characters`);
}

export function amountOf(value: Readonly<Record<string, unknown>>): bigint {
  const text = textOf(value, 'amountMinor');
  if (!AMOUNT.test(text)) throw new MalformedMessageError('amountMinor as a whole number of minor units');
  return BigInt(text);
}
