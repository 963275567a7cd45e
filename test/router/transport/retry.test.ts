import { createHttpTransport, type HttpTransportOptions } from '../../../router/transport/http.ts';
import { SubgraphUnavailableError, type Transport } from '../../../router/transport/port.ts';
import { createRetryBudget } from '../../../router/transport/retry.ts';
import { faultOf, requestOf } from './requests.ts';
import { sendJson, startServer, type TestServer } from './server.ts';

let server: TestServer;
let transport: Transport;

/** Breaks the connection of the first `broken` requests, or answers them with `status`; then answers. */
async function startFlaky(
  broken: number,
  status?: number,
  options: Partial<HttpTransportOptions> = {},
): Promise<void> {
  server = await startServer(({ socket }, response, index) => {
    if (index >= broken) return sendJson(response, { data: { x: 1 } });
    return status === undefined ? socket.destroy() : response.writeHead(status).end('<html>');
  });
  transport = createHttpTransport({ name: 'accounts', url: server.url, ...options });
}

afterEach(async () => {
  await Promise.all([transport.close(), server.close()]);
});

test.each([undefined, 502, 503, 504])(
  'a query is sent again, at most twice, when its connection breaks or a proxy says %p',
  async (status) => {
    await startFlaky(2, status);
    expect(await transport.execute(requestOf())).toEqual({ data: { x: 1 } });
    expect(server.arrivals).toHaveLength(3);
  },
);

test('a query whose third connection breaks is given up', async () => {
  await startFlaky(3);
  expect(await faultOf(transport.execute(requestOf()))).toMatchObject({ reason: 'CONNECTION' });
  expect(server.arrivals).toHaveLength(3);
});

test.each([undefined, 503])('a mutation is never sent twice (%p)', async (status) => {
  await startFlaky(1, status);
  const fault = await faultOf(transport.execute(requestOf({ kind: 'mutation' })));
  expect(fault).toMatchObject({ wasSent: true });
  expect(String(fault)).toContain('retry with the same idempotency key');
  expect(server.arrivals).toHaveLength(1);
});

test('a mutation that found nobody to be sent to changed nothing', async () => {
  await startFlaky(0);
  await server.close();
  const fault = await faultOf(transport.execute(requestOf({ kind: 'mutation' })));
  expect(fault).toMatchObject({ reason: 'CONNECTION', wasSent: false });
  expect(String(fault)).not.toContain('outcome');
  server = await startServer(() => undefined);
});

test.each([500, 429, 200])('status %i with a page is not asked for again', async (status) => {
  await startFlaky(1, status);
  expect(await faultOf(transport.execute(requestOf()))).toBeInstanceOf(SubgraphUnavailableError);
  expect(server.arrivals).toHaveLength(1);
});

test('a query that would be late is not sent again', async () => {
  await startFlaky(1, 503, { retries: { delayMs: 1_000_000 } });
  jest.spyOn(Math, 'random').mockReturnValue(0.9);
  const startedMs = performance.now();
  await faultOf(transport.execute(requestOf({ dueInMs: 500 })));
  jest.restoreAllMocks();
  expect(performance.now() - startedMs).toBeLessThan(400);
  expect(server.arrivals).toHaveLength(1);
});

test('a query that nobody waits for any more is not sent again', async () => {
  const controller = new AbortController();
  await startFlaky(1, 503, { retries: { delayMs: 1_000 } });
  jest.spyOn(Math, 'random').mockReturnValue(1);
  const fault = faultOf(transport.execute(requestOf({ signal: controller.signal })));
  setTimeout(() => controller.abort(), 100);
  const startedMs = performance.now();
  expect(await fault).toMatchObject({ reason: 'ABORTED' });
  jest.restoreAllMocks();
  expect(performance.now() - startedMs).toBeLessThan(500);
  expect(server.arrivals).toHaveLength(1);
});

test('a dead subgraph gets little more than its usual load', async () => {
  await startFlaky(Number.POSITIVE_INFINITY, 503, { breaker: false, retries: { delayMs: 1 } });
  const queries = 200;
  for (let n = 0; n < queries; n++) await faultOf(transport.execute(requestOf()));
  const retries = server.arrivals.length - queries;
  expect(retries).toBeGreaterThanOrEqual(10);
  expect(retries).toBeLessThanOrEqual(10 + queries * 0.1 + 5);
});

test('the budget is a tenth of the requests, and one a second for whoever is seldom asked', () => {
  let nowMs = 0;
  const budget = createRetryBudget({ savedMax: 3, nowMs: () => nowMs });
  const takeAll = (): number => {
    let taken = 0;
    while (budget.take()) taken++;
    return taken;
  };
  expect(takeAll()).toBe(3);
  for (let n = 0; n < 21; n++) budget.deposit();
  expect(takeAll()).toBe(2);
  nowMs += 1_500;
  expect(takeAll()).toBe(1);
  for (let n = 0; n < 1_000; n++) budget.deposit();
  nowMs += 1_000_000;
  expect(takeAll()).toBe(3);
});
