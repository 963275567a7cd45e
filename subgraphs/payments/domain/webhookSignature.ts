import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';

/**
 * What messages of an endpoint are signed with, after the Standard Webhooks specification: `v1` with the shared secret,
 * `v1a` with a key of which the endpoint knows the public half.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export interface WebhookKey {
  readonly secret: Uint8Array;
  readonly privateKey: KeyObject;
}

export const SECRET_BYTES = 32;
const ED25519_BYTES = 32;

/** A new signing key as it is sealed (the secret, then PKCS 8), and its public half as `whpk_` and base64. */
export function makeWebhookKey(secret: Uint8Array): {
  readonly material: Uint8Array;
  readonly publicKey: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const material = Buffer.concat([secret, privateKey.export({ format: 'der', type: 'pkcs8' })]);
  return { material, publicKey: formatPublicKey(publicKey) };
}

/** The secret as it is shown, once. */
export function formatSecret(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`;
}

/** Of what `makeWebhookKey` gave. */
export function readWebhookKey(material: Uint8Array): WebhookKey {
  const bytes = Buffer.from(material);
  return {
    secret: bytes.subarray(0, SECRET_BYTES),
    privateKey: createPrivateKey({ key: bytes.subarray(SECRET_BYTES), format: 'der', type: 'pkcs8' }),
  };
}

/**
 * The value of `webhook-signature`: of each key a `v1` and a `v1a`, with blanks between.
 *
 * @param timestamp seconds since 1970, as `webhook-timestamp` has it
 */
export function webhookSignature(
  keys: readonly WebhookKey[],
  id: string,
  timestamp: number,
  body: string,
): string {
  const signed = Buffer.from(`${id}.${timestamp}.${body}`);
  return keys
    .flatMap(({ secret, privateKey }) => [
      `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`,
      `v1a,${sign(null, signed, privateKey).toString('base64')}`,
    ])
    .join(' ');
}

function formatPublicKey(publicKey: KeyObject): string {
  const der = createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })).export({
    format: 'der',
    type: 'spki',
  });
  return `whpk_${der.subarray(der.length - ED25519_BYTES).toString('base64')}`;
}
