import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { newUuid } from '../../../platform/id.ts';
import type { Router } from '../../../router/main.ts';
import { createLocalTransport } from '../../../router/transport/local.ts';
import { startTestRouter } from '../../harness/router.ts';
import { createSmallWorld } from '../../streaming/subgraphs.ts';
import { silent } from '../../streaming/support.ts';

/** Attack 19: documents of which no two are the same, to fill what is kept of them and to be planned for ever. */
const KEY = 'sk_test_flood';
const FLOOD = 2_500;
const REFUSED = 1_000;
const CLIENTS = 16;
/** Of what is kept of operations and of plans. */
const KEPT_MAX = 1_000;
/** Measured: 25 MB of those that are kept. */
const GROWN_BYTES_MAX = 60 * 1024 * 1024;
/** Long documents are longer together than what may be kept of them. */
const LONG = 300;
const LONG_LENGTH = 28_000;
const PATIENCE_MS = 5_000;

let router: Router;

beforeAll(async () => {
  const world = createSmallWorld();
  const viewer = { organizationId: newUuid(), kind: 'KEY', subjectId: 'key', scopes: ['*'] } as const;
  router = await startTestRouter({
    transports: Object.values(world.subgraphs).map((subgraph) => createLocalTransport(subgraph)),
    authenticator: { authenticate: async (token) => (token === KEY ? viewer : null) },
    feed: null,
    logger: silent,
  });
});
afterAll(() => router.close());

async function ask(body: object): Promise<{ readonly status: number; readonly json: unknown }> {
  const response = await fetch(router.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return { status: response.status, json: await response.json() };
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', router.url))).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );
}

const plansMade = (): Promise<number> => metric('omsx_router_plan_cache_total{result="miss"}');
const plansKept = (): Promise<number> => metric('omsx_router_plan_cache_size');

/** So many at once, each of another number. */
async function flood(count: number, one: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await one(n);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const ORDINARY = { query: '{ organization { name } }' };
const ORDINARY_ANSWER = {
  status: 200,
  json: expect.objectContaining({ data: { organization: { name: 'Sandbox' } } }),
};

test('attack 19: a flood of documents is answered from bounded memory, and who asks for the usual does not notice', async () => {
  expect(await ask(ORDINARY)).toEqual(ORDINARY_ANSWER);
  const plansBefore = await plansMade();
  const heapBefore = heapBytes();
  await flood(FLOOD, async (n) => {
    const query = `query Q${n} { a${n}: organization { name } }`;
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    expect((await ask({ query, extensions })).status).toBe(200);
    if (n % 50 === 0) expect(await ask(ORDINARY)).toEqual(ORDINARY_ANSWER);
  });
  // The ordinary one was never planned again.
  expect((await plansMade()) - plansBefore).toBe(FLOOD);
  expect(await plansKept()).toBeLessThanOrEqual(KEPT_MAX);
  expect(heapBytes() - heapBefore).toBeLessThan(GROWN_BYTES_MAX);
}, 120_000);

test('attack 19: long documents are kept by their length, not by their number', async () => {
  await flood(LONG, async (n) => {
    const query = `{ organization { name } } #${n} ${'x'.repeat(LONG_LENGTH)}`;
    expect(await ask({ query })).toEqual(ORDINARY_ANSWER);
  });
  expect(await plansKept()).toBeLessThanOrEqual((4 * 1024 * 1024) / LONG_LENGTH);
}, 120_000);

test('attack 19: documents that are refused are not kept at all', async () => {
  expect(await ask(ORDINARY)).toEqual(ORDINARY_ANSWER);
  const [made, kept] = [await plansMade(), await plansKept()];
  const heapBefore = heapBytes();
  await flood(REFUSED, async (n) => {
    const query = `{ nothing${n} ${'organization { name } '.repeat(20)} }`;
    expect((await ask({ query })).status).toBe(400);
  });
  expect([await plansMade(), await plansKept()]).toEqual([made, kept]);
  expect(heapBytes() - heapBefore).toBeLessThan(GROWN_BYTES_MAX);
  expect(await ask(ORDINARY)).toEqual(ORDINARY_ANSWER);
}, 120_000);
