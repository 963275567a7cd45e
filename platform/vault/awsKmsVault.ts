import { type AwsCredentials, callKms, type KmsEndpoint } from './awsKmsCall.ts';
import {
  DATA_KEY_BYTES,
  type KeyContext,
  type KeyVault,
  KeyVaultError,
  type WrappedKey,
} from './keyVault.ts';

/** What KMS takes for a ciphertext at most; a wrapped data key has less than 300 bytes. */
const WRAPPED_BYTES_MAX = 6144;
const BASE64_PATTERN = /^[A-Za-z0-9+/]+={0,2}$/;
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
const TIMEOUT_MS = 5_000;

export interface AwsKmsSettings {
  /** Key id or ARN of a symmetric key. An alias may be pointed at another key, which then opens nothing. */
  readonly keyId: string;
  readonly region: string;
  /** Asked at every call, since credentials of a role expire. */
  readonly credentials: () => Promise<AwsCredentials>;
  /** Of AWS for the region unless said; also for whatever else speaks this interface. */
  readonly endpoint?: string;
  /** For one whole call. */
  readonly timeoutMs?: number;
}

/**
 * A vault whose KEK never leaves AWS KMS. The context is the encryption context: bound to the ciphertext and seen in
 * CloudTrail. Makes one HTTPS call each and repeats none; whoever calls has a queue to come back from. Strings that
 * held a data key on its way cannot be zeroed; they are collected as the engine pleases.
 *
 * @throws {KeyVaultError} MISCONFIGURED for an endpoint that is not HTTPS, except on this machine
 */
export function createAwsKmsVault(settings: AwsKmsSettings): KeyVault {
  const { keyId, region, credentials, timeoutMs = TIMEOUT_MS } = settings;
  const url = readEndpoint(settings.endpoint ?? `https://kms.${region}.amazonaws.com/`);
  return new AwsKmsVault(keyId, { url, region, credentials, timeoutMs });
}

function readEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
  if (url === null || !isSafe || url.username !== '' || url.password !== '') {
    throw new KeyVaultError('MISCONFIGURED', 'the endpoint of AWS KMS has to be an HTTPS URL');
  }
  return url.href;
}

class AwsKmsVault implements KeyVault {
  readonly id: string;
  readonly #keyId: string;
  readonly #endpoint: KmsEndpoint;

  constructor(keyId: string, endpoint: KmsEndpoint) {
    this.id = `aws-kms:${keyId}`;
    this.#keyId = keyId;
    this.#endpoint = endpoint;
  }

  async wrap(dataKey: Uint8Array, context: KeyContext): Promise<WrappedKey> {
    if (dataKey.length !== DATA_KEY_BYTES) {
      throw new KeyVaultError('MISCONFIGURED', `a data key has ${DATA_KEY_BYTES} bytes`);
    }
    const answer = await callKms(this.#endpoint, 'Encrypt', {
      KeyId: this.#keyId,
      Plaintext: Buffer.from(dataKey.buffer, dataKey.byteOffset, dataKey.length).toString('base64'),
      EncryptionContext: context,
    });
    const wrapped = readBlob(answer.CiphertextBlob, 'CiphertextBlob');
    if (wrapped.length > WRAPPED_BYTES_MAX)
      throw new KeyVaultError('MALFORMED', 'CiphertextBlob is too long');
    return wrapped;
  }

  async unwrap(wrapped: WrappedKey, context: KeyContext): Promise<Uint8Array> {
    if (wrapped.length === 0 || wrapped.length > WRAPPED_BYTES_MAX) {
      throw new KeyVaultError('NOT_AUTHENTIC', 'this is not a key that AWS KMS wrapped');
    }
    const answer = await callKms(this.#endpoint, 'Decrypt', {
      // Named, so that a ciphertext of another key of the same AWS account is refused.
      KeyId: this.#keyId,
      CiphertextBlob: Buffer.from(wrapped).toString('base64'),
      EncryptionContext: context,
    });
    const dataKey = readBlob(answer.Plaintext, 'Plaintext');
    if (dataKey.length === DATA_KEY_BYTES) return dataKey;
    dataKey.fill(0);
    throw new KeyVaultError('MALFORMED', 'Plaintext is not as long as a data key');
  }
}

function readBlob(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string' || !BASE64_PATTERN.test(value)) {
    throw new KeyVaultError('MALFORMED', `${name} is not base64`);
  }
  return Buffer.from(value, 'base64');
}
