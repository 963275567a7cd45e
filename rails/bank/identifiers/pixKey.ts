import { isCnpj, isCpf } from './taxNumber.ts';

export type PixKeyKind = 'CPF' | 'CNPJ' | 'EMAIL' | 'PHONE' | 'EVP';
export type ParsedPixKey =
  | { readonly value: string; readonly kind: PixKeyKind }
  | { readonly expected: string };

/** The DICT gives e-mail addresses 77 places. */
const EMAIL_LENGTH_MAX = 77;
const EMAIL =
  /^[a-z0-9.!#$'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const PHONE = /^\+[1-9]\d{6,14}$/;
const EVP = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A PIX key: a CPF or CNPJ, an e-mail address, a phone number with its country, or a random key (EVP). Eleven digits are a
 * CPF, as a phone number starts with `+`. Source: Banco Central do Brasil, DICT API, formats of keys.
 */
export function parsePixKey(text: string): ParsedPixKey {
  const trimmed = text.trim();
  const lower = trimmed.toLowerCase();
  if (EVP.test(lower)) return { value: lower, kind: 'EVP' };
  if (lower.includes('@')) {
    if (lower.length <= EMAIL_LENGTH_MAX && EMAIL.test(lower)) return { value: lower, kind: 'EMAIL' };
  } else if (trimmed.startsWith('+')) {
    const phone = trimmed.replace(/[\s()-]/g, '');
    if (PHONE.test(phone)) return { value: phone, kind: 'PHONE' };
  } else {
    const number = trimmed.replace(/[.\-/\s]/g, '').toUpperCase();
    if (isCpf(number)) return { value: number, kind: 'CPF' };
    if (isCnpj(number)) return { value: number, kind: 'CNPJ' };
  }
  return { expected: 'a PIX key: a CPF, a CNPJ, an e-mail address, +55 and a phone number, or a random key' };
}
