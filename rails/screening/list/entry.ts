/** Whom a list names. */
export interface ListEntry {
  /** Within its list. */
  readonly id: string;
  /** Which list, such as the name of a sanctions programme's publisher. */
  readonly list: string;
  /** The first is how matches are named; none for an entry of addresses or accounts alone. */
  readonly names: readonly string[];
  readonly addresses: readonly { readonly address: string; readonly network: string | null }[];
  readonly accounts: readonly string[];
}

/** One form of an address for all that only differ in how they are written. */
export function addressKey(address: string): string {
  const trimmed = address.trim();
  // Addresses of EVM chains are hexadecimal; elsewhere case tells them apart.
  return HEX_PATTERN.test(trimmed) ? trimmed.toLowerCase() : trimmed;
}

const HEX_PATTERN = /^0[xX][0-9a-fA-F]*$/;

/** The same of an account's number, whatever stands between its characters. */
export function accountKey(account: string): string {
  return account.toLowerCase().replace(BETWEEN_PATTERN, '');
}

const BETWEEN_PATTERN = /[\s.-]/g;
