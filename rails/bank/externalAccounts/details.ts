import type { Uuid } from '../../../platform/id.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { openBytes, sealBytes } from '../../../platform/vault/sealedBytes.ts';

export interface PostalAddress {
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  readonly region: string | null;
  readonly postalCode: string | null;
  /** ISO 3166-1, two letters. */
  readonly country: string;
}

/** What is sealed of an external account. */
export interface ExternalAccountDetails {
  readonly accountNumber: string;
  readonly ownerName: string;
  readonly ownerAddress: PostalAddress | null;
}

const SHOWN_OF_NUMBER = 4;
const MASK = '••••';

/** Seals for the row of this id alone. Calls the vault, so not within a tx. @throws {KeyVaultError} */
export function sealDetails(vault: KeyVault, id: Uuid, details: ExternalAccountDetails): Promise<Uint8Array> {
  return sealBytes(vault, Buffer.from(JSON.stringify(details)), { purpose: 'omsx-external-account', id });
}

/** What was sealed. Calls the vault, so not within a tx; safe to repeat. @throws {NotAuthenticError | KeyVaultError} */
export async function openDetails(
  vault: KeyVault,
  account: { readonly id: Uuid; readonly sealed: Uint8Array },
): Promise<ExternalAccountDetails> {
  const context = { purpose: 'omsx-external-account', id: account.id };
  const bytes = await openBytes(vault, account.sealed, context);
  return JSON.parse(Buffer.from(bytes).toString()) as ExternalAccountDetails;
}

/**
 * All but the last four characters masked, by a mask of one length, as the length says something too. Of what is not twice as
 * long, fewer are shown.
 */
export function maskedNumber(accountNumber: string): string {
  const shown = Math.min(SHOWN_OF_NUMBER, Math.floor(accountNumber.length / 2));
  return `${MASK}${accountNumber.slice(accountNumber.length - shown)}`;
}

/** First letters only: `Ada Lovelace` is `A•••• L••••`. */
export function maskedName(name: string): string {
  return name
    .trim()
    .split(/\s+/)
    .map((word) => `${[...word][0] ?? ''}${MASK}`)
    .join(' ');
}
