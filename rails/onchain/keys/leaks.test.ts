import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { createLogger } from '../../../platform/log.ts';
import { createAwsKmsVault } from '../../../platform/vault/awsKmsVault.ts';
import { openFileVault } from '../../../platform/vault/fileVault.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { type KmsFault, type KmsServer, startKmsServer } from '../../../platform/vault/kmsServer.fixture.ts';
import type { SecretBytes } from '../../../platform/vault/secretBytes.ts';
import { accountXpubOf, addressAt, createSeed, pathOf, privateKeyAt } from './hdRoot.ts';
import { openSeed, type SealedSeed, sealSeed } from './sealedSeed.ts';
import { type KeyPlace, type SealedRoot, withKeys } from './signer.ts';
import type { TransactionToSign } from './signingRequest.ts';

/** Everything in here that must never be seen, in each writing it could be seen in. */
const secrets = new Map<string, string>();
const PATH = { branch: 'CUSTODY', index: 0 } as const;

let folder: string;
let server: KmsServer;
let fileVault: KeyVault;
let kmsVault: KeyVault;
let seed: SecretBytes;
let privateKey: SecretBytes;
const rootId: Uuid = newUuid();

function keepSecret(name: string, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes);
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    secrets.set(`${name} in ${encoding}`, buffer.toString(encoding).slice(0, 40).toLowerCase());
  }
  secrets.set(`${name} as numbers`, [...buffer.subarray(0, 8)].join(','));
  secrets.set(`${name} as a buffer`, (buffer.toString('hex').match(/../g) ?? []).slice(0, 8).join(' '));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-leaks-'));
  server = await startKmsServer();
  const { url: endpoint, keyId, credentials } = server;
  fileVault = await openFileVault(join(folder, 'kek'), 'create');
  kmsVault = createAwsKmsVault({
    keyId,
    region: 'eu-central-1',
    endpoint,
    timeoutMs: 200,
    credentials: async () => credentials,
  });
  seed = createSeed();
  privateKey = privateKeyAt(seed, pathOf(PATH));
  keepSecret('the seed', seed.reveal());
  keepSecret('the private key', privateKey.reveal());
  keepSecret('the KEK', await readFile(join(folder, 'kek')));
  keepSecret('the AWS secret', Buffer.from(credentials.secretAccessKey));
  secrets.set('the AWS secret itself', credentials.secretAccessKey.toLowerCase());
  secrets.set('the AWS session', credentials.sessionToken.toLowerCase());
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** All that could become of a value in a log, a report, an answer or on a terminal. */
function everyWriting(value: unknown): string {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', name: 'leaks', write: (line) => lines.push(line) });
  log.error({ err: value, value }, 'seen');
  log.error(value);
  const whole =
    value instanceof Error ? Object.getOwnPropertyNames(value).map((n) => Reflect.get(value, n)) : [];
  return [
    ...lines,
    String(value),
    format('%s %o %O %j', value, value, value, value),
    inspect(value, { depth: 20, showHidden: true, getters: true, customInspect: true }),
    inspect(value, { depth: 20, showHidden: true, getters: true, customInspect: false }),
    JSON.stringify([value, whole]),
    inspect(structuredClone({ value: value instanceof Error ? whole.map(String) : String(value) })),
  ]
    .join('\n')
    .toLowerCase();
}

function leaksOf(value: unknown): readonly string[] {
  const text = everyWriting(value).replaceAll(/,\s+/g, ',');
  return [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
}

test('the search finds a secret in every writing', () => {
  const bytes = Uint8Array.from(seed.reveal());
  expect(leaksOf(new Error(Buffer.from(bytes).toString('hex')))).toContain('the seed in hex');
  expect(leaksOf({ a: [Buffer.from(bytes).toString('base64')] })).toContain('the seed in base64');
  expect(leaksOf(new Error('x', { cause: new Error(Buffer.from(bytes).toString('hex')) }))).not.toEqual([]);
  expect(leaksOf({ bytes })).toContain('the seed as numbers');
  expect(leaksOf({ bytes: Buffer.from(bytes) })).toContain('the seed as a buffer');
  expect(leaksOf(server.credentials)).toContain('the AWS secret itself');
});

test('secrets, vaults and what is stored print without key material', async () => {
  const sealed = [await sealSeed(seed, rootId, fileVault), await sealSeed(seed, rootId, kmsVault)];
  const holder = { seed, privateKey, fileVault, kmsVault, sealed, xpub: accountXpubOf(seed) };
  expect(leaksOf(holder)).toEqual([]);
  expect(leaksOf(new Map([[seed, privateKey]]))).toEqual([]);
  expect(`${seed} ${JSON.stringify({ seed })} ${inspect(seed)}`).toBe(
    '[secret] {"seed":"[secret]"} [secret]',
  );
  expect(Object.keys(seed)).toEqual([]);
});

type Step = (vault: KeyVault, sealed: SealedSeed) => Promise<unknown>;

type SigningKey = KeyPlace & { readonly root: SealedRoot };

const signTransaction = (key: SigningKey, transaction: TransactionToSign, vault: KeyVault) =>
  withKeys(key.root, [key], vault, (keys) => keys.signTransaction(key.address, transaction));

const keyOf = (sealed: SealedSeed): SigningKey => {
  return { root: { id: rootId, sealed }, path: PATH, address: addressAt(accountXpubOf(seed), PATH) };
};
const TRANSACTION = {
  chainId: 1,
  nonce: 0,
  to: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  valueWei: 1n,
  data: '0x',
  gasLimit: 21_000n,
  maxFeePerGasWei: 1n,
  maxPriorityFeePerGasWei: 1n,
} as const;

const STEPS: readonly [string, Step][] = [
  ['another root', (vault, sealed) => openSeed(sealed, newUuid(), vault, async () => 1)],
  ['another vault', (vault, sealed) => openSeed({ ...sealed, vaultId: 'x' }, rootId, vault, async () => 1)],
  [
    'a changed nonce',
    (v, sealed) => openSeed({ ...sealed, nonce: new Uint8Array(12) }, rootId, v, async () => 1),
  ],
  ['a changed key', (v, sealed) => openSeed({ ...sealed, wrappedKey: sealed.tag }, rootId, v, async () => 1)],
  ['a wiped seed', async (v, sealed) => (await openSeed(sealed, rootId, v, async (one) => one)).reveal()],
  ['a key of a wrong length', (vault) => vault.wrap(seed.reveal().subarray(0, 31), {})],
  ['another address', (v, s) => signTransaction({ ...keyOf(s), address: TRANSACTION.to }, TRANSACTION, v)],
  ['a bad recipient', (v, s) => signTransaction(keyOf(s), { ...TRANSACTION, to: '0x1' }, v)],
  ['a bad nonce', (v, s) => signTransaction(keyOf(s), { ...TRANSACTION, nonce: -1 }, v)],
  ['a bad index', (v, s) => signTransaction({ ...keyOf(s), path: { ...PATH, index: -1 } }, TRANSACTION, v)],
  ['a bad path', async () => privateKeyAt(seed, 'm/x')],
  ['a bad xpub', async () => addressAt(Buffer.from(seed.reveal()).toString('hex'), PATH)],
];

test.each(STEPS)('an error about %s tells no secret', async (_, step) => {
  for (const vault of [fileVault, kmsVault]) {
    const sealed = await sealSeed(seed, rootId, vault);
    const error = await step(vault, sealed).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(leaksOf(error)).toEqual([]);
  }
});

test('a vault that quotes all it was sent is not quoted', async () => {
  const sealed = await sealSeed(seed, rootId, kmsVault);
  const quote = [...secrets.values()].join(' ');
  const body = JSON.stringify({ __type: quote, message: quote, Plaintext: quote, CiphertextBlob: quote });
  const faults: readonly KmsFault[] = [
    { status: 400, body },
    { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', message: quote }) },
    { status: 500, body: quote },
    { status: 200, body },
    { status: 200, body: quote },
    'hang up',
    'hang',
    'stop halfway',
  ];
  for (const fault of faults) {
    server.fault = fault;
    const steps = [sealSeed(seed, rootId, kmsVault), signTransaction(keyOf(sealed), TRANSACTION, kmsVault)];
    for (const outcome of await Promise.allSettled(steps)) {
      expect(outcome.status).toBe('rejected');
      expect(leaksOf(outcome.status === 'rejected' ? outcome.reason : null)).toEqual([]);
    }
  }
  server.fault = null;
});
