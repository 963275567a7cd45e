import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { formatId, newUuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import { type Crowd, startCrowd } from './crowd.ts';
import { KEY, type RunningRouter, startTestRouter } from './routerHarness.ts';
import { transactionPayload } from './subgraphs.ts';
import { append, newEvent, pause, waitFor } from './support.ts';

/**
 * Thousands of subscribers at once. How long it takes is measured by `npm run bench -- streams` on a machine of its own;
 * here it is counted what is done, and how much processor time and memory that takes.
 */
let running: RunningRouter;
let crowd: Crowd;

beforeEach(async () => {
  running = await startTestRouter();
  crowd = startCrowd();
});
afterEach(async () => {
  crowd.stop();
  await running.close();
});

const SUBSCRIBERS = 10_000;
const SOCKETS = 2_000;
/** Measured: 19 us, of which 12 in the kernel. */
const CPU_US_PER_MESSAGE_MAX = 60;
/** Measured: 5,000 for one that shares all, 13,500 for one that shares nothing; of them ws takes 2,700, graphql-ws's server would take 11,200. */
const BYTES_PER_SUBSCRIPTION_MAX = 12 * 1024;
const BYTES_OF_WS = 2_700;
const SETTLE_MAX_MS = 40_000;
const SETTLE_POLL_MS = 1_000;
const STILL_BYTES = 256 * 1024;

const SELECTION = '{ cursor event { version } transaction { id status } }';
const UPDATES = `subscription ($after: Cursor) { transactionUpdates(after: $after) ${SELECTION} }`;
const JOINED = `subscription { transactionUpdates {
  cursor event { version } transaction { id status source { account { name } } } } }`;
const ONE = `subscription ($id: ID!) { transactionUpdated(id: $id) ${SELECTION} }`;

function completed(version: number): NewEvent {
  const aggregateId = newUuid();
  const payload = transactionPayload(aggregateId, version);
  return newEvent(running.organizationId, { type: 'TransactionCompleted', aggregateId, version, payload });
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Once it is still: what earlier tests of this process leave behind is let go of meanwhile. */
async function settledHeapBytes(): Promise<number> {
  let bytes = heapBytes();
  for (const deadline = performance.now() + SETTLE_MAX_MS; performance.now() < deadline; ) {
    await pause(SETTLE_POLL_MS);
    const last = bytes;
    bytes = heapBytes();
    if (Math.abs(bytes - last) < STILL_BYTES) break;
  }
  return bytes;
}

test('one event to 10,000 subscribers of one operation is read once, resolved once, its entities too, and sent to each', async () => {
  await crowd.open({
    url: running.router.wsUrl,
    token: KEY,
    sockets: SOCKETS,
    subscriptionsPerSocket: SUBSCRIBERS / SOCKETS,
    payloads: [{ query: JOINED }],
  });
  expect(running.feed.status().subscribers).toBe(1);
  for (let round = 1; round <= 3; round++) {
    for (const requests of Object.values(running.world.requests)) requests.length = 0;
    const arriving = crowd.expect(SUBSCRIBERS);
    await pause(50);
    const before = process.cpuUsage();
    await append(running.database.writer, [completed(round)]);
    await arriving;
    const { user, system } = process.cpuUsage(before);
    expect(running.world.requests.payments).toHaveLength(1);
    expect(running.world.requests.accounts).toHaveLength(1);
    expect((user + system) / SUBSCRIBERS).toBeLessThan(CPU_US_PER_MESSAGE_MAX);
  }
}, 120_000);

test.each([
  ['the same operation', () => [{ query: UPDATES }]],
  [
    'an operation of its own each',
    () =>
      Array.from({ length: 4_000 }, () => ({ query: ONE, variables: { id: formatId('txn', newUuid()) } })),
  ],
])(
  'a socket with a subscription to %s takes less than 12 KiB beside what ws takes for a socket',
  async (_, payloadsOf) => {
    const sockets = 4_000;
    const job = { url: running.router.wsUrl, token: KEY, subscriptionsPerSocket: 1 };
    await crowd.open({ ...job, sockets: 50, payloads: [{ query: UPDATES }] });
    const before = await settledHeapBytes();
    await crowd.open({ ...job, sockets, payloads: payloadsOf() });
    for (const requests of Object.values(running.world.requests)) requests.length = 0;
    // What is shared for a moment is let go, later where other tests have the processors.
    let bytes = Number.POSITIVE_INFINITY;
    const deadline = performance.now() + SETTLE_MAX_MS;
    while (bytes - BYTES_OF_WS >= BYTES_PER_SUBSCRIPTION_MAX && performance.now() < deadline) {
      await pause(SETTLE_POLL_MS);
      bytes = (heapBytes() - before) / sockets;
    }
    expect(bytes - BYTES_OF_WS).toBeLessThan(BYTES_PER_SUBSCRIPTION_MAX);
  },
  120_000,
);

test('5,000 clients that come back with their cursors are all caught up, with nothing lost or doubled', async () => {
  const clients = 5_000;
  const missed = 20;
  const after = await running.feed.position();
  for (let n = 1; n <= missed; n++) await append(running.database.writer, [completed(n)]);
  running.world.requests.payments.length = 0;
  const metric = (name: string): Promise<number> => running.metric(`omsx_router_${name}`);
  await crowd.open({
    url: running.router.wsUrl,
    token: KEY,
    sockets: clients,
    subscriptionsPerSocket: 1,
    payloads: [{ query: UPDATES, variables: { after } }],
  });
  await waitFor('all to be live', async () => (await metric('replay_seconds_count')) === clients, 60_000);
  expect(await metric('messages_sent_total')).toBe(clients * missed);
  // They share what is resolved within half a second.
  expect(running.world.requests.payments.length).toBeLessThan((clients * missed) / 20);
  const arriving = crowd.expect(clients);
  await pause(50);
  await append(running.database.writer, [completed(missed + 1)]);
  await arriving;
  expect(await metric('messages_sent_total')).toBe(clients * (missed + 1));
}, 120_000);
