import { randomInt } from 'node:crypto';
import type { Uuid } from '../../../platform/id.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { openBytes, sealBytes } from '../../../platform/vault/sealedBytes.ts';

/** In minor units of an Asset with two decimals: under 1.00, and more than nothing. */
const AMOUNT_MIN = 1;
/** The simulated bank takes amounts from 0.88 on as what to do with the order. */
const AMOUNT_MAX = 87;
export const MICRO_TRIES_MAX = 3;
export const MICRO_LIFETIME_MS = 7 * 24 * 60 * 60 * 1_000;

export type MicroAmounts = readonly [firstMinor: bigint, secondMinor: bigint];

/** Two amounts that differ, so that saying one of them twice is never right. */
export function randomAmounts(): MicroAmounts {
  const first = randomInt(AMOUNT_MIN, AMOUNT_MAX + 1);
  const other = randomInt(AMOUNT_MIN, AMOUNT_MAX);
  return [BigInt(first), BigInt(other >= first ? other + 1 : other)];
}

const KNOWN_ENDING = '0032';
const KNOWN_AMOUNTS: MicroAmounts = [32n, 45n];

/** 0.32 and 0.45 for account numbers that end in 0032, so that a developer knows what arrived. For the sandbox. */
export function sandboxAmounts(accountNumber: string): MicroAmounts {
  return accountNumber.endsWith(KNOWN_ENDING) ? KNOWN_AMOUNTS : randomAmounts();
}

/** For who sends them. Calls the vault, so not within a tx. @throws {KeyVaultError} */
export function sealAmounts(vault: KeyVault, id: Uuid, amounts: MicroAmounts): Promise<Uint8Array> {
  return sealBytes(vault, Buffer.from(amounts.join(' ')), { purpose: 'omsx-micro-deposits', id });
}

/** What was sealed, in minor units. Calls the vault, so not within a tx. @throws {NotAuthenticError | KeyVaultError} */
export async function openAmounts(vault: KeyVault, id: Uuid, sealed: Uint8Array): Promise<readonly bigint[]> {
  const bytes = await openBytes(vault, sealed, { purpose: 'omsx-micro-deposits', id });
  return Buffer.from(bytes).toString().split(' ').map(BigInt);
}
