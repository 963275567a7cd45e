import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { sealBytes } from '../../../platform/vault/sealedBytes.ts';
import { SecretBytes } from '../../../platform/vault/secretBytes.ts';
import { webhookKeyContext } from '../adapters/webhookKeyring.ts';
import { formatSecret, makeWebhookKey, SECRET_BYTES } from '../domain/webhookSignature.ts';
import type { NewWebhookKey } from '../store/webhookKeys.ts';

/** A new key for an endpoint, sealed, and its secret as it is shown. Calls the vault, so not within a tx. */
export async function sealWebhookKey(
  vault: KeyVault,
  endpointId: Uuid,
): Promise<{ readonly key: NewWebhookKey; readonly secret: string }> {
  const id = newUuid();
  const bytes = SecretBytes.random(SECRET_BYTES);
  try {
    const { material, publicKey } = makeWebhookKey(bytes.reveal());
    const sealed = await sealBytes(vault, material, webhookKeyContext(id, endpointId));
    material.fill(0);
    return { key: { id, sealed, publicKey }, secret: formatSecret(bytes.reveal()) };
  } finally {
    bytes.wipe();
  }
}
