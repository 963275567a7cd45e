import { type Breaker, type BreakerTransition, createBreaker } from '../../../router/transport/breaker.ts';
import { createHttpTransport } from '../../../router/transport/http.ts';
import { SubgraphUnavailableError, type UnavailableDetails } from '../../../router/transport/port.ts';
import { createGate, faultOf, requestOf } from './requests.ts';
import { sendJson, startServer } from './server.ts';

let nowMs: number;
let transitions: BreakerTransition[];
let breaker: Breaker;

beforeEach(() => {
  nowMs = 1_000_000;
  transitions = [];
  breaker = createBreaker('wallets', {
    requestsMin: 10,
    onTransition: (transition) => transitions.push(transition),
    nowMs: () => nowMs,
  });
});

const succeed = (): Promise<unknown> => breaker.run(async () => 'answer');
const fail = (details: UnavailableDetails = { reason: 'CONNECTION' }): Promise<unknown> =>
  faultOf(breaker.run(() => Promise.reject(new SubgraphUnavailableError('gone', details))));

async function times(count: number, run: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n++) await run();
}

/** A request whose outcome is decided later. */
function hang(): { readonly fail: () => Promise<unknown>; readonly succeed: () => Promise<unknown> } {
  const outcome = createGate<string>();
  const work = breaker.run(() => outcome.promise).catch((error: unknown) => error);
  return {
    fail() {
      outcome.fail(new SubgraphUnavailableError('gone', { reason: 'TIMEOUT', waitedMs: 10_000 }));
      return work;
    },
    succeed() {
      outcome.open('answer');
      return work;
    },
  };
}

test('it opens when half of enough requests failed, and then nothing is tried', async () => {
  await times(5, succeed);
  await times(4, fail);
  expect(breaker.state).toBe('CLOSED');
  await fail();
  expect(breaker.state).toBe('OPEN');
  const attempt = jest.fn();
  expect(await faultOf(breaker.run(attempt))).toMatchObject({ reason: 'OPEN', wasSent: false });
  expect(attempt).not.toHaveBeenCalled();
  expect(transitions).toEqual([{ name: 'wallets', from: 'CLOSED', to: 'OPEN', failures: 5, requests: 10 }]);
});

test('a few failures, or few among many, or long ago, do not open it', async () => {
  await times(9, fail);
  nowMs += 11_000;
  await times(9, fail);
  await times(30, succeed);
  await times(10, fail);
  expect(breaker.state).toBe('CLOSED');
});

test('what leaves the window does so bit by bit', async () => {
  await times(9, fail);
  nowMs += 6_000;
  await fail();
  expect(breaker.state).toBe('OPEN');
});

test.each<[string, UnavailableDetails, 'OPEN' | 'CLOSED']>([
  ['a broken connection', { reason: 'CONNECTION' }, 'OPEN'],
  ['a timeout', { reason: 'TIMEOUT', waitedMs: 3_000 }, 'OPEN'],
  ['a status of 5xx', { reason: 'STATUS', status: 503 }, 'OPEN'],
  ['what is no GraphQL', { reason: 'MALFORMED', status: 200 }, 'OPEN'],
  ['a timeout of who had no time left', { reason: 'TIMEOUT', waitedMs: 20 }, 'CLOSED'],
  ['a client that went away', { reason: 'ABORTED' }, 'CLOSED'],
  ['an answer that is too long', { reason: 'TOO_LARGE', status: 200 }, 'CLOSED'],
  ['a status of 4xx', { reason: 'STATUS', status: 413 }, 'CLOSED'],
  ['a fault of our own', { reason: 'FAILED' }, 'CLOSED'],
])('%s counts as it should', async (_, details, expected) => {
  await times(30, () => fail(details));
  expect(breaker.state).toBe(expected);
});

test('after a time a few are let through, and their success closes it', async () => {
  await times(10, fail);
  nowMs += 1_500;
  expect(await fail()).toMatchObject({ reason: 'OPEN' });
  nowMs += 1_000;
  const probes = [hang(), hang(), hang()];
  expect(breaker.state).toBe('HALF_OPEN');
  expect(await faultOf(breaker.run(async () => 'a fourth'))).toMatchObject({ reason: 'OPEN' });
  for (const probe of probes) await probe.succeed();
  expect(breaker.state).toBe('CLOSED');
  expect(transitions.map(({ to }) => to)).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
  await fail();
  expect(breaker.state).toBe('CLOSED');
});

test('a probe that fails opens it again, and the other probes no longer count', async () => {
  await times(10, fail);
  nowMs += 2_500;
  const [first, second] = [hang(), hang()];
  await first.fail();
  expect(breaker.state).toBe('OPEN');
  await second.succeed();
  expect(breaker.state).toBe('OPEN');
  nowMs += 1_500;
  expect(await fail()).toMatchObject({ reason: 'OPEN' });
});

test('a probe whose client went away makes room for another', async () => {
  await times(10, fail);
  nowMs += 2_500;
  await times(20, () => fail({ reason: 'ABORTED' }));
  expect(breaker.state).toBe('HALF_OPEN');
  await times(3, succeed);
  expect(breaker.state).toBe('CLOSED');
});

test('what began before it opened says nothing about the probes', async () => {
  const late = [hang(), hang()];
  await times(10, fail);
  nowMs += 2_500;
  const probe = hang();
  for (const one of late) await one.fail();
  expect(breaker.state).toBe('HALF_OPEN');
  await probe.succeed();
  await times(2, succeed);
  expect(breaker.state).toBe('CLOSED');
});

test('many routers do not probe in step', async () => {
  const openMs = async (fraction: number): Promise<number> => {
    jest.spyOn(Math, 'random').mockReturnValue(fraction);
    breaker = createBreaker('wallets', { requestsMin: 1, nowMs: () => nowMs });
    await fail();
    jest.restoreAllMocks();
    const startedMs = nowMs;
    while ((await fail({ reason: 'ABORTED' })) instanceof SubgraphUnavailableError) {
      if (breaker.state === 'HALF_OPEN') break;
      nowMs += 10;
    }
    return nowMs - startedMs;
  };
  expect(await openMs(0)).toBe(1_600);
  expect(await openMs(1)).toBe(2_400);
});

test('a transport fails at once while its breaker is open, and GraphQL errors do not open it', async () => {
  let isBroken = false;
  const server = await startServer((_, response) =>
    isBroken ? response.writeHead(500).end('x') : sendJson(response, { errors: [{ message: 'no' }] }),
  );
  const transport = createHttpTransport({
    name: 'wallets',
    url: server.url,
    breaker: { openMs: 100, probesMax: 1 },
  });
  await times(50, () => transport.execute(requestOf()));
  expect(transport.breakerState).toBe('CLOSED');
  isBroken = true;
  await times(100, () => faultOf(transport.execute(requestOf())));
  expect(transport.breakerState).toBe('OPEN');
  expect(server.arrivals).toHaveLength(100);
  isBroken = false;
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await transport.execute(requestOf())).toEqual({ errors: [{ message: 'no' }] });
  expect(transport.breakerState).toBe('CLOSED');
  await Promise.all([transport.close(), server.close()]);
});
