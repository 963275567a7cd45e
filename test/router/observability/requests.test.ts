import pg from 'pg';
import { createLogger } from '../../../platform/log.ts';
import { openTracedWorld, type TracedWorld } from './tracedWorld.ts';

const SECRET_NAME = 'Jane Doe 4929';
const SECRET_KEY = 'idempotent-4929';
const CREATE_CUSTOMER = `mutation Welcome($input: CreateCustomerInput!) {
  createCustomer(input: $input) { __typename }
}`;

let world: TracedWorld;
let lines: string[];

beforeAll(async () => {
  lines = [];
  const logger = createLogger({ name: 'test', level: 'debug', write: (line) => lines.push(line) });
  world = await openTracedWorld({ router: undefined, tracerOf: () => undefined, logger });
});
afterAll(() => world.close());
beforeEach(() => {
  lines.length = 0;
});

const input = {
  type: 'INDIVIDUAL',
  firstName: SECRET_NAME,
  lastName: 'X',
  externalId: SECRET_NAME,
  idempotencyKey: SECRET_KEY,
};

function linesOf(operation: string): readonly Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line)).filter((line) => line.operation === operation);
}

async function metric(pattern: RegExp): Promise<number> {
  return Number(pattern.exec(await world.metrics.text())?.[1]);
}

test('each request is one line with its operation, times and answer', async () => {
  await world.ask('query Mine { organization { name } }');
  expect(linesOf('Mine')).toEqual([
    expect.objectContaining({
      level: 20,
      arrival: 'http',
      kind: 'query',
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      status: 200,
      requestId: expect.any(String),
      ms: expect.any(Number),
      subgraphs: { accounts: { fetches: 1, ms: expect.any(Number) } },
    }),
  ]);
});

test('a request and its fetches are counted by operation, subgraph and outcome', async () => {
  const requests =
    /^omsx_router_request_seconds_count\{operation="Counted",kind="query",status="2xx"\} (\d+)$/m;
  const fetches = /^omsx_router_fetch_seconds_count\{subgraph="accounts",outcome="ok"\} (\d+)$/m;
  await world.ask('query Counted { organization { name } }');
  const before = await metric(fetches);
  await world.ask('query Counted { organization { name } }');
  expect(await metric(requests)).toBe(2);
  expect((await metric(fetches)) - before).toBe(1);
});

/** A row that is refused in Postgres, whose error quotes the row, is the likeliest way for a value into a log. */
async function refusingNames(work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  const alter = (change: string) => client.query(`alter table accounts.customer ${change}`);
  await alter(`add constraint customer_refused check (external_id <> '${SECRET_NAME}') not valid`);
  try {
    await work();
  } finally {
    await alter('drop constraint customer_refused');
    await client.end();
  }
}

test('a request that fails by a fault of ours is a warning; nothing that was sent with it is in any line', async () => {
  await refusingNames(async () => {
    const answer = await world.ask(CREATE_CUSTOMER, { input });
    expect(answer.errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  });
  expect(linesOf('Welcome')).toMatchObject([
    { level: 40, msg: 'a request failed', codes: ['INTERNAL_SERVER_ERROR'] },
  ]);
  const text = lines.join('');
  expect(text).toContain('customer_refused');
  for (const secret of [SECRET_NAME, SECRET_KEY, 'createCustomer(']) expect(text).not.toContain(secret);
  expect(await metric(/^omsx_router_errors_total\{code="INTERNAL_SERVER_ERROR"\} (\d+)$/m)).toBe(1);
  expect(
    await metric(/^omsx_router_fetch_seconds_count\{subgraph="accounts",outcome="errors"\} (\d+)$/m),
  ).toBeGreaterThan(0);
});

test('what a client writes into the text of an operation is in no line either', async () => {
  await world.ask(`query Literal { customers(first: 1, after: "${SECRET_NAME}") { edges { cursor } } }`);
  expect(linesOf('Literal')).toMatchObject([{ level: 20, codes: ['BAD_USER_INPUT'] }]);
  expect(lines.join('')).not.toContain(SECRET_NAME);
});
