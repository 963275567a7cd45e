import { type FailureView, invalidInput } from './failures.ts';

/** Rules that inputs of all subgraphs share. Each returns the failure, or null when the value is fine. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;
export const METADATA_PAIRS_MAX = 50;
export const METADATA_KEY_LENGTH_MAX = 40;
export const METADATA_VALUE_LENGTH_MAX = 500;

/**
 * Checks that `value` has `min` to `max` characters (UTF-16 units) and can be stored: Postgres text cannot hold
 * NUL, and a lone surrogate is not Unicode.
 */
export function checkText(field: string, value: string, min: number, max: number): FailureView | null {
  if (value.length >= min && value.length <= max && !value.includes('\0') && value.isWellFormed())
    return null;
  return invalidInput(field, value, `${min} to ${max} characters of Unicode without NUL`);
}

/** `checkText` for a value that may be left out. */
export function checkOptionalText(
  field: string,
  value: string | null | undefined,
  min: number,
  max: number,
): FailureView | null {
  return value === null || value === undefined ? null : checkText(field, value, min, max);
}

export function checkIdempotencyKey(value: string): FailureView | null {
  return checkText('idempotencyKey', value, 1, IDEMPOTENCY_KEY_LENGTH_MAX);
}

export interface MetadataPair {
  readonly key: string;
  readonly value: string;
}

/** At most 50 pairs, keys unique and of 1 to 40 characters, values of at most 500. */
export function checkMetadata(pairs: readonly MetadataPair[] | null | undefined): FailureView | null {
  if (!pairs) return null;
  if (pairs.length > METADATA_PAIRS_MAX)
    return invalidInput('metadata', `${pairs.length} pairs`, `at most ${METADATA_PAIRS_MAX} pairs`);
  const seen = new Set<string>();
  for (const [index, { key, value }] of pairs.entries()) {
    const fault =
      checkText(`metadata.${index}.key`, key, 1, METADATA_KEY_LENGTH_MAX) ??
      checkText(`metadata.${index}.value`, value, 0, METADATA_VALUE_LENGTH_MAX) ??
      (seen.has(key) ? invalidInput(`metadata.${index}.key`, key, 'a key that is not there already') : null);
    if (fault) return fault;
    seen.add(key);
  }
  return null;
}

/** Pairs as the JSON object that is stored; `Object.fromEntries` defines own properties, so `__proto__` is just a key. */
export function metadataObject(pairs: readonly MetadataPair[] | null | undefined): Record<string, string> {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, value]));
}

/** The stored object as pairs, in the order of their keys. */
export function metadataPairs(stored: Readonly<Record<string, string>>): readonly MetadataPair[] {
  return Object.entries(stored)
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The first failure, if any check found one. */
export function firstFault(...faults: readonly (FailureView | null)[]): FailureView | null {
  return faults.find((fault) => fault !== null) ?? null;
}
