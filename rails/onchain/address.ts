import type { Address } from 'viem';
import { getAddress } from 'viem/utils';

const FORM = /^0x[0-9a-fA-F]{40}$/;
const ZERO = `0x${'0'.repeat(40)}`;

/** The address that `text` is, lower-case, or what was expected instead. */
export type ParsedAddress = { readonly address: Address } | { readonly expected: string };

/**
 * Reads an address that somebody wrote. In mixed case it has a checksum (EIP-55), which must be right: it is all there
 * is against a wrong digit. Money sent to the zero address is lost.
 */
export function parseAddress(text: string): ParsedAddress {
  if (!FORM.test(text)) return { expected: '0x and 40 hexadecimal digits' };
  const address = text.toLowerCase() as Address;
  const digits = text.slice(2);
  const isMixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (isMixed && getAddress(address) !== text) {
    return { expected: 'an address whose mixed case is its checksum (EIP-55)' };
  }
  return address === ZERO ? { expected: 'an address that somebody holds the key of' } : { address };
}
