import type { Address, Hex } from 'viem';
import { EndpointFault } from './endpointFault.ts';

/** Readers of what endpoints answer. Each gives it typed and in lower case, or throws a NONSENSE fault. */

export type Fields = Readonly<Record<string, unknown>>;

const QUANTITY = /^0x[0-9a-f]{1,64}$/i;
const HASH = /^0x[0-9a-f]{64}$/i;
const ADDRESS = /^0x[0-9a-f]{40}$/i;
const DATA = /^0x([0-9a-f]{2})*$/i;

export function readFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw nonsense(what);
  return { ...value };
}

export function readList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw nonsense(what);
  return value;
}

export function readQuantity(value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !QUANTITY.test(value)) throw nonsense(what);
  return BigInt(value);
}

/** A quantity that is small by its nature. */
export function readIndex(value: unknown, what: string): number {
  const quantity = readQuantity(value, what);
  if (quantity > BigInt(Number.MAX_SAFE_INTEGER)) throw nonsense(what);
  return Number(quantity);
}

export function readHash(value: unknown, what: string): Hex {
  return readHex(value, HASH, what);
}

export function readAddress(value: unknown, what: string): Address {
  return readHex(value, ADDRESS, what);
}

export function readData(value: unknown, what: string): Hex {
  return readHex(value, DATA, what);
}

function readHex(value: unknown, pattern: RegExp, what: string): Hex {
  if (typeof value !== 'string' || !pattern.test(value)) throw nonsense(what);
  return value.toLowerCase() as Hex;
}

export function nonsense(what: string): EndpointFault {
  return new EndpointFault('NONSENSE', what);
}
