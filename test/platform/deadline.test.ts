import { request } from 'undici';
import { DEADLINE_HEADER, dueAtMsOf } from '../../platform/deadline.ts';
import { type SubgraphServer, serveSubgraph } from '../../platform/server.ts';
import type { Subgraph, SubgraphRequest } from '../../platform/subgraph.ts';
import { signViewer, VIEWER_HEADER } from '../../platform/viewer.ts';
import { type Json, logger, openWorld, type World } from '../accounts/world.ts';

/** Goal: a subgraph does nothing for a router that does not wait any more, and leaves nothing half done. */
const viewerSecret = 'viewer-secret-of-the-tests-0123456789';
let world: World;
let server: SubgraphServer;
/** Before the subgraph executes. */
let hold: () => Promise<void> = () => Promise.resolve();
let seen: SubgraphRequest[];

beforeAll(async () => {
  world = await openWorld();
  const subgraph: Subgraph = {
    ...world.accounts,
    async execute(fetch) {
      seen.push(fetch);
      await hold();
      return await world.accounts.execute(fetch);
    },
  };
  server = await serveSubgraph({ subgraph, port: 0, host: '127.0.0.1', viewerSecret, logger });
});
beforeEach(() => {
  hold = () => Promise.resolve();
  seen = [];
});
afterAll(async () => {
  await server.close();
  await world.close();
});

async function ask(body: object, deadline?: string): Promise<Json> {
  const text = JSON.stringify(body);
  const answer = await request(`${server.url}/graphql`, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      [VIEWER_HEADER]: signViewer(world.ours.viewer, text, viewerSecret, new Date()),
      ...(deadline === undefined ? {} : { [DEADLINE_HEADER]: deadline }),
    },
  });
  return await answer.body.json();
}

const OWN = { query: '{ organization { name } }' };
const ANSWER = { data: { organization: { name: 'Ours' } } };
const late = [
  { message: 'the time for an answer is over; nothing happened', extensions: { code: 'UNAVAILABLE' } },
];
const create = (idempotencyKey: string) => ({
  query: `mutation { createCustomer(input: { idempotencyKey: "${idempotencyKey}", type: BUSINESS, legalName: "B" }) { ... on Customer { id } } }`,
});

test('in time is in time, and who says nothing, or nonsense, is waited for', async () => {
  for (const deadline of [undefined, '60000', '-1', '1e3', 'soon', ''])
    expect(await ask(OWN, deadline)).toEqual(ANSWER);
  expect(seen.map(({ dueAtMs }) => dueAtMs !== undefined)).toEqual([false, true, false, false, false, false]);
  expect(dueAtMsOf('250', 1_000)).toBe(1_250);
});

test('what comes too late is not begun: neither a query nor entities nor a mutation', async () => {
  hold = () => new Promise((resolve) => setTimeout(resolve, 60));
  expect(await ask(OWN, '20')).toMatchObject({ errors: late });
  const entities = '{ _entities(representations: [{ __typename: "Organization", id: "x" }]) { __typename } }';
  expect(await ask({ query: entities }, '20')).toMatchObject({ errors: late });
  const { viewer } = world.ours;
  const asked = { query: entities, variables: {}, viewer, requestId: 'r', dueAtMs: performance.now() };
  expect(await world.accounts.execute(asked)).toMatchObject({ data: null, errors: late });
  expect(await ask(create('late'), '20')).toMatchObject({ errors: late });
  hold = () => Promise.resolve();
  const fresh = await ask(create('late'), '60000');
  expect(fresh.data.createCustomer.id).toMatch(/^cus_/);
  expect(fresh.extensions).toBeUndefined();
});

test('a query or an event that is under way when its time is over is answered without waiting for it', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  hold = () => held;
  const event = { balanceUpdates: { cursor: 'c1-1', event: null } };
  const subscription = 'subscription { balanceUpdates(accountId: "acc_1") { cursor } }';
  expect(await ask(OWN, '50')).toMatchObject({ errors: late });
  expect(await ask({ query: subscription, extensions: { event } }, '50')).toMatchObject({ errors: late });
  release();
});

test('a mutation that was begun is finished and told, however late', async () => {
  const accounts = jest.spyOn(world.accounts, 'execute').mockImplementation(async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { data: { createCustomer: { id: 'cus_1' } } };
  });
  expect(await ask(create('begun'), '20')).toEqual({ data: { createCustomer: { id: 'cus_1' } } });
  accounts.mockRestore();
});
