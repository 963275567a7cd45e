import { createSeed } from '../../rails/onchain/keys/hdRoot.ts';
import { openSeed, sealSeed } from '../../rails/onchain/keys/sealedSeed.ts';
import { newUuid } from '../id.ts';
import { type AwsKmsSettings, createAwsKmsVault } from './awsKmsVault.ts';
import type { KeyVault } from './keyVault.ts';
import { type KmsFault, type KmsServer, startKmsServer } from './kmsServer.fixture.ts';

const CONTEXT = { purpose: 'test', rootId: 'Größe / + =' };
const DATA_KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);

let server: KmsServer;
let vault: KeyVault;

beforeAll(async () => {
  server = await startKmsServer();
  vault = createAwsKmsVault(settings());
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

afterEach(() => {
  server.fault = null;
});

function settings(changes: Partial<AwsKmsSettings> = {}): AwsKmsSettings {
  const { url, keyId } = server;
  const credentials = async () => server.credentials;
  return { keyId, region: 'eu-central-1', endpoint: url, timeoutMs: 2000, credentials, ...changes };
}

test('a data key is wrapped and unwrapped by signed calls', async () => {
  const wrapped = await vault.wrap(DATA_KEY, CONTEXT);
  expect(Buffer.from(wrapped).includes(Buffer.from(DATA_KEY))).toBe(false);
  expect(Uint8Array.from(await vault.unwrap(wrapped, CONTEXT))).toEqual(DATA_KEY);
  expect(vault.id).toBe(`aws-kms:${server.keyId}`);
});

test('a part of a larger array is wrapped, and nothing beside it', async () => {
  const large = Uint8Array.from({ length: 96 }, (_, i) => i);
  const wrapped = await vault.wrap(large.subarray(32, 64), CONTEXT);
  expect(Uint8Array.from(await vault.unwrap(wrapped, CONTEXT))).toEqual(large.slice(32, 64));
});

test('a seed is sealed and opened with it, and never sent', async () => {
  const [seed, rootId] = [createSeed(64), newUuid()];
  server.received.length = 0;
  const sealed = await sealSeed(seed, rootId, vault);
  const opened = await openSeed(sealed, rootId, vault, async (one) => Uint8Array.from(one.reveal()));
  expect(opened).toEqual(Uint8Array.from(seed.reveal()));
  expect(server.received).toHaveLength(2);
  expect(server.received.join()).not.toContain(Buffer.from(seed.reveal()).toString('base64').slice(0, 40));
  await expect(openSeed(sealed, newUuid(), vault, async () => 1)).rejects.toMatchObject({
    name: 'SealError',
    code: 'NOT_AUTHENTIC',
  });
});

test('another context, other bytes and no bytes do not unwrap', async () => {
  const wrapped = await vault.wrap(DATA_KEY, CONTEXT);
  const refused = { name: 'KeyVaultError', code: 'NOT_AUTHENTIC', retryable: false };
  const changed = Uint8Array.from(wrapped, (byte, i) => (i === 40 ? byte ^ 1 : byte));
  await expect(vault.unwrap(wrapped, { ...CONTEXT, rootId: 'b' })).rejects.toMatchObject(refused);
  await expect(vault.unwrap(changed, CONTEXT)).rejects.toMatchObject(refused);
  await expect(vault.unwrap(new Uint8Array(0), CONTEXT)).rejects.toMatchObject(refused);
  await expect(vault.unwrap(new Uint8Array(7000), CONTEXT)).rejects.toMatchObject(refused);
});

test.each<[string, Partial<KmsServer['credentials']>]>([
  ['secret', { secretAccessKey: 'wrong' }],
  ['key id', { accessKeyId: 'AKIDOTHER' }],
  ['session', { sessionToken: 'expired' }],
])('a wrong %s is denied', async (_, wrong) => {
  const credentials = async () => ({ ...server.credentials, ...wrong });
  const other = createAwsKmsVault(settings({ credentials }));
  await expect(other.wrap(DATA_KEY, CONTEXT)).rejects.toMatchObject({ code: 'DENIED', retryable: false });
});

test('another region is denied, another key is not found, no credentials are said so', async () => {
  const wrapIn = (changes: Partial<AwsKmsSettings>) =>
    createAwsKmsVault(settings(changes)).wrap(DATA_KEY, CONTEXT);
  await expect(wrapIn({ region: 'us-east-1' })).rejects.toMatchObject({ code: 'DENIED' });
  await expect(wrapIn({ keyId: 'other' })).rejects.toMatchObject({ code: 'MISCONFIGURED' });
  const credentials = () => Promise.reject(new Error(server.credentials.secretAccessKey));
  await expect(wrapIn({ credentials })).rejects.toThrow('no AWS credentials');
});

const errorOf = (__type: string, status = 400): KmsFault => ({
  status,
  body: JSON.stringify({ __type, message: Buffer.from(DATA_KEY).toString('base64') }),
});

const BLOB = Buffer.from(DATA_KEY).toString('base64');
/** Good but for its length. */
const ENDLESS = { CiphertextBlob: BLOB, Plaintext: BLOB, more: 'x'.repeat(1e6) };

test.each<[string, KmsFault, string, boolean]>([
  ['denied', errorOf('AccessDeniedException'), 'DENIED', false],
  ['an expired token', errorOf('ExpiredTokenException'), 'DENIED', false],
  ['a disabled key', errorOf('com.amazonaws.kms#DisabledException'), 'MISCONFIGURED', false],
  ['throttled', errorOf('ThrottlingException'), 'THROTTLED', true],
  ['throttled by a proxy', { status: 429, body: '' }, 'THROTTLED', true],
  ['a fault of KMS', errorOf('KMSInternalException', 500), 'UNAVAILABLE', true],
  ['a gateway without KMS', { status: 503, body: '<html>' }, 'UNAVAILABLE', true],
  ['an unknown refusal', errorOf('SurpriseException'), 'MALFORMED', true],
  ['a name from the prototype', errorOf('constructor'), 'MALFORMED', true],
  ['no JSON', { status: 200, body: 'garbage' }, 'MALFORMED', true],
  ['JSON of another shape', { status: 200, body: '[1]' }, 'MALFORMED', true],
  ['null', { status: 200, body: 'null' }, 'MALFORMED', true],
  ['no base64', { status: 200, body: '{"CiphertextBlob":"*","Plaintext":"*"}' }, 'MALFORMED', true],
  ['an endless answer', { status: 200, body: JSON.stringify(ENDLESS) }, 'MALFORMED', true],
  ['a redirect', { status: 302, body: '', headers: { location: '/x' } }, 'UNAVAILABLE', true],
  ['a closed socket', 'hang up', 'UNAVAILABLE', true],
])('%s is an error of its kind', async (_, fault, code, retryable) => {
  const wrapped = await vault.wrap(DATA_KEY, CONTEXT);
  server.fault = fault;
  for (const call of [() => vault.wrap(DATA_KEY, CONTEXT), () => vault.unwrap(wrapped, CONTEXT)]) {
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'KeyVaultError', code, retryable });
    expect(error).not.toHaveProperty('cause');
  }
});

test.each<KmsFault>(['hang', 'stop halfway'])('a server that %ss is given up in time', async (fault) => {
  server.fault = fault;
  const hasty = createAwsKmsVault(settings({ timeoutMs: 100 }));
  const startedAtMs = performance.now();
  await expect(hasty.wrap(DATA_KEY, CONTEXT)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  expect(performance.now() - startedAtMs).toBeLessThan(1500);
});

test('a plaintext that is no data key is not taken for one', async () => {
  const wrapped = await vault.wrap(DATA_KEY, CONTEXT);
  server.fault = { status: 200, body: JSON.stringify({ Plaintext: Buffer.alloc(16, 1).toString('base64') }) };
  await expect(vault.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ code: 'MALFORMED' });
  await expect(vault.wrap(new Uint8Array(16), CONTEXT)).rejects.toMatchObject({ code: 'MISCONFIGURED' });
});

test.each(['http://kms.example.com/', 'kms', 'https://u:p@kms.example.com/', 'http://localhost.example.com'])(
  'the endpoint %s is refused',
  (endpoint) => {
    expect(() => createAwsKmsVault(settings({ endpoint }))).toThrow('has to be an HTTPS URL');
  },
);
