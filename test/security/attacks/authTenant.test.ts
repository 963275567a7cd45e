import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT, UnsecuredJWT } from 'jose';
import pg from 'pg';
import { formatId, newUuid, prefixOf } from '../../../platform/id.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import { serveSubgraph } from '../../../platform/server.ts';
import { statement } from '../../../platform/statement.ts';
import { signViewer, VIEWER_HEADER } from '../../../platform/viewer.ts';
import { queryOnce } from '../../harness/embedded.ts';
import { silent } from '../../streaming/support.ts';
import { type Covered, expectCovered, type Json, openStack, type Stack, type Tenant } from './stack.ts';

/**
 * Goal: the attacks on who asks and on whose it is, by the numbers of the list that they are kept under, each over HTTP
 * against router and subgraphs as they run, or as a bare connection where our own code is to be left out.
 */
let stack: Stack;
let spy: Tenant;
let victim: Tenant;

beforeAll(async () => {
  stack = await openStack();
  spy = await stack.addTenant('Spy');
  victim = await stack.addTenant('Victim');
});
afterAll(() => stack.close());

/** An id of the same kind that names nothing. */
const nothingLike = (id: string): string => formatId(prefixOf(id) as 'txn', newUuid());

const READS: Readonly<Record<string, string>> = {
  acc: 'account(id: $id) { id name balance { posted { amount } } }',
  treasuryId: 'account(id: $id) { id transactions(first: 5) { edges { node { id } } } }',
  cus: 'customer(id: $id) { id displayName }',
  wal: 'wallet(id: $id) { id }',
  txn: 'transaction(id: $id) { id events { id } refunds { id } }',
  heldId: 'transaction(id: $id) { id returnPolicy { onReturn } refundRecovery { state } }',
  quo: 'quote(id: $id) { id }',
  xac: 'externalAccount(id: $id) { id }',
  vac: 'virtualAccount(id: $id) { id }',
};

test.each(Object.entries(READS))(
  'attack 20: %s of another organization reads as what is not there, by its own field and by node',
  async (kind, selection) => {
    const id = victim.own[kind as keyof Tenant['own']];
    const absent = nothingLike(id);
    const fields = selection.slice(selection.indexOf('{') + 1, -1);
    const type = TYPES[prefixOf(id) ?? ''];
    const shown = async (query: string, asked: string): Promise<Json> => {
      const { status, data, errors } = await stack.send(spy.apiKey, { query, variables: { id: asked } });
      return JSON.parse(JSON.stringify([status, data, errors?.[0]?.message ?? null]).replaceAll(asked, 'ID'));
    };
    for (const query of [
      `query ($id: ID!) { found: ${selection} }`,
      `query ($id: ID!) { found: node(id: $id) { ... on ${type} { ${fields} } } }`,
    ]) {
      const foreign = await shown(query, id);
      expect(foreign).toEqual(await shown(query, absent));
      expect(JSON.stringify(foreign)).not.toContain(id);
      const { found } = await stack.ask(victim.apiKey, query, { id });
      expect(found.id).toBe(id);
    }
  },
);

const TYPES: Readonly<Record<string, string>> = {
  acc: 'Account',
  cus: 'Customer',
  wal: 'Wallet',
  txn: 'Transaction',
  quo: 'Quote',
  xac: 'ExternalAccount',
  vac: 'VirtualAccount',
};

const CHANGES: readonly (readonly [string, (tenant: Tenant) => object])[] = [
  ['captureTransaction', ({ own }) => ({ id: own.heldId })],
  ['cancelTransaction', ({ own }) => ({ id: own.heldId })],
  ['refundTransaction', ({ own }) => ({ id: own.txn })],
  ['retryRefund', ({ own }) => ({ id: own.txn })],
  ['dismissRefund', ({ own }) => ({ id: own.txn, reason: 'none' })],
  ['assignReturn', ({ own }) => ({ id: own.txn, accountId: own.acc })],
  ['closeAccount', ({ own }) => ({ id: own.acc })],
  ['acceptQuote', ({ own }) => ({ quoteId: own.quo })],
  [
    'setDefaultReturnPolicy',
    ({ own }) => ({ returnPolicy: { onReturn: 'CREDIT_ACCOUNT', accountId: own.acc } }),
  ],
];

test.each(CHANGES)(
  'attack 21: %s on what is another organization’s finds nothing and changes nothing',
  async (name, inputOf) => {
    const before = await stateOf(victim);
    expect(
      await stack.mutate(spy.apiKey, name, inputOf(victim), '__typename ... on Failure { code }'),
    ).toEqual({
      __typename: 'NotFound',
      code: 'NOT_FOUND',
    });
    expect(await stateOf(victim)).toBe(before);
  },
);

async function stateOf({ apiKey, own }: Tenant): Promise<string> {
  const query = `{ account(id: "${own.acc}") { status balance { posted { amount } } } transaction(id: "${own.heldId}") { status version }
    paid: transaction(id: "${own.txn}") { status version } quote(id: "${own.quo}") { status } defaultReturnPolicy { onReturn } }`;
  return JSON.stringify(await stack.ask(apiKey, query));
}

test('attack 21: money moves neither out of nor into an account of another organization', async () => {
  const [mine, theirs] = [spy.own.treasuryId, victim.own.treasuryId];
  for (const [sourceId, destinationId] of [
    [theirs, mine],
    [mine, theirs],
  ]) {
    const input = { sourceId, destinationId, amount: '0.01', asset: 'USD' };
    expect(await stack.mutate(spy.apiKey, 'createTransaction', input)).toMatchObject({ code: 'NOT_FOUND' });
  }
});

test('attack 22: a subgraph that is asked without the router answers nobody', async () => {
  const subgraph = stack.world.subgraphs.find(({ name }) => name === 'payments');
  if (subgraph === undefined) throw new Error('there is no payments subgraph');
  const viewerSecret = 'a secret between router and subgraphs';
  const server = await serveSubgraph({ subgraph, viewerSecret, port: 0, host: '127.0.0.1', logger: silent });
  const body = JSON.stringify({ query: `{ transaction(id: "${victim.own.txn}") { id } }` });
  const forged = signViewer(victim.viewer, body, 'another secret that is long enough', new Date());
  for (const headers of [{}, { authorization: `Bearer ${victim.apiKey}` }, { [VIEWER_HEADER]: forged }]) {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain(victim.own.txn);
  }
  await server.close();
});

test('attack 23: headers that name another tenant or viewer are not listened to', async () => {
  const query = `{ transaction(id: "${victim.own.txn}") { id } accounts(first: 1) { edges { node { id } } } }`;
  const plain = await stack.send(spy.apiKey, { query });
  const { organizationId } = victim.viewer;
  const forged = signViewer(victim.viewer, JSON.stringify({ query }), 'a secret', new Date());
  const headers = {
    ...{
      'x-tenant-id': organizationId,
      'x-user-id': victim.viewer.subjectId,
      'x-organization-id': organizationId,
    },
    ...{ 'x-omsx-viewer': forged, 'x-forwarded-user': 'admin', 'x-hasura-role': 'admin' },
  };
  const answer = await stack.send(spy.apiKey, { query }, headers);
  expect(answer.data).toEqual(plain.data);
  expect(answer.data.transaction).toBeNull();
  expect((await stack.send(null, { query }, headers)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
});

test('attacks 24 and 25: neither node, fragment, alias nor interface leads around a scope', async () => {
  const made = await stack.mutate(
    spy.apiKey,
    'createApiKey',
    { name: 'narrow', scopes: ['accounts:read'], idempotencyKey: undefined },
    '... on CreatedApiKey { secret }',
  );
  const { txn, cus, acc } = spy.own;
  const ways = [
    `{ a: transaction(id: "${txn}") { b: id } }`,
    `{ node(id: "${txn}") { ... on Transaction { id amount { amount } } } }`,
    `query { ...F } fragment F on Query { transaction(id: "${txn}") { id } }`,
    `{ nodes(ids: ["${txn}", "${cus}"]) { id ... on Customer { displayName } ... on Transaction { status } } }`,
    `{ account(id: "${acc}") { transactions(first: 1) { edges { node { id amount { amount } } } } } }`,
  ];
  for (const query of ways) {
    const answer = await stack.send(made.secret, { query });
    expect([query, answer.errors?.[0]?.extensions.code]).toEqual([query, 'FORBIDDEN']);
    expect(JSON.stringify(answer.data ?? null)).not.toContain(txn);
  }
});

test('attack 26: no field tells a secret, and no error says which there are', async () => {
  for (const field of ['secret', 'hmac', 'hash', 'sealed', 'keyHash']) {
    const answer = await stack.send(spy.apiKey, {
      query: `{ apiKeys(first: 1) { edges { node { ${field} } } } }`,
    });
    expect(answer.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(JSON.stringify(answer)).not.toMatch(/did you mean/i);
  }
  const { apiKeys } = await stack.ask(
    spy.apiKey,
    '{ apiKeys(first: 100) { edges { node { id name prefix } } } }',
  );
  expect(JSON.stringify(apiKeys)).not.toContain(spy.apiKey.slice(-20));
});

test('attack 27: a connection that was lost in the middle of a tx brings nobody else’s organization back', async () => {
  const { databaseUrl } = stack.world;
  const reads = await openDatabase({ url: databaseUrl, role: 'omsx_payments', poolMax: 1 });
  const owners = statement('test.owners', 'select distinct organization_id as id from payments.transaction');
  const pid = statement('test.pid', 'select pg_backend_pid() as pid');
  const lost = reads.read(victim.viewer.organizationId, async (tx) => {
    const [row] = await tx.rows<{ pid: number }>(pid);
    await queryOnce(databaseUrl, `select pg_terminate_backend(${row?.pid})`);
    return await tx.rows(owners);
  });
  await expect(lost).rejects.toThrow();
  expect(await reads.readRows(spy.viewer.organizationId, owners)).toEqual([
    { id: spy.viewer.organizationId },
  ]);
  await expect(reads.dataSource.query(owners.text)).rejects.toThrow();
  await reads.close();
});

test.each(['omsx_accounts', 'omsx_wallets', 'omsx_payments', 'omsx_accounts_writer', 'omsx_payments_writer'])(
  'attack 28: %s can neither switch row level security off nor change what was posted',
  async (role) => {
    const client = new pg.Client({ connectionString: stack.world.databaseUrl, options: `-c role=${role}` });
    await client.connect();
    const attacks = [
      'alter table payments.transaction disable row level security',
      'alter table payments.transaction no force row level security',
      'drop policy transaction_reader on payments.transaction',
      'alter role current_user bypassrls',
      'create function public.steal() returns int language sql security definer as $$ select 1 $$',
      'update ledger.transfer set amount = 1',
      'delete from ledger.transfer',
      'truncate ledger.transfer',
      'update payments.transaction_event set version = 1',
      'delete from payments.refund_recovery',
      'set session_replication_role = replica',
    ];
    for (const attack of attacks) {
      const code = await client.query(attack).then(
        () => 'done',
        (error: pg.DatabaseError) => error.code,
      );
      expect([attack, code]).toEqual([attack, expect.stringMatching(/^(42501|42704|0A000|3F000)$/)]);
    }
    await client.end();
  },
);

test('attack 29: a key that was revoked works for a second at most', async () => {
  const made = await stack.mutate(
    spy.apiKey,
    'createApiKey',
    { name: 'soon gone', scopes: ['*'], idempotencyKey: undefined },
    '... on CreatedApiKey { secret apiKey { id } }',
  );
  const query = '{ accounts(first: 1) { edges { node { id } } } }';
  expect((await stack.send(made.secret, { query })).errors).toBeUndefined();
  const revoked = { id: made.apiKey.id, idempotencyKey: undefined };
  await stack.mutate(spy.apiKey, 'revokeApiKey', revoked, '__typename');
  await sleep(1_000);
  expect((await stack.send(made.secret, { query })).errors[0].extensions.code).toBe('UNAUTHENTICATED');
});

test('attack 30: forged tokens are nobody: without algorithm, of other keys, audiences, kids, or out of time', async () => {
  const input = { customerId: spy.own.cus, expiresInSeconds: 300, scopes: ['transactions:read'] };
  const { token } = await stack.mutate(
    spy.apiKey,
    'createClientToken',
    input,
    '... on ClientToken { token }',
  );
  const query = '{ transactions(first: 1) { edges { node { id } } } }';
  expect((await stack.send(token, { query })).errors).toBeUndefined();
  const [head, payload, signature] = token.split('.');
  const decode = (text: string): Json => JSON.parse(Buffer.from(text, 'base64url').toString());
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = decode(payload);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const own = new TextEncoder().encode('a secret of somebody else, long enough');
  const kid = { ...decode(head), kid: '../../../../dev/null' };
  const forged = [
    new UnsecuredJWT(claims).encode(),
    `${encode({ ...decode(head), alg: 'none' })}.${payload}.`,
    await new SignJWT(claims).setProtectedHeader({ ...decode(head), alg: 'RS256' }).sign(privateKey),
    await new SignJWT(claims).setProtectedHeader(decode(head)).sign(own),
    await new SignJWT(claims).setProtectedHeader(kid).sign(new Uint8Array(32)),
    `${encode(kid)}.${payload}.${signature}`,
    `${head}.${encode({ ...claims, aud: 'somebody else' })}.${signature}`,
    `${head}.${encode({ ...claims, exp: claims.exp + 3_600 })}.${signature}`,
    `${head}.${encode({ ...claims, sub: victim.own.cus })}.${signature}`,
    `${token}x`,
    token.slice(0, -4),
  ];
  for (const [index, one] of forged.entries()) {
    const answer = await stack.send(one, { query });
    expect([index, answer.errors?.[0]?.extensions.code]).toEqual([index, 'UNAUTHENTICATED']);
  }
});

test('attack 31: requests of two organizations at once share nothing that was loaded', async () => {
  const query =
    '{ transactions(first: 5) { edges { node { id source { account { id } } } } } accounts(first: 5) { edges { node { id } } } }';
  const alone = async (tenant: Tenant) => JSON.stringify(await stack.ask(tenant.apiKey, query));
  const [mine, theirs] = [await alone(spy), await alone(victim)];
  const mixed = await Promise.all(
    Array.from({ length: 60 }, (_, index) => alone(index % 2 === 0 ? spy : victim)),
  );
  expect(new Set(mixed.filter((_, index) => index % 2 === 0))).toEqual(new Set([mine]));
  expect(new Set(mixed.filter((_, index) => index % 2 === 1))).toEqual(new Set([theirs]));
});

const ELSEWHERE: readonly Covered[] = [
  [
    '20',
    'every argument that takes an id',
    'test/federation/tenancy.test.ts',
    'every query that takes an id answers',
  ],
  ['20', '_entities', 'test/federation/tenancy.test.ts', '_entities of every subgraph'],
  ['20', 'subscriptions', 'test/federation/streams.test.ts', 'a stream opened with foreign ids'],
  [
    '20',
    'refunds and returns',
    'test/bank/returnPolicies.test.ts',
    'another organization and a client token',
  ],
  ['21', 'every mutation', 'test/federation/tenancy.test.ts', 'every mutation that takes an id answers'],
  ['21', 'as a client token', 'test/federation/clientTokens.test.ts', 'no mutation is a client'],
  [
    '22',
    'expired, and for another body',
    'test/security/subgraphServer.test.ts',
    'without a signature, with one forged',
  ],
  ['24', 'interfaces and unions', 'test/router/protection/authorization.test.ts', 'attack 24'],
  ['25', 'aliases and fragments', 'test/router/protection/authorization.test.ts', 'attack 25'],
  ['26', 'HMACs in tables', 'test/security/rowLevel.test.ts', 'the request path cannot select an HMAC'],
  ['27', 'after each read', 'test/platform/postgres.test.ts', 'leaves no trace of it on the connection'],
  [
    '28',
    'every table and role',
    'test/federation/rawRoles.test.ts',
    'no role of the request path may change a row',
  ],
  [
    '29',
    'tokens and sockets of the key',
    'test/security/clientTokens.test.ts',
    'when the secret key is revoked',
  ],
  [
    '30',
    'claim by claim',
    'test/security/clientTokens.test.ts',
    'what is forged with all of our names but one',
  ],
  ['30', 'tokens of other issuers', 'test/router/identity/jwt.test.ts', 'forged, foreign and expired tokens'],
  [
    '31',
    'over the same connections',
    'test/security/tenancy.test.ts',
    'requests of two organizations at once',
  ],
];

test('the attacks in other depth have tests elsewhere', () => {
  expectCovered(ELSEWHERE);
});
