import crypto from 'node:crypto';
import { parseId, type Uuid } from '../../platform/id.ts';
import { ensureSandboxOrganization, issueRootKey } from '../../subgraphs/accounts/commands/bootstrap.ts';
import { SCOPES } from '../../subgraphs/accounts/domain/scopes.ts';
import { createKeyUse } from '../../subgraphs/accounts/workers/keyUse.ts';
import { queryOnce } from '../harness/embedded.ts';
import {
  eventsOf,
  execute,
  type Json,
  logger,
  mutate,
  openWorld,
  PEPPER,
  run,
  viewerOf,
  type World,
} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

function createKey(input: Readonly<Record<string, unknown>>, viewer = world.ours.viewer): Promise<Json> {
  return mutate(world.accounts, viewer, 'createApiKey', {
    name: 'test',
    scopes: ['customers:read'],
    ...input,
  });
}

function revoke(id: string, viewer = world.ours.viewer): Promise<Json> {
  return mutate(world.accounts, viewer, 'revokeApiKey', { id });
}

test('a new key shows its secret once, works at once, and is stored without it', async () => {
  const { secret, apiKey } = await createKey({
    name: 'Server',
    scopes: ['customers:read', 'customers:read'],
  });
  expect(secret).toMatch(/^sk_test_[0-9A-Za-z]{17}_[0-9A-Za-z]{43}$/);
  expect(apiKey).toMatchObject({
    name: 'Server',
    scopes: ['customers:read'],
    revokedAt: null,
    lastUsedAt: null,
  });
  expect(secret.startsWith(`${apiKey.prefix}_`)).toBe(true);
  expect(await world.accounts.authenticate(secret)).toEqual({
    organizationId: world.ours.organizationId,
    kind: 'KEY',
    subjectId: apiKey.id,
    scopes: ['customers:read'],
  });
  const stored = JSON.stringify(await queryOnce(world.url, 'select api_key::text from accounts.api_key'));
  const outbox = JSON.stringify(await queryOnce(world.url, 'select outbox::text from platform.outbox'));
  const hidden = secret.slice(-43);
  expect(stored).toContain(apiKey.prefix);
  expect(`${stored} ${outbox}`).not.toContain(hidden);
});

test('a key cannot grant what its maker lacks, nor what does not exist', async () => {
  const narrow = viewerOf(world.ours.organizationId, 'keys:write', 'customers:*');
  expect((await createKey({ scopes: ['customers:write', 'keys:write'] }, narrow)).__typename).toBe(
    'CreatedApiKey',
  );
  for (const [scopes, field] of [
    [['customers:read', 'accounts:read'], 'scopes.1'],
    [['*'], 'scopes.0'],
    [['customers:*'], 'scopes.0'],
    [['Customers:read'], 'scopes.0'],
    [['customers:read\0'], 'scopes.0'],
    [[], 'scopes'],
    [Array(100).fill('customers:read'), 'scopes'],
  ] as const) {
    expect(await createKey({ scopes }, narrow)).toMatchObject({ __typename: 'InvalidInput', field });
  }
  expect(await createKey({ name: '' })).toMatchObject({ field: 'name' });
  expect((await createKey({ scopes: SCOPES })).apiKey.scopes).toEqual([...SCOPES]);
});

test.each(['keys:read', 'customers:write', 'keys:writer'])('%s does not make keys', async (scope) => {
  const document = 'mutation { createApiKey(input: { name: "x", scopes: ["keys:read"] }) { __typename } }';
  const result = await execute(world.accounts, viewerOf(world.ours.organizationId, scope), document);
  expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', scope: 'keys:write' });
});

test('a revoked key is refused at once; revoking again answers the same, and nobody else can', async () => {
  const { secret, apiKey } = await createKey({});
  for (const viewer of [world.theirs.viewer]) {
    expect(await revoke(apiKey.id, viewer)).toMatchObject({ __typename: 'NotFound', missing: apiKey.id });
  }
  expect(await world.accounts.authenticate(secret)).not.toBeNull();
  // In one batch with a stranger who asks for the same key.
  const [first, again, stranger] = await Promise.all([
    revoke(apiKey.id),
    revoke(apiKey.id),
    revoke(apiKey.id, world.theirs.viewer),
  ]);
  expect(first).toMatchObject({ __typename: 'ApiKey', id: apiKey.id });
  expect(first.revokedAt).not.toBeNull();
  expect(again).toEqual(first);
  expect(stranger.__typename).toBe('NotFound');
  expect(await world.accounts.authenticate(secret)).toBeNull();
  expect(
    (await eventsOf(world, parseId('key', apiKey.id) as Uuid)).map((event) => [event.type, event.version]),
  ).toEqual([
    ['ApiKeyCreated', 1],
    ['ApiKeyRevoked', 2],
  ]);
  expect(await revoke('key_nonsense')).toMatchObject({ __typename: 'NotFound' });
});

test('a wrong secret, an unknown prefix, a part of a key and no key at all are nobody', async () => {
  const { secret } = await createKey({});
  const { secret: other } = await createKey({});
  const swapped = secret.slice(0, -43) + other.slice(-43);
  const unknown = `sk_test_${'0'.repeat(17)}_${secret.slice(-43)}`;
  const live = secret.replace('sk_test_', 'sk_live_');
  const tokens = [
    swapped,
    unknown,
    live,
    secret.slice(0, -1),
    `${secret}0`,
    ` ${secret}`,
    `${secret}\n`,
    '',
    'sk_',
  ];
  for (const token of tokens) expect(await world.accounts.authenticate(token)).toBeNull();
  expect(await world.accounts.authenticate('x'.repeat(1_000_000))).toBeNull();
});

test('an unknown prefix costs the same HMAC and the same comparison as a wrong secret', async () => {
  const { secret } = await createKey({});
  const spies = [jest.spyOn(crypto, 'createHmac'), jest.spyOn(crypto, 'timingSafeEqual')];
  const workOf = async (token: string): Promise<readonly number[]> => {
    for (const spy of spies) spy.mockClear();
    expect(await world.accounts.authenticate(token)).toBeNull();
    return spies.map((spy) => spy.mock.calls.length);
  };
  const wrongSecret = await workOf(secret.slice(0, -43) + '0'.repeat(43));
  const unknownPrefix = await workOf(`sk_test_${'0'.repeat(17)}_${secret.slice(-43)}`);
  for (const spy of spies) spy.mockRestore();
  expect([wrongSecret, unknownPrefix]).toEqual([
    [1, 1],
    [1, 1],
  ]);
});

test('lastUsedAt is noted off the request path, and at most once a minute', async () => {
  const { apiKey } = await createKey({});
  const id = parseId('key', apiKey.id) as Uuid;
  let nowMs = Date.now();
  const keyUse = createKeyUse({ writer: world.writer, logger, clock: { now: () => new Date(nowMs) } });
  const use = async (): Promise<number> => {
    const before = world.writer.statementCount();
    keyUse.note(id);
    keyUse.note(id);
    expect(world.writer.statementCount()).toBe(before);
    await keyUse.flush();
    return world.writer.statementCount() - before;
  };
  expect(await use()).toBe(1);
  const [row] = (await queryOnce(
    world.url,
    `select last_used_at from accounts.api_key where id = '${id}'`,
  )) as Json[];
  expect(Date.now() - row.last_used_at.getTime()).toBeLessThan(10_000);
  nowMs += 59_000;
  expect(await use()).toBe(0);
  nowMs += 2_000;
  expect(await use()).toBe(1);
  // Written under a minute ago by the database's own clock, so that another process's note changes nothing.
  const [same] = (await queryOnce(
    world.url,
    `select last_used_at from accounts.api_key where id = '${id}'`,
  )) as Json[];
  expect(same).toEqual(row);
  await keyUse.close();
});

test('using a key shows in lastUsedAt', async () => {
  const { secret, apiKey } = await createKey({});
  await world.accounts.authenticate(secret);
  const deadline = Date.now() + 5_000;
  let lastUsedAt: string | null = null;
  while (lastUsedAt === null && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { node } = await run(
      world.accounts,
      world.ours.viewer,
      'query ($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }',
      { id: apiKey.id },
    );
    lastUsedAt = node.lastUsedAt;
  }
  expect(lastUsedAt).not.toBeNull();
});

test('setting up a sandbox twice, also at once, makes one organization and shows one key', async () => {
  const setUp = () => ensureSandboxOrganization({ database: world.writer, name: 'Twice', pepper: PEPPER });
  const results = await Promise.all([setUp(), setUp(), setUp()]);
  const again = await setUp();
  expect(new Set([...results, again].map((result) => result.organizationId)).size).toBe(1);
  const keys = results.map((result) => result.apiKey).filter((key) => key !== null);
  expect([keys.length, again.apiKey]).toEqual([1, null]);
  const viewer = await world.accounts.authenticate(String(keys[0]));
  expect(viewer).toMatchObject({ organizationId: again.organizationId, scopes: ['*'] });
  const data = await run(world.accounts, viewerOf(again.organizationId), '{ organization { name mode } }');
  expect(data.organization).toEqual({ name: 'Twice', mode: 'SANDBOX' });
  const treasury = await mutate(world.accounts, viewerOf(again.organizationId), 'createAccount', {
    asset: 'USD',
  });
  expect(treasury.__typename).toBe('Account');

  const organization = { id: again.organizationId, mode: 'SANDBOX' } as const;
  const spare = await issueRootKey({ database: world.writer, organization, pepper: PEPPER });
  expect(await world.accounts.authenticate(spare)).toMatchObject({ organizationId: again.organizationId });
});
