import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sleep } from '../../../platform/clock.ts';
import type { Answer } from '../../../router/transport/exchange.ts';
import { createHttpTransport, type HttpTransport } from '../../../router/transport/http.ts';
import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import { createSingleFlight } from '../../../router/transport/singleFlight.ts';
import { createRandom, type Random } from '../../crash/random.ts';
import { type Fault, type FaultProxy, NO_FAULT, startFaultProxy } from '../../harness/faultProxy.ts';
import { requestOf } from './requests.ts';
import { sendJson, startServer, type TestServer, until } from './server.ts';

/** FAULT_SEED repeats a run. */
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 32));
const REQUESTS = 800;
const CLIENTS = 24;
const DEADLINE_MS = 400;
/** Beyond the deadline, besides what the event loop itself was late by. */
const SLACK_MS = 600;

const KINDS: readonly Fault['kind'][] = [
  'NONE',
  'NONE',
  'RESET',
  'TRUNCATE',
  'BLACKHOLE',
  'GARBAGE',
  'THROTTLE',
];

function chooseFault(random: Random): Fault {
  return {
    kind: random.pick(KINDS),
    direction: random.pick(['UP', 'DOWN', 'DOWN']),
    // Some requests long, so that a break comes within heads and bodies as well as between requests.
    afterBytes: random.integer(0, 1_500),
    latencyMs: random.pick([0, 0, 5]),
    jitterMs: random.pick([0, 0, 20]),
  };
}

/** What the subgraph makes of a request, so that each answer can be told to be the right one. */
function resultOf(variables: Readonly<Record<string, unknown>>): unknown {
  const { n, length } = variables as { n: number; length: number };
  return { data: { n, text: `${n}-${'wörter '.repeat(length)}` } };
}

const handles = (): number => process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name)).length;

let server: TestServer;
let proxy: FaultProxy;
let transport: HttpTransport;

async function open(random: Random, isSharing: boolean): Promise<void> {
  server = await startServer(({ json }, response) => {
    sendJson(response, resultOf(json.variables));
  });
  proxy = await startFaultProxy(server.port, random);
  transport = createHttpTransport({
    name: 'wallets',
    url: `http://127.0.0.1:${proxy.port}/graphql`,
    deadlineMs: DEADLINE_MS,
    connectionsMax: 8,
    breaker: { openMs: 50 },
    retries: { budget: { deposit: () => undefined, take: () => true } },
    ...(isSharing ? { sharing: createSingleFlight<Answer>('subgraph') } : {}),
  });
}

interface Tally {
  answered: number;
  unavailable: number;
  slowestMs: number;
}

const newTally = (): Tally => ({ answered: 0, unavailable: 0, slowestMs: 0 });

/** Sends one request and checks whatever becomes of it. */
async function ask(n: number, random: Random, tally: Tally): Promise<void> {
  while (transport.breakerState !== 'CLOSED') {
    // Rather than to use up all requests while none goes through; only requests close it.
    await transport.execute(requestOf({ variables: { n: 0, length: 0 } })).catch(() => undefined);
    await sleep(20);
  }
  const kind = random.pick(['query', 'query', 'mutation'] as const);
  const variables = { n: kind === 'mutation' ? -n : random.integer(1, 20), length: Math.floor(n) % 40 };
  const startedMs = performance.now();
  try {
    const answer = await transport.execute(requestOf({ kind, variables }));
    expect(answer).toEqual(resultOf(variables));
    tally.answered++;
  } catch (error) {
    if (!(error instanceof SubgraphUnavailableError)) throw error;
    expect(error.reason).not.toBe('FAILED');
    tally.unavailable++;
  }
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedMs);
}

test.each([false, true])('whatever the network does, no answer is wrong (sharing: %p)', async (isSharing) => {
  const random = createRandom(isSharing ? seed + 1 : seed);
  const handlesBefore = handles();
  await open(random, isSharing);
  const tally = newTally();
  const lateness = monitorEventLoopDelay({ resolution: 10 });
  try {
    await ask(0.5, random, newTally());
    lateness.enable();
    let next = 1;
    const client = async (choices: Random): Promise<void> => {
      for (let n = next++; n <= REQUESTS; n = next++) {
        // Connections that are kept meet a new fate now and then.
        if (n % 10 === 0) proxy.inflict(chooseFault);
        await ask(n, choices, tally);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, () => client(random.fork())));
    lateness.disable();
    expect(tally.slowestMs).toBeLessThan(DEADLINE_MS + SLACK_MS + lateness.max / 1e6);
    expect(tally.answered).toBeGreaterThan(REQUESTS / 4);
    expect(tally.unavailable).toBeGreaterThan(REQUESTS / 50);

    const mutations = server.arrivals.map(({ json }) => Number(json.variables.n)).filter((n) => n < 0);
    expect(new Set(mutations).size).toBe(mutations.length);

    await transport.close();
    await until(() => proxy.connections() === 0);
  } catch (error) {
    throw new Error(`with FAULT_SEED=${seed}: ${String(error)}`, { cause: error });
  } finally {
    await transport.close();
    await Promise.all([proxy.close(), server.close()]);
  }
  await until(() => handles() <= handlesBefore);
});

test('when the network is sound again, every request is answered', async () => {
  const random = createRandom(seed + 2);
  await open(random, false);
  proxy.inflict(() => ({ ...NO_FAULT, kind: 'BLACKHOLE' }));
  const tally = newTally();
  await Promise.all(Array.from({ length: 40 }, (_, n) => ask(n + 1, random, tally)));
  expect(tally).toMatchObject({ answered: 0, unavailable: 40 });
  expect(transport.breakerState).toBe('OPEN');
  proxy.inflict(() => NO_FAULT);
  await until(() => {
    void transport.execute(requestOf({ variables: { n: 1, length: 1 } })).catch(() => undefined);
    return transport.breakerState === 'CLOSED';
  });
  const after = newTally();
  await Promise.all(Array.from({ length: 40 }, (_, n) => ask(n + 1, random, after)));
  expect(after).toMatchObject({ answered: 40, unavailable: 0 });
  await transport.close();
  await Promise.all([proxy.close(), server.close()]);
});
