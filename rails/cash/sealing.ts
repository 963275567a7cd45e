import type { Uuid } from '../../platform/id.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import { openBytes, sealBytes } from '../../platform/vault/sealedBytes.ts';

/** Who picks cash up. */
export interface CashRecipient {
  readonly recipientName: string;
}

const SHOWN_CHARACTERS = 4;

/** What may be shown of a code. */
export function maskCode(code: string): string {
  const shown = Math.min(SHOWN_CHARACTERS, Math.floor(code.length / 3));
  return `****${shown === 0 ? '' : code.slice(-shown)}`;
}

/** What may be shown of a name: its first letter. */
export function maskName(name: string): string {
  return `${[...name.trim()][0] ?? ''}***`;
}

/** Each calls the vault, so not within a tx. @throws {KeyVaultError} */
export function sealCode(vault: KeyVault, orderId: Uuid, code: string): Promise<Uint8Array> {
  return sealBytes(vault, Buffer.from(code), { purpose: 'omsx-cash-code', id: orderId });
}

export async function openCode(vault: KeyVault, orderId: Uuid, sealed: Uint8Array): Promise<string> {
  const bytes = await openBytes(vault, sealed, { purpose: 'omsx-cash-code', id: orderId });
  return Buffer.from(bytes).toString('utf8');
}

export function sealRecipient(vault: KeyVault, orderId: Uuid, recipient: CashRecipient): Promise<Uint8Array> {
  return sealBytes(vault, Buffer.from(JSON.stringify(recipient)), {
    purpose: 'omsx-cash-order',
    id: orderId,
  });
}

/** Sealed bytes are authentic, so that what they say is not checked again. */
export async function openRecipient(
  vault: KeyVault,
  orderId: Uuid,
  sealed: Uint8Array,
): Promise<CashRecipient> {
  const bytes = await openBytes(vault, sealed, { purpose: 'omsx-cash-order', id: orderId });
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
