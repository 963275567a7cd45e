import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { createFeed } from '../../platform/feed/feed.ts';
import type { Feed } from '../../platform/feed/port.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { Router } from '../../router/main.ts';
import { createLocalTransport } from '../../router/transport/local.ts';
import { startTestRouter } from '../harness/router.ts';
import { createWorld, furnish, type Inventory, nobody, type World } from './world.ts';

/**
 * Goal: no stream tells one organization of another's movements. Method: the spy opens every kind of stream with the
 * victim's ids and with ids that name nothing, over a real socket; then the victim moves money, and the spy moves
 * some of its own as a barrier, after which all that could have come has come.
 */
let world: World;
let database: Database;
let feed: Feed;
let router: Router;
let spy: { readonly viewer: Viewer; readonly apiKey: string };
let victimViewer: Viewer;
let own: Inventory;
let victim: Inventory;

beforeAll(async () => {
  world = await createWorld({ cached: true });
  spy = await world.addOrganization('Spy');
  victimViewer = (await world.addOrganization('Victim')).viewer;
  own = await furnish(world, spy.viewer);
  victim = await furnish(world, victimViewer);
  const logger = createLogger({ name: 'test', level: 'silent' });
  database = await openDatabase({ url: world.databaseUrl, role: 'omsx_router', poolMax: 4 });
  feed = await createFeed({ database, databaseUrl: world.databaseUrl, logger });
  router = await startTestRouter({
    transports: world.subgraphs.map(createLocalTransport),
    authenticator: { authenticate: world.authenticate },
    feed,
    logger,
  });
});

afterAll(async () => {
  await router.close();
  await feed.close();
  await database.close();
  await world.close();
});

const STREAMS: readonly (readonly [string, string, 'cus' | 'acc' | 'wal' | 'txn'])[] = [
  [
    'transactionUpdates by customer',
    'transactionUpdates(filter: { customerId: $id }) { cursor event { id } transaction { id } }',
    'cus',
  ],
  [
    'transactionUpdates by account',
    'transactionUpdates(filter: { accountId: $id }) { cursor event { id } transaction { id } }',
    'acc',
  ],
  [
    'transactionUpdates by wallet',
    'transactionUpdates(filter: { walletId: $id }) { cursor event { id } transaction { id } }',
    'wal',
  ],
  [
    'transactionUpdated',
    'transactionUpdated(id: $id) { cursor event { id } transaction { id status } }',
    'txn',
  ],
  [
    'balanceUpdates',
    'balanceUpdates(accountId: $id) { cursor balance { posted { amount } } account { id name } }',
    'acc',
  ],
];

/** What one stream said, until the barrier; ids and cursors blotted out. */
interface Heard {
  readonly said: string[];
}

function listen(client: ReturnType<typeof createClient>, selection: string, id: string): Heard {
  const said: string[] = [];
  const tell = (message: unknown): void => {
    said.push(
      JSON.stringify(message)
        .replaceAll(id, '<id>')
        .replace(/"cursor":"[^"]+"/, '"cursor":"<cursor>"')
        .replace(/"requestId":"[^"]+"/, '"requestId":"<request>"'),
    );
  };
  client.subscribe(
    { query: `subscription ($id: ID!) { ${selection} }`, variables: { id } },
    { next: tell, error: tell, complete: () => said.push('complete') },
  );
  return { said };
}

/** Gives the id of the Transaction. */
async function pay(viewer: Viewer, from: Inventory, key: string): Promise<string> {
  const text =
    'mutation ($input: CreateTransactionInput!) { createTransaction(input: $input) { ... on Transaction { id } } }';
  const input = {
    idempotencyKey: key,
    sourceId: from.treasuryId,
    destinationId: from.wal,
    amount: '1.00',
    asset: 'USD',
  };
  const { data } = await world.run(viewer, text, { input });
  expect(data).toMatchObject({ createTransaction: { id: expect.stringMatching(/^txn_/) } });
  return (data as { readonly createTransaction: { readonly id: string } }).createTransaction.id;
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !condition(); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

test('a stream opened with foreign ids says what one with ids of nothing says, whatever happens over there', async () => {
  const client = createClient({
    url: router.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${spy.apiKey}` },
    retryAttempts: 0,
  });
  const pairs = STREAMS.map(([name, selection, prefix]) => ({
    name,
    foreign: listen(client, selection, victim[prefix]),
    missing: listen(client, selection, nobody(prefix)),
  }));
  const barrier = listen(
    client,
    'transactionUpdates(filter: { accountId: $id }) { event { kind } transaction { id } }',
    own.treasuryId,
  );
  await until(() =>
    [...pairs.flatMap(({ foreign, missing }) => [foreign, missing]), barrier].every(
      ({ said }) => said.length > 0,
    ),
  );

  const theirs = await pay(victimViewer, victim, 'watched');
  const ours = await pay(spy.viewer, own, 'barrier');
  await until(() => barrier.said.some((message) => message.includes(ours) && message.includes('COMPLETED')));

  for (const { name, foreign, missing } of pairs)
    expect({ name, said: foreign.said }).toEqual({ name, said: missing.said });
  // CREATED and COMPLETED of our own payment, and none of theirs. Earlier ones of our own may come before them: a stream
  // begins where all readers agree, which is behind while any transaction of the server is open.
  expect(barrier.said.filter((message) => message.includes(ours))).toHaveLength(2);
  expect([...barrier.said, ...pairs.flatMap(({ foreign }) => foreign.said)].join()).not.toContain(theirs);
  await client.dispose();
});

test('the same streams do tell the owner', async () => {
  const client = createClient({
    url: router.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${spy.apiKey}` },
    retryAttempts: 0,
  });
  const heard = listen(
    client,
    'balanceUpdates(accountId: $id) { balance { posted { amount } } account { id } }',
    own.treasuryId,
  );
  await until(() => heard.said.length > 0);
  await pay(spy.viewer, own, 'told');
  await until(() => heard.said.length > 1);
  expect(heard.said[1]).toContain('"posted":{"amount"');
  await client.dispose();
});
