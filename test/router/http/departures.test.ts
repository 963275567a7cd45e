import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../../platform/log.ts';
import { until } from '../observability/tracers.ts';
import { ask, KEY, openRaw, type Served, type ServedOptions, serve } from './served.ts';

/** What is noted of requests whose clients did not wait, and of those that were answered with another one's answer. */
const ID = 'txn_01jx5c9v7ye8r9a1nq0bz3m4kd';
const CANCEL = `mutation Left { cancelTransaction(input: { id: "${ID}", idempotencyKey: "k" }) { __typename } }`;
const READ = 'query Left { organization { name } }';

let served: Served | undefined;
let lines: Readonly<Record<string, unknown>>[];

async function open(options: ServedOptions = {}): Promise<Served> {
  const write = (line: string): unknown => lines.push(JSON.parse(line));
  const logger = createLogger({ name: 'test', level: 'debug', write });
  served = await serve({ ...options, logger });
  return served;
}

beforeEach(() => {
  lines = [];
});

afterEach(() => served?.close());

function requests(): typeof lines {
  return lines.filter(({ arrival }) => arrival === 'http');
}

function bytesOf(query: string, more = ''): string {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEY}\r\n${more}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Sends the bytes, waits until they are looked at, and goes without an answer. */
async function askAndLeave({ port }: Served, bytes: string): Promise<void> {
  const { socket } = await openRaw(port);
  socket.write(bytes);
  await sleep(100);
  expect(requests()).toEqual([]);
  socket.destroy();
  await sleep(50);
}

async function metricsOf({ metrics }: Served, name: string): Promise<readonly string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(name));
}

test('a query whose client leaves is a 499, and that its fetches were cut off is nobody’s fault', async () => {
  const router = await open();
  router.gate.open = false;
  await askAndLeave(router, bytesOf(READ));
  router.gate.open = true;
  await until('its line is there', () => requests().length === 1);
  expect(requests()).toEqual([
    expect.objectContaining({ level: 20, msg: 'request', status: 499, operation: 'Left', kind: 'query' }),
  ]);
  expect(requests()[0]).not.toHaveProperty('codes');
  expect(await metricsOf(router, 'omsx_router_errors_total')).toEqual([]);
  expect(await metricsOf(router, 'omsx_router_request_seconds_count')).toEqual([
    'omsx_router_request_seconds_count{operation="Left",kind="query",status="4xx"} 1',
  ]);
});

test('a mutation whose client leaves is done all the same, and what fails in it is told', async () => {
  const router = await open();
  router.world.fail('payments', true);
  router.gate.open = false;
  await askAndLeave(router, bytesOf(CANCEL));
  router.gate.open = true;
  await until('its line is there', () => requests().length === 1);
  expect(router.world.requests.payments).toHaveLength(1);
  expect(requests()).toMatchObject([{ level: 40, status: 499, kind: 'mutation', codes: ['UNAVAILABLE'] }]);
  expect(await metricsOf(router, 'omsx_router_errors_total')).toEqual([
    'omsx_router_errors_total{code="UNAVAILABLE"} 1',
  ]);
});

test('a client that leaves before all of its request is there is one too', async () => {
  const router = await open();
  await askAndLeave(router, bytesOf(READ).slice(0, -5));
  await until('its line is there', () => requests().length === 1);
  expect(requests()).toMatchObject([{ level: 20, status: 499 }]);
  expect(requests()[0]).not.toHaveProperty('operation');
});

test('what is refused only when its client has left is counted as refused', async () => {
  const router = await open({
    change: (pipeline) => ({
      ...pipeline,
      async admit(request, caller, kinds) {
        await router.gate.wait();
        return await pipeline.admit(request, caller, kinds);
      },
    }),
  });
  router.gate.open = false;
  await askAndLeave(router, bytesOf('{ nothing }'));
  router.gate.open = true;
  await until('its line is there', () => requests().length === 1);
  expect(requests()).toMatchObject([{ status: 499, codes: ['GRAPHQL_VALIDATION_FAILED'] }]);
});

test('a client that leaves before its stream began is one too, and one that got a part of it is not', async () => {
  let began = 0;
  const router = await open({
    sse: async (_, __, request, response) => {
      if (began++ === 1) response.writeHead(200).write(':\n\n');
      await new Promise((resolve) => request.socket.once('close', resolve));
    },
  });
  const stream = bytesOf(
    'subscription S { balanceUpdates(accountId: "acc_1") { cursor } }',
    'accept: text/event-stream\r\n',
  );
  await askAndLeave(router, stream);
  await until('its line is there', () => requests().length === 1);
  expect(requests()).toMatchObject([{ status: 499, kind: 'subscription' }]);
  lines.length = 0;
  await askAndLeave(router, stream);
  expect(began).toBe(2);
  expect(requests()).toEqual([]);
});

test('who joins an identical query is counted as shared, and the one that leaves is a 499', async () => {
  const router = await open({ config: { coalesce: true } });
  router.gate.open = false;
  await askAndLeave(router, bytesOf(READ));
  await until('its line is there', () => requests().length === 1);
  expect(requests()).toMatchObject([{ status: 499 }]);
  const waiting = Array.from({ length: 5 }, () => ask(router, { body: { query: READ } }));
  await sleep(100);
  router.gate.open = true;
  for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
  await ask(router, { body: { query: READ } });
  expect(await metricsOf(router, 'omsx_router_requests_shared_total')).toEqual([
    'omsx_router_requests_shared_total 4',
  ]);
});

test('where nothing is shared, nothing is counted as shared', async () => {
  const router = await open();
  router.gate.open = false;
  const waiting = Array.from({ length: 5 }, () => ask(router, { body: { query: READ } }));
  await sleep(100);
  router.gate.open = true;
  for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
  expect(await metricsOf(router, 'omsx_router_requests_shared_total')).toEqual([
    'omsx_router_requests_shared_total 0',
  ]);
});
