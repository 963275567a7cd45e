import { uuidv7 } from 'uuidv7';

/**
 * Public ids are a type prefix and a uuidv7 in Crockford base 32 (the TypeID 0.3 encoding), so they sort by
 * creation time and say what they name. Inside, and in Postgres, the bare uuid is used.
 * Source: https://github.com/jetify-com/typeid (spec 0.3.0), RFC 9562 section 5.7.
 */
export const ID_TYPES = {
  org: 'Organization',
  key: 'ApiKey',
  cus: 'Customer',
  acc: 'Account',
  ent: 'Entry',
  wal: 'Wallet',
  dep: 'DepositAddress',
  vac: 'VirtualAccount',
  xac: 'ExternalAccount',
  quo: 'Quote',
  txn: 'Transaction',
  rcp: 'BankReceipt',
  evt: 'TransactionEvent',
  chx: 'ChainTransaction',
  dif: 'ChainDifference',
  bat: 'PayoutBatch',
  pay: 'PayoutItem',
  lim: 'LimitPolicy',
  apr: 'Approval',
  rev: 'Review',
  rit: 'ReconciliationItem',
  bst: 'BankStatement',
  scr: 'Screening',
  bbk: 'BankBooking',
  csh: 'CashIn',
  crc: 'CashReceipt',
  whk: 'WebhookEndpoint',
  whd: 'WebhookDelivery',
} as const;

export type IdPrefix = keyof typeof ID_TYPES;

/** A lower-case, hyphenated uuid, as Postgres prints it. */
export type Uuid = string & { readonly __brand: 'Uuid' };

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, BigInt(value)]));
const ENCODED_LENGTH = 26;
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A new time-ordered uuid (version 7). */
export function newUuid(): Uuid {
  return uuidv7() as Uuid;
}

/** Narrows a string that came from our own tables or events. */
export function isUuid(value: unknown): value is Uuid {
  return typeof value === 'string' && UUID_PATTERN.test(value);
}

/** `acc_01jx...` for the uuid of an Account. */
export function formatId(prefix: IdPrefix, uuid: Uuid): string {
  let rest = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let encoded = '';
  for (let i = 0; i < ENCODED_LENGTH; i++) {
    encoded = ALPHABET[Number(rest & 31n)] + encoded;
    rest >>= 5n;
  }
  return `${prefix}_${encoded}`;
}

/** The uuid inside a public id, or null when `text` is not a well-formed id of this prefix. */
export function parseId(prefix: IdPrefix, text: string): Uuid | null {
  if (text.length !== prefix.length + 1 + ENCODED_LENGTH || !text.startsWith(`${prefix}_`)) return null;
  let value = 0n;
  for (const letter of text.slice(prefix.length + 1)) {
    const digit = VALUES.get(letter);
    if (digit === undefined) return null;
    value = (value << 5n) | digit;
  }
  if (value >> 128n !== 0n) return null;
  const hex = value.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Uuid;
}

/** The prefix of a public id, or null when it is none of ours. */
export function prefixOf(text: string): IdPrefix | null {
  const prefix = text.slice(0, text.indexOf('_'));
  return Object.hasOwn(ID_TYPES, prefix) ? (prefix as IdPrefix) : null;
}
