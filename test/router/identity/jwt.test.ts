import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { createJwtIdentifier } from '../../../router/jwt.ts';

let folder: string;
let file: string;
let privateKey: CryptoKey;
let publicKey: CryptoKey;
let keys: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-jwt-'));
  file = join(folder, 'keys.json');
  ({ privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true }));
  keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] });
  await writeFile(file, keys);
});
afterAll(() => rm(folder, { recursive: true }));

interface Change {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly lifetime?: string;
}

function token({ header = {}, claims = {}, lifetime = '5m' }: Change = {}): Promise<string> {
  return new SignJWT({ sub: 'user-1', iss: 'us', aud: 'router', scope: 'a:read b:*', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(privateKey);
}

const open = () => createJwtIdentifier({ jwks: file, issuer: 'us', audience: 'router' });

test('a good token is an identity with scopes, claims and an end', async () => {
  const identity = await (await open()).identify(await token(), '127.0.0.1');
  expect(identity).toMatchObject({ isAuthenticated: true, viewer: null, budgetKey: 'subject:us:user-1' });
  expect(['a:read', 'b:write', 'a:write', 'c:read'].map((scope) => identity.hasScope(scope))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(identity.claims.sub).toBe('user-1');
  expect(identity.expiresAtMs).toBeGreaterThan(Date.now());
});

test('tokens of one subject share answers, tokens that claim otherwise do not', async () => {
  const identifier = await open();
  const keyOf = async (change: Change) => (await identifier.identify(await token(change), '')).shareKey;
  expect(await keyOf({})).toBe(await keyOf({ lifetime: '9m', claims: { jti: 'another' } }));
  for (const claims of [{ sub: 'user-2' }, { scope: 'a:read' }, { tenant: 'x' }]) {
    expect(await keyOf({ claims })).not.toBe(await keyOf({}));
  }
});

test('nobody is nobody, counted by address', async () => {
  const identity = await (await open()).identify(null, '10.0.0.7');
  expect(identity).toMatchObject({ isAuthenticated: false, budgetKey: 'address:10.0.0.7' });
  expect(identity.hasScope('a:read')).toBe(false);
});

test('forged, foreign and expired tokens are refused', async () => {
  const spki = new TextEncoder().encode(await exportSPKI(publicKey));
  const stranger = (await generateKeyPair('ES256')).privateKey;
  const claims = { sub: 'user-1', iss: 'us', aud: 'router' };
  const forged: Readonly<Record<string, string>> = {
    'alg none': new UnsecuredJWT(claims).setExpirationTime('5m').encode(),
    'HS256 with the public key as its secret': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setExpirationTime('5m')
      .sign(spki),
    'a key of somebody else under our kid': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setExpirationTime('5m')
      .sign(stranger),
    'a kid that is a path': await token({ header: { kid: '../../etc/passwd' } }),
    'another audience': await token({ claims: { aud: 'shop' } }),
    'another issuer': await token({ claims: { iss: 'them' } }),
    expired: await token({ lifetime: '-1m' }),
    'no token at all': 'abc',
    'a very long one': 'a'.repeat(100_000),
  };
  const identifier = await open();
  for (const [name, text] of Object.entries(forged)) {
    await expect([name, await codeOf(identifier.identify(text, ''))]).toEqual([name, 'UNAUTHENTICATED']);
  }
});

test('keys may be behind a URL; when that does not answer, nobody is refused for good', async () => {
  let status = 200;
  const server: Server = createServer((_, response) => response.writeHead(status).end(keys));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const identifier = await createJwtIdentifier({ jwks });
    expect(await identifier.identify(await token(), '')).toMatchObject({ isAuthenticated: true });
    status = 500;
    const later = await createJwtIdentifier({ jwks });
    expect(await codeOf(later.identify(await token(), ''))).toBe('UNAVAILABLE');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function codeOf(identifying: Promise<unknown>): Promise<unknown> {
  try {
    return await identifying;
  } catch (error) {
    return (error as { extensions?: { code?: unknown } }).extensions?.code;
  }
}
