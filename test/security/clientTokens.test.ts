import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { deriveKey } from '../../platform/deriveKey.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { cacheAuthenticator } from '../../router/auth.ts';
import { createViewerIdentifier } from '../../router/identity.ts';
import { type ClientTokenClaims, signClientToken } from '../../subgraphs/accounts/domain/clientToken.ts';
import {
  eventsOf,
  type Json,
  mutate,
  openWorld,
  PEPPER,
  run,
  viewerOf,
  type World,
} from '../accounts/world.ts';
import { connect, connectAs, type RunningRouter, startTestRouter } from '../streaming/routerHarness.ts';
import { silent } from '../streaming/support.ts';

/** Goal: a client token is good for one customer until it ends, and nothing that looks like one is good at all. */
let world: World;
let router: RunningRouter;
let customerId: Uuid;
let keyId: Uuid;

beforeAll(async () => {
  world = await openWorld();
  const customer = await mutate(world.accounts, world.ours.viewer, 'createCustomer', {
    type: 'INDIVIDUAL',
    firstName: 'Ada',
    lastName: 'Lovelace',
  });
  customerId = parseId('cus', customer.id) as Uuid;
  keyId = await newKey();
  const { authenticate } = world.accounts;
  router = await startTestRouter(
    {},
    { identifier: createViewerIdentifier(cacheAuthenticator({ authenticate }, silent)) },
  );
});
afterAll(async () => {
  await router.close();
  await world.close();
});

async function newKey(): Promise<Uuid> {
  const made = await mutate(world.accounts, world.ours.viewer, 'createApiKey', { name: 'x', scopes: ['*'] });
  return parseId('key', made.apiKey.id) as Uuid;
}

function minter(key: Uuid = keyId, ...scopes: readonly string[]) {
  return { ...viewerOf(world.ours.organizationId, ...scopes), subjectId: formatId('key', key) };
}

const MINT = `mutation ($input: CreateClientTokenInput!) { createClientToken(input: $input) { __typename
  ... on ClientToken { token scopes expiresAt customer { id } } ... on InvalidInput { field } ... on NotFound { missing: id }
  ... on IdempotencyKeyReused { idempotencyKey } } }`;

async function mint(more: Readonly<Record<string, unknown>> = {}, viewer = minter()): Promise<Json> {
  const asked = {
    customerId: formatId('cus', customerId),
    expiresInSeconds: 300,
    scopes: ['transactions:read'],
  };
  const data = await run(world.accounts, viewer, MINT, { input: { ...asked, ...more } });
  return data.createClientToken;
}

function claims(more: Partial<ClientTokenClaims> = {}): ClientTokenClaims {
  const issuedAtSeconds = Math.floor(Date.now() / 1_000);
  const { organizationId } = world.ours;
  const whose = { id: newUuid(), organizationId, customerId, keyId, scopes: ['transactions:read'] };
  return { ...whose, issuedAtSeconds, expiresAtSeconds: issuedAtSeconds + 300, ...more };
}

const sign = (more: Partial<ClientTokenClaims> = {}): Promise<string> =>
  signClientToken(claims(more), PEPPER);

test('a secret key mints a token, and it is its customer until it ends', async () => {
  const made = await mint();
  expect(made).toMatchObject({ __typename: 'ClientToken', customer: { id: formatId('cus', customerId) } });
  const viewer = await world.accounts.authenticate(made.token);
  expect(viewer).toMatchObject({
    kind: 'CLIENT',
    organizationId: world.ours.organizationId,
    customerId,
    scopes: ['transactions:read'],
    expiresAtMs: Date.parse(made.expiresAt),
  });
  const [event] = await eventsOf(world, viewer?.subjectId as Uuid);
  expect(event).toMatchObject({ type: 'ClientTokenCreated' });
  expect(event?.subjects).toContain(keyId);
});

test.each([
  ['expiresInSeconds', { expiresInSeconds: 59 }],
  ['expiresInSeconds', { expiresInSeconds: 3_601 }],
  ['scopes', { scopes: [] }],
  ['scopes.0', { scopes: ['customers:read'] }],
  ['scopes.1', { scopes: ['transactions:read', '*'] }],
  ['scopes.0', { scopes: ['transactions:write'] }],
])('%s is refused: %j', async (field, more) => {
  expect(await mint(more)).toMatchObject({ __typename: 'InvalidInput', field });
});

test('a token is given nothing that its minter lacks, and no customer of others', async () => {
  const limited = minter(keyId, 'client-tokens:write', 'transactions:read', 'customers:read');
  expect(await mint({}, limited)).toMatchObject({ __typename: 'ClientToken' });
  expect(await mint({ scopes: ['accounts:read'] }, limited)).toMatchObject({ field: 'scopes.0' });
  const theirs = { ...minter(), organizationId: world.theirs.organizationId };
  const missing = formatId('cus', customerId);
  expect(await mint({}, theirs)).toEqual({ __typename: 'NotFound', missing });
});

test('a client token mints no other', async () => {
  const viewer = await world.accounts.authenticate((await mint()).token);
  const input = {
    customerId: formatId('cus', customerId),
    expiresInSeconds: 300,
    scopes: ['transactions:read'],
  };
  for (const scopes of [viewer?.scopes ?? [], ['*']]) {
    const request = { query: MINT, variables: { input }, requestId: 'test' };
    const { errors } = await world.accounts.execute({
      ...request,
      viewer: { ...minter(), ...viewer, scopes },
    });
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('the same idempotency key is the same token, of which nothing is kept', async () => {
  const input = { idempotencyKey: newUuid() };
  const first = await mint(input);
  expect(await mint(input)).toEqual(first);
  expect(await mint({ ...input, expiresInSeconds: 61 })).toMatchObject({
    __typename: 'IdempotencyKeyReused',
  });
  expect((await mint()).token).not.toBe((await mint()).token);
});

const HOUR = 3_600;
const now = (): number => Math.floor(Date.now() / 1_000);

test.each<[string, () => Promise<string> | string]>([
  ['expired', () => sign({ issuedAtSeconds: now() - 400, expiresAtSeconds: now() - 100 })],
  ['of another deployment', () => signClientToken(claims(), `${PEPPER}x`)],
  ['of a key that is not there', () => sign({ keyId: newUuid() })],
  ['of a key of another organization', () => sign({ organizationId: world.theirs.organizationId })],
  ['with a scope that none has', () => sign({ scopes: ['transactions:write'] })],
  ['with every scope', () => sign({ scopes: ['*'] })],
  ['older than any may be', () => sign({ issuedAtSeconds: now() - 2 * HOUR })],
  ['of tomorrow', () => sign({ issuedAtSeconds: now() + 24 * HOUR, expiresAtSeconds: now() + 25 * HOUR })],
  ['altered', async () => (await sign()).replace(/\.[^.]+\./, (part) => `.${part.slice(1, -2)}A.`)],
  ['without signature', async () => (await sign()).replace(/[^.]+$/, '')],
  ['empty', () => '..'],
  ['too long', async () => `${await sign()}${'A'.repeat(3_000)}`],
])('a token that is %s is nobody', async (_, make) => {
  expect(await world.accounts.authenticate(await make())).toBeNull();
});

const payload = () => ({
  org: formatId('org', world.ours.organizationId),
  key: formatId('key', keyId),
  scope: 'transactions:read',
});
const kid = new Date().toISOString().slice(0, 10);
const signingKey = () => deriveKey(PEPPER, 'omsx client token', kid);

/** A token as we make it, but for what a case changes. */
function forge(
  header: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
  key: Parameters<SignJWT['sign']>[0] = signingKey(),
): Promise<string> {
  const usual = { iss: 'omsx', aud: 'omsx-router', sub: formatId('cus', customerId), jti: newUuid() };
  const times = { iat: now(), exp: now() + 300 };
  return new SignJWT({ ...payload(), ...usual, ...times, ...more })
    .setProtectedHeader({ alg: 'HS256', typ: 'omsx-client+jwt', kid, ...header })
    .sign(key);
}

test('what is forged with all of our names but one is nobody', async () => {
  expect(await world.accounts.authenticate(await forge())).not.toBeNull();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const none = new UnsecuredJWT({ ...payload(), iat: now(), exp: now() + 300 }).encode();
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'omsx-client+jwt', kid })).toString(
    'base64url',
  );
  const body = (await forge()).split('.')[1];
  const forged: readonly (string | Promise<string>)[] = [
    none,
    `${unsigned}.${body}.`,
    `${unsigned}.${body}.AAAA`,
    forge({ alg: 'RS256' }, {}, privateKey),
    // A public key as if it were the shared secret.
    forge({}, {}, Buffer.from(pem)),
    forge({ alg: 'HS512' }, {}, Buffer.concat([signingKey(), signingKey()])),
    forge({ alg: 'HS384' }),
    forge({ alg: 'HS512' }),
    forge({ typ: 'JWT' }),
    forge({ kid: undefined }),
    forge({ kid: '../../../../dev/null' }, {}, Buffer.alloc(32)),
    forge({ kid: `${kid}' or '1'='1` }),
    forge({ kid: '' }, {}, deriveKey(PEPPER, 'omsx client token', '')),
    forge({ kid: '2020-01-01' }, {}, deriveKey(PEPPER, 'omsx client token', '2020-01-01')),
    forge({ jku: 'http://127.0.0.1/keys', jwk: { kty: 'oct', k: 'AAAA' } }, {}, Buffer.alloc(32)),
    forge({}, { aud: 'another' }),
    forge({}, { aud: undefined }),
    forge({}, { iss: 'another' }),
    forge({}, { exp: undefined }),
    forge({}, { iat: undefined }),
    forge({}, { sub: formatId('acc', customerId) }),
    forge({}, { sub: undefined }),
    forge({}, { org: undefined }),
    forge({}, { jti: 'x' }),
    forge({}, { scope: ['transactions:read'] }),
    forge({}, { nbf: now() + 100 }),
    createHmac('sha256', PEPPER).update('x').digest('hex'),
  ];
  for (const token of forged)
    expect([await token, await world.accounts.authenticate(await token)]).toEqual([await token, null]);
});

const upgraded = async (token: string): Promise<number> => {
  const client = await connect(router.router.wsUrl);
  client.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  return (await client.closed).code;
};

test('when the secret key is revoked, its tokens and their sockets end within 5 s', async () => {
  const key = await newKey();
  const { token } = await mint({}, minter(key));
  const other = await connectAs(router.router.wsUrl, (await mint()).token);
  const client = await connectAs(router.router.wsUrl, token);
  const revokedAtMs = Date.now();
  await mutate(world.accounts, world.ours.viewer, 'revokeApiKey', { id: formatId('key', key) });
  expect(await world.accounts.authenticate(token)).toBeNull();
  expect((await client.closed).code).toBe(4403);
  expect(Date.now() - revokedAtMs).toBeLessThan(5_000);
  expect(await upgraded(token)).toBe(4401);
  expect(other.socket.readyState).toBe(other.socket.OPEN);
  other.socket.close();
});

test('a socket ends with its token, unless another of the same customer comes in time', async () => {
  const expiresAtSeconds = now() + 2;
  const [first, second] = [await sign({ expiresAtSeconds }), await sign()];
  const left = await connectAs(router.router.wsUrl, first);
  const refreshed = await connectAs(router.router.wsUrl, first);
  refreshed.send({ type: 'ping', payload: { authorization: `Bearer ${second}` } });
  await refreshed.next('pong');
  expect(await left.closed).toMatchObject({ code: 4403 });
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAtSeconds * 1_000);
  expect(Date.now()).toBeLessThan(expiresAtSeconds * 1_000 + 5_000);
  expect(refreshed.socket.readyState).toBe(refreshed.socket.OPEN);
  refreshed.socket.close();
});

test('a token narrows its stream by its own customer, and by nobody it would learn of', async () => {
  const client = await connectAs(router.router.wsUrl, (await mint()).token);
  const watch = (id: string, filter: string): void =>
    client.send({
      id,
      type: 'subscribe',
      payload: { query: `subscription { transactionUpdates(filter: { ${filter} }) { cursor } }` },
    });
  watch('other', `customerId: "${formatId('cus', newUuid())}"`);
  watch('account', `accountId: "${formatId('acc', newUuid())}"`);
  watch('wallet', `walletId: "${formatId('wal', newUuid())}"`);
  watch('own', `customerId: "${formatId('cus', customerId)}"`);
  const refused = await client.next('error', 3);
  expect(refused.map(({ id }) => id)).toEqual(['other', 'account', 'wallet']);
  expect(await client.next('next')).toMatchObject([{ id: 'own' }]);
  client.socket.close();
});
