import { formatCursor } from '../../platform/cursor.ts';
import { formatId, newUuid } from '../../platform/id.ts';
import { serveSubgraph } from '../../platform/server.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { Primary } from '../../router/engine/port.ts';
import { createHttpTransport } from '../../router/transport/http.ts';
import { createLocalTransport } from '../../router/transport/local.ts';
import { openTestPipeline, type TestPipeline } from '../harness/router.ts';
import {
  createSmallWorld,
  HIDDEN,
  type SmallWorld,
  supergraphSdl,
  transactionPayload,
} from '../streaming/subgraphs.ts';
import { silent } from '../streaming/support.ts';

const viewer: Viewer = { organizationId: newUuid(), kind: 'KEY', subjectId: 'key', scopes: ['*'] };
const id = formatId('txn', newUuid());
const accountId = id.replace('txn_', 'acc_');
const JOIN = `query ($id: ID!) { transaction(id: $id) { id status source { account { id name kind wallet { id } } } } }`;
const secret = 'a secret that router and subgraphs share';

let world: SmallWorld;
let router: TestPipeline;

beforeEach(async () => {
  world = createSmallWorld();
  const transports = Object.values(world.subgraphs).map(createLocalTransport);
  router = await openTestPipeline({ supergraphSdl, transports, logger: silent });
});
afterEach(() => router.close());

function run(query: string, variables: Record<string, unknown> = {}): ReturnType<TestPipeline['run']> {
  return router.run(viewer, query, variables, { requestId: 'r-1' });
}

const joined = {
  transaction: {
    id,
    status: 'COMPLETED',
    source: { account: { id: accountId, name: `Account ${id.slice(-4)}`, kind: 'CUSTOMER', wallet: null } },
  },
};

test('a query is joined from three subgraphs, each asked as the viewer', async () => {
  expect(await run(JOIN, { id })).toEqual({ data: joined });
  expect(world.requests.payments).toHaveLength(1);
  expect(world.requests.accounts).toHaveLength(1);
  expect(world.requests.wallets[0]).toMatchObject({ viewer, requestId: 'r-1' });
});

test('the stock gateway answers the same', async () => {
  const transports = Object.values(world.subgraphs).map(createLocalTransport);
  const stock = await openTestPipeline({ supergraphSdl, transports, logger: silent, engine: 'apollo' });
  expect(await stock.run(viewer, JOIN, { id })).toEqual(await run(JOIN, { id }));
  await stock.close();
});

test('an event answers the primary fetch of a subscription, and the rest of the plan runs as for a query', async () => {
  const query = `subscription ($id: ID!) { transactionUpdated(id: $id) {
    cursor event { version kind } transaction { id source { account { name } } } } }`;
  const transactionId = newUuid();
  const cursor = formatCursor({ xid: 7n, seq: 1n });
  const event = {
    cursor,
    id: newUuid(),
    organizationId: viewer.organizationId,
    type: 'TransactionCompleted' as const,
    aggregateId: transactionId,
    version: 4,
    subjects: [],
    payload: JSON.parse(transactionPayload(transactionId, 4)),
    occurredAt: new Date().toISOString(),
  };
  const primary: Primary = { kind: 'EVENT', event: { transactionUpdated: { cursor, event } } };
  const result = await router.run(viewer, query, { id }, { primary });
  expect(result).toEqual({
    data: {
      transactionUpdated: {
        cursor,
        event: { version: 4, kind: 'COMPLETED' },
        transaction: { id, source: { account: { name: `Account ${id.slice(-4)}` } } },
      },
    },
  });
  expect(world.requests.payments.map((request) => request.event !== undefined)).toEqual([true]);
  expect(world.requests.accounts.map((request) => request.event)).toEqual([undefined]);
});

test('a first message has its cursor and no event', async () => {
  const query = 'subscription { transactionUpdates { cursor event { id } transaction { id } } }';
  const primary: Primary = { kind: 'EVENT', event: { transactionUpdates: { cursor: 'c1-1', event: null } } };
  const result = await router.run(viewer, query, {}, { primary });
  expect(result).toEqual({
    data: { transactionUpdates: { cursor: 'c1-1', event: null, transaction: null } },
  });
});

test('a dead subgraph nulls what it owns, says so in the place it is missing, and names no address', async () => {
  world.fail('wallets', true);
  const result = await run(JOIN, { id });
  expect(result.data).toEqual({
    transaction: {
      ...joined.transaction,
      source: { account: { ...joined.transaction.source.account, wallet: null } },
    },
  });
  expect(result.errors?.map((error) => error.toJSON())).toEqual([
    {
      message: 'wallets does not answer at present; retry later',
      path: ['transaction', 'source', 'account'],
      extensions: { code: 'UNAVAILABLE', retryable: true, subgraph: 'wallets', requestId: 'r-1' },
    },
  ]);
});

test('a dead subgraph at the root nulls its root fields, each with an error, and the others answer', async () => {
  world.fail('payments', true);
  const result = await run('query ($id: ID!) { mine: transaction(id: $id) { id } organization { name } }', {
    id,
  });
  expect(result.data).toEqual({ mine: null, organization: { name: 'Sandbox' } });
  expect(result.errors?.map((error) => error.path)).toEqual([['mine']]);
});

test('a null where the schema promises a value is told as an error, at its place', async () => {
  const result = await run(JOIN, { id: formatId('txn', HIDDEN) });
  // It goes up to the first place that may be null.
  expect(result.data).toEqual({
    transaction: { id: formatId('txn', HIDDEN), status: 'COMPLETED', source: { account: null } },
  });
  expect(result.errors?.map((error) => error.toJSON())).toMatchObject([
    { path: ['transaction', 'source', 'account', 'kind'], extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ]);
});

test('a fault inside a subgraph leaves as a code and a request id', async () => {
  const result = await run('{ account(id: "acc_secret") { id } }');
  expect(JSON.stringify(result)).not.toMatch(/relation|srv|stack/);
  expect(result.errors?.[0]?.toJSON()).toMatchObject({
    path: ['account'],
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r-1' },
  });
});

test('an error written to be shown keeps its words', async () => {
  const result = await run('{ account(id: "acc_forbidden") { id } }');
  expect(result.errors?.[0]?.toJSON()).toMatchObject({
    message: 'this needs the scope accounts:read',
    extensions: { code: 'FORBIDDEN', subgraph: 'accounts' },
  });
});

test("variables that do not fit are the client's fault and ask no subgraph", async () => {
  const result = await run(JOIN, {});
  expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(world.requests.payments).toEqual([]);
});

const CANCEL = `mutation ($input: CancelTransactionInput!) { cancelTransaction(input: $input) { ... on Transaction { id } } }`;

test('a replayed mutation says so in the extensions, a fresh one does not', async () => {
  const replayed = await run(CANCEL, { input: { id, idempotencyKey: 'seen' } });
  expect(replayed).toEqual({ data: { cancelTransaction: { id } }, extensions: { idempotentReplay: true } });
  const fresh = await run(CANCEL, { input: { id, idempotencyKey: 'new' } });
  expect(fresh).toEqual({ data: { cancelTransaction: { id } } });
});

describe('over HTTP', () => {
  test('a signed request joins the same, an unsigned router is unavailable', async () => {
    const servers = await Promise.all(
      Object.values(world.subgraphs).map(async (subgraph) => ({
        name: subgraph.name,
        server: await serveSubgraph({
          subgraph,
          port: 0,
          host: '127.0.0.1',
          viewerSecret: secret,
          logger: silent,
        }),
      })),
    );
    const connect = (viewerSecret: string) =>
      servers.map(({ name, server }) =>
        createHttpTransport({ name, url: `${server.url}/graphql`, viewerSecret }),
      );
    const [good, bad] = [connect(secret), connect('another')];
    const overHttp = await openTestPipeline({ supergraphSdl, transports: good, logger: silent });
    const unsigned = await openTestPipeline({ supergraphSdl, transports: bad, logger: silent });
    expect(await overHttp.run(viewer, JOIN, { id }, { requestId: 'r-5' })).toEqual({ data: joined });
    expect(world.requests.payments[0]).toMatchObject({ viewer, requestId: 'r-5' });
    const primary: Primary = {
      kind: 'EVENT',
      event: { transactionUpdates: { cursor: 'c1-1', event: null } },
    };
    expect(
      await overHttp.run(viewer, 'subscription { transactionUpdates { cursor } }', {}, { primary }),
    ).toEqual({ data: { transactionUpdates: { cursor: 'c1-1' } } });
    const refused = await unsigned.run(viewer, JOIN, { id });
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE' });
    await Promise.all([...good, ...bad].map((transport) => transport.close()));
    await Promise.all(servers.map(({ server }) => server.close()));
  });
});
