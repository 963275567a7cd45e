/** What an element may hold, as the definition of its message has it. */
export type Type =
  | {
      readonly kind: 'text';
      readonly lengthMax: number;
      readonly pattern: RegExp | null;
      /** The rule in words, for faults. */
      readonly says: string;
    }
  | { readonly kind: 'codes'; readonly codes: readonly string[] }
  | {
      readonly kind: 'decimal';
      readonly digitsMax: number;
      readonly fractionMax: number;
      readonly isSigned: boolean;
      /** Whether the attribute `Ccy` says of which currency it is. */
      readonly hasCurrency: boolean;
    }
  | { readonly kind: 'date' | 'dateTime' | 'boolean' }
  /** All of them in this order. */
  | { readonly kind: 'sequence'; readonly elements: readonly ElementRule[] }
  /** One of them. */
  | { readonly kind: 'choice'; readonly elements: readonly ElementRule[] }
  /** Parts that we do not read: well-formed and within limits, and not looked into. */
  | { readonly kind: 'unread' };

export interface ElementRule {
  readonly name: string;
  readonly type: Type;
  readonly min: number;
  readonly max: number;
}

export function one(name: string, type: Type): ElementRule {
  return { name, type, min: 1, max: 1 };
}

export function maybe(name: string, type: Type): ElementRule {
  return { name, type, min: 0, max: 1 };
}

/** None, or as many as `max`. */
export function many(name: string, type: Type, max = Number.POSITIVE_INFINITY): ElementRule {
  return { name, type, min: 0, max };
}

/** One, or more. */
export function some(name: string, type: Type): ElementRule {
  return { name, type, min: 1, max: Number.POSITIVE_INFINITY };
}

export function sequence(...elements: readonly ElementRule[]): Type {
  return { kind: 'sequence', elements };
}

export function choice(...elements: readonly ElementRule[]): Type {
  return { kind: 'choice', elements };
}

export function codes(...list: readonly string[]): Type {
  return { kind: 'codes', codes: list };
}

function text(lengthMax: number): Type {
  return { kind: 'text', lengthMax, pattern: null, says: `a text of 1 to ${lengthMax} letters` };
}

function pattern(expression: RegExp, lengthMax: number, says: string): Type {
  return { kind: 'text', lengthMax, pattern: expression, says };
}

function decimal(
  digitsMax: number,
  fractionMax: number,
  options: { isSigned?: boolean; hasCurrency?: boolean },
): Type {
  const { isSigned = false, hasCurrency = false } = options;
  return { kind: 'decimal', digitsMax, fractionMax, isSigned, hasCurrency };
}

export const unread: Type = { kind: 'unread' };
export const date: Type = { kind: 'date' };
export const dateTime: Type = { kind: 'dateTime' };
export const boolean: Type = { kind: 'boolean' };
export const max4 = text(4);
export const max16 = text(16);
export const max34 = text(34);
export const max35 = text(35);
export const max70 = text(70);
export const max105 = text(105);
export const max128 = text(128);
export const max140 = text(140);
export const max350 = text(350);
export const max500 = text(500);
export const max2048 = text(2_048);
/** Code sets that ISO publishes apart from the messages, and extends: by length only. */
export const code4 = text(4);
export const code5 = text(5);
export const code35 = text(35);
export const count15 = pattern(/^[0-9]{1,15}$/, 15, '1 to 15 digits');
export const count5 = pattern(/^[0-9]{1,5}$/, 5, '1 to 5 digits');
export const daysAhead = pattern(/^\+?[0-9]{1,15}$/, 16, '1 to 15 digits');
export const currency = pattern(/^[A-Z]{3}$/, 3, 'a currency of three capitals');
export const country = pattern(/^[A-Z]{2}$/, 2, 'a country of two capitals');
export const iban = pattern(/^[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$/, 34, 'an IBAN');
export const bic = pattern(
  /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/,
  11,
  'a BIC of 8 or 11 characters',
);
/** As messages of 2009 had it: six letters first. */
export const oldBic = pattern(
  /^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$/,
  11,
  'a BIC of 8 or 11 characters',
);
export const lei = pattern(/^[A-Z0-9]{18}[0-9]{2}$/, 20, 'an LEI of 20 characters');
export const uetr = pattern(
  /^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$/,
  36,
  'a UUID of version 4 in lower case',
);
export const phone = pattern(
  /^\+[0-9]{1,3}-[0-9()+-]{1,30}$/,
  35,
  'a telephone number such as +1-2125551234',
);
export const alphanumeric4 = pattern(/^[a-zA-Z0-9]{4}$/, 4, 'four letters or digits');
export const amount = decimal(18, 5, { hasCurrency: true });
export const sum = decimal(18, 17, { isSigned: true });
export const positiveSum = decimal(18, 17, {});
export const wholeNumber = decimal(18, 0, { isSigned: true });
export const rate = decimal(11, 10, { isSigned: true });
export const direction = codes('CRDT', 'DBIT');
