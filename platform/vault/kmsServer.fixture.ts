import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the server does instead of answering as it should. */
export type KmsFault =
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'
  | 'hang up'
  | 'stop halfway';

export interface KmsServer {
  readonly url: string;
  readonly keyId: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  /** Bodies that were received, to see what a call gives away. */
  readonly received: string[];
  fault: KmsFault | null;
  [Symbol.asyncDispose](): Promise<void>;
}

const REGION = 'eu-central-1';
const SKEW_MS_MAX = 5 * 60_000;

class Refusal extends Error {
  readonly type: string;
  constructor(type: string) {
    super(type);
    this.type = type;
  }
}

/**
 * AWS KMS as far as Encrypt and Decrypt go, over real HTTP: it checks Signature Version 4 by the specification, with
 * nothing of the library that signs, and binds the encryption context to the ciphertext as KMS does.
 */
export async function startKmsServer(): Promise<KmsServer> {
  const kek = randomBytes(32);
  const state: KmsServer = {
    url: '',
    keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
    credentials: {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(30).toString('base64'),
    },
    received: [],
    fault: null,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    answer(state, kek, request, response).catch((error: unknown) => {
      const type = error instanceof Refusal ? error.type : 'KMSInternalException';
      const status = type === 'KMSInternalException' ? 500 : 400;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: type, message: 'refused' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

async function answer(
  state: KmsServer,
  kek: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await text(request);
  state.received.push(body);
  verifySignature(state, request, body);
  const { fault } = state;
  if (fault === 'hang') return;
  if (fault === 'hang up') {
    request.socket.destroy();
  } else if (fault === 'stop halfway') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"Plaintext":');
  } else if (fault !== null) {
    response.writeHead(fault.status, fault.headers).end(fault.body);
  } else {
    const output = operate(state, kek, request.headers['x-amz-target'], JSON.parse(body));
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(output));
  }
}

function operate(state: KmsServer, kek: Uint8Array, target: unknown, input: Record<string, unknown>): object {
  if (input.KeyId !== state.keyId) throw new Refusal('NotFoundException');
  const context = input.EncryptionContext as Readonly<Record<string, string>>;
  const associated = Buffer.from(JSON.stringify(Object.entries(context).sort()));
  const shared = { KeyId: `arn:aws:kms:${REGION}:111122223333:key/${state.keyId}` };
  if (target === 'TrentService.Encrypt') {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', kek, nonce).setAAD(associated);
    const hidden = Buffer.concat([cipher.update(String(input.Plaintext), 'base64'), cipher.final()]);
    const blob = Buffer.concat([nonce, cipher.getAuthTag(), hidden]);
    return { ...shared, CiphertextBlob: blob.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  }
  if (target !== 'TrentService.Decrypt') throw new Refusal('UnknownOperationException');
  const blob = Buffer.from(String(input.CiphertextBlob), 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', kek, blob.subarray(0, 12)).setAAD(associated);
    decipher.setAuthTag(blob.subarray(12, 28));
    const plain = Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]);
    return { ...shared, Plaintext: plain.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  } catch {
    throw new Refusal('InvalidCiphertextException');
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function verifySignature({ credentials }: KmsServer, request: IncomingMessage, body: string): void {
  const pattern = /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/;
  const [, credential = '', signedHeaders = '', signature] =
    pattern.exec(request.headers.authorization ?? '') ?? [];
  if (signature === undefined) throw new Refusal('MissingAuthenticationTokenException');
  const [accessKeyId, ...scope] = credential.split('/');
  const date = String(request.headers['x-amz-date']);
  const known = accessKeyId === credentials.accessKeyId;
  if (!known || request.headers['x-amz-security-token'] !== credentials.sessionToken) {
    throw new Refusal('UnrecognizedClientException');
  }
  const names = signedHeaders.split(';');
  const required = ['content-type', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target'];
  if (names.join() !== names.toSorted().join() || !required.every((name) => names.includes(name))) {
    throw new Refusal('IncompleteSignatureException');
  }
  const sentAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const isInScope = scope.join('/') === `${date.slice(0, 8)}/${REGION}/kms/aws4_request`;
  const isNow = Math.abs(Date.now() - sentAt) < SKEW_MS_MAX;
  const headers = names.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('');
  const canonical = [request.method, '/', '', headers, signedHeaders, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const first: string | Buffer = `AWS4${credentials.secretAccessKey}`;
  const key = scope.reduce<string | Buffer>((last, part) => hmac(last, part), first);
  if (!isInScope || !isNow || hmac(key, toSign).toString('hex') !== signature) {
    throw new Refusal('InvalidSignatureException');
  }
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

function hmac(key: string | Buffer, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest();
}
