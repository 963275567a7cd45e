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
import { createWorld, furnish, type Inventory, type World } from './world.ts';

/** Goal: a batch of any allowed size passes the router over HTTP, and its one stream tells all of it, once and in order. */
const ITEMS_MAX = 10_000;
const WAIT_MS = 60_000;

let world: World;
let database: Database;
let feed: Feed;
let router: Router;
let owner: { readonly viewer: Viewer; readonly apiKey: string };
let spy: { readonly viewer: Viewer; readonly apiKey: string };
let own: Inventory;

beforeAll(async () => {
  world = await createWorld({ cached: false });
  owner = await world.addOrganization('Owner');
  spy = await world.addOrganization('Spy');
  own = await furnish(world, owner.viewer);
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

interface Message {
  readonly cursor: string;
  readonly event: { version: number; kind: string; completed: number; terminal: boolean } | null;
  readonly batch: { id: string; status: string; source: { name: string } };
}

const SELECTION =
  'cursor event { version kind completed terminal } batch { id status source { name } completed { count } }';

/** Messages of a stream until its batch has ended. */
async function follow(apiKey: string, id: string, after: string | null): Promise<Message[]> {
  const client = createClient({
    url: router.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${apiKey}` },
    retryAttempts: 0,
  });
  const query = `subscription ($id: ID!, $after: Cursor) { batchUpdates(id: $id, after: $after) { ${SELECTION} } }`;
  const messages: Message[] = [];
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { id, after } })) {
      if (errors) throw new Error(JSON.stringify(errors));
      const message = (data as { batchUpdates: Message }).batchUpdates;
      messages.push(message);
      if (message.event?.terminal) break;
    }
  } finally {
    await client.dispose();
  }
  return messages;
}

/** Over HTTP, as a client sends it. */
async function post(apiKey: string, query: string, variables: object): Promise<Record<string, unknown>> {
  const response = await fetch(router.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data: Record<string, unknown>; errors?: unknown };
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

const CREATE = `mutation ($input: CreatePayoutBatchInput!) { result: createPayoutBatch(input: $input) {
  __typename ... on PayoutBatch { id total { count } } ... on Failure { message } } }`;

async function handIn(key: string, count: number, more: object = {}): Promise<string> {
  const items = Array.from({ length: count }, (_, index) => ({
    destinationId: own.acc,
    amount: '0.01',
    externalId: `${key}-${index}`,
    description: 'A payout with words of a usual length',
  }));
  const input = { idempotencyKey: key, sourceId: own.treasuryId, asset: 'USD', items, ...more };
  const { result } = await post(owner.apiKey, CREATE, { input });
  expect(result).toMatchObject({ __typename: 'PayoutBatch', total: { count } });
  return (result as { readonly id: string }).id;
}

test(
  'a batch of 10,000 items passes the router, and one stream tells it from first to last, also after a resume',
  async () => {
    const id = await handIn('large', ITEMS_MAX);
    const live = await follow(owner.apiKey, id, null);
    expect(live[0]).toMatchObject({ event: null, batch: { id, source: { name: 'Treasury' } } });
    const steps = live.flatMap(({ event }) => event ?? []);
    const first = steps[0]?.version ?? 0;
    expect(steps.map(({ version }) => version)).toEqual(steps.map((_, index) => first + index));
    expect(steps.at(-1)).toMatchObject({ kind: 'COMPLETED', completed: ITEMS_MAX, terminal: true });
    expect(live.at(-1)?.batch.status).toBe('COMPLETED');

    const middle = live[Math.floor(live.length / 2)] as Message;
    const resumed = await follow(owner.apiKey, id, middle.cursor);
    expect(resumed.map(({ event }) => event?.version)).toEqual(
      steps.filter(({ version }) => version > (middle.event?.version ?? 0)).map(({ version }) => version),
    );
  },
  WAIT_MS,
);

test('a stream of a foreign batch is that of one that is not there, and node finds a batch for its owner only', async () => {
  const id = await handIn('small', 1);
  const refusal = [{ message: `there is no ${id}`, extensions: { code: 'BAD_USER_INPUT' } }];
  await expect(follow(spy.apiKey, id, null)).rejects.toMatchObject(refusal);
  const query = 'query ($id: ID!) { node(id: $id) { id ... on PayoutBatch { total { count } } } }';
  expect(await post(owner.apiKey, query, { id })).toEqual({ node: { id, total: { count: 1 } } });
  const { data } = await world.run(spy.viewer, query, { id });
  expect(data?.node ?? null).toBeNull();
});
