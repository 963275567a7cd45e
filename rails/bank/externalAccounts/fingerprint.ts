import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKey } from '../../../platform/deriveKey.ts';

const PLACE_PURPOSE = 'omsx bank place';

/** Under which places outside are recognised without being readable. Changing the secret makes every place a new one. */
export function placeKeyOf(secret: string): Buffer {
  return deriveKey(secret, PLACE_PURPOSE);
}

/** The same for the same place, whoever's it is, and of no use to whoever has the column but not the key. */
export function fingerprintOfPlace(
  key: Buffer,
  place: { readonly type: string; readonly accountNumber: string; readonly bankCode: string | null },
  network: string | null = null,
): Buffer {
  // A BIC is no part of it: the IBAN names the account by itself, with or without.
  const bankCode = place.type === 'IBAN' ? null : place.bankCode;
  return createHmac('sha256', key)
    .update(JSON.stringify([place.type, place.accountNumber, bankCode, network]))
    .digest();
}

/** What is stored of two micro-deposits for comparing; the id keeps it from being compared between accounts. */
export function hmacOfAmounts(key: Buffer, id: string, amountsMinor: readonly bigint[]): Buffer {
  const sorted = amountsMinor.map(String).sort();
  return createHmac('sha256', key)
    .update(JSON.stringify(['micro-deposits', id, ...sorted]))
    .digest();
}

/** In constant time. */
export function isSameFingerprint(given: Buffer, stored: Uint8Array): boolean {
  return given.length === stored.length && timingSafeEqual(given, stored);
}
