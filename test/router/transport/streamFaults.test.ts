import type { ExecutionResult } from 'graphql';
import { sleep } from '../../../platform/clock.ts';
import { createHttpTransport, type HttpTransport } from '../../../router/transport/http.ts';
import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import { createRandom, type Random } from '../../crash/random.ts';
import { type Fault, type FaultProxy, NO_FAULT, startFaultProxy } from '../../harness/faultProxy.ts';
import { requestOf } from './requests.ts';
import { until } from './server.ts';
import { type StreamServer, startStreamServer } from './streams.ts';

/** FAULT_SEED repeats a run. */
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 32));
const STREAMS = 60;
const GROUPS = 20;
const MESSAGES = 12;
/** A dead connection is noticed within these, whichever protocol. */
const NOTICED_MS = 1_000;
/** Opening, the last message and the notice, and what a busy machine adds. */
const ENDED_MS = 8_000;

const KINDS: readonly Fault['kind'][] = ['NONE', 'RESET', 'TRUNCATE', 'BLACKHOLE', 'GARBAGE', 'THROTTLE'];

function chooseFault(random: Random): Fault {
  return {
    kind: random.pick(KINDS),
    direction: random.pick(['UP', 'DOWN', 'DOWN']),
    afterBytes: random.integer(0, 1_200),
    latencyMs: random.pick([0, 5]),
    jitterMs: random.pick([0, 20]),
  };
}

interface Outcome {
  readonly seen: readonly string[];
  readonly error: unknown;
}

async function readAll(stream: AsyncIterable<ExecutionResult>): Promise<Outcome> {
  const seen: string[] = [];
  try {
    for await (const { data } of stream) seen.push(String(data?.ticks));
    return { seen, error: null };
  } catch (error) {
    return { seen, error };
  }
}

describe.each(['graphql-transport-ws', 'sse'] as const)('%s', (protocol) => {
  // The server's library tells of every broken frame.
  beforeAll(() => jest.spyOn(console, 'error').mockReturnValue());
  afterAll(() => jest.restoreAllMocks());

  let server: StreamServer;
  let proxy: FaultProxy;
  let transport: HttpTransport;

  async function stream(name: string, group: number): Promise<Outcome> {
    const request = requestOf({
      kind: 'subscription',
      query: 'subscription ($name: String!) { ticks(name: $name) }',
      variables: { name },
      // Sockets are shared by headers: one fate for each of a few.
      headers: { 'x-group': String(group) },
    });
    const messages = transport.subscribe?.(request, new AbortController().signal);
    if (messages === undefined) throw new Error('the transport has no subscriptions');
    let isOver = false;
    const outcome = readAll(messages).finally(() => {
      isOver = true;
    });
    await until(() => isOver || server.open().includes(name), ENDED_MS);
    for (let n = 1; n <= MESSAGES && !isOver; n++) {
      server.publish(name, `${name}-${n}`);
      await sleep(10);
    }
    server.complete(name);
    await until(() => isOver, ENDED_MS);
    return await outcome;
  }

  test('whatever the network does, no message is lost in the middle and no stream is stuck', async () => {
    const random = createRandom(seed);
    server = await startStreamServer(protocol);
    proxy = await startFaultProxy(server.port, random);
    proxy.inflict(chooseFault);
    transport = createHttpTransport({
      name: 'news',
      url: `http://127.0.0.1:${proxy.port}/graphql`,
      subscriptions: {
        protocol,
        openWaitMs: NOTICED_MS,
        pingMs: NOTICED_MS / 2,
        pongWaitMs: NOTICED_MS / 2,
        silenceMaxMs: NOTICED_MS,
      },
    });
    try {
      const names = Array.from({ length: STREAMS }, (_, n) => `${n}${'x'.repeat(random.integer(0, 30))}`);
      const outcomes = await Promise.all(names.map((name, n) => stream(name, n % GROUPS)));
      for (const [index, { seen, error }] of outcomes.entries()) {
        const all = Array.from({ length: MESSAGES }, (_, n) => `${names[index]}-${n + 1}`);
        expect(seen).toEqual(all.slice(0, seen.length));
        if (error === null) expect(seen).toHaveLength(MESSAGES);
        else expect(error).toBeInstanceOf(SubgraphUnavailableError);
      }
      const failed = outcomes.filter(({ error }) => error !== null).length;
      expect(failed).toBeGreaterThan(STREAMS / 10);
      expect(failed).toBeLessThan(STREAMS);
      await until(() => server.open().length === 0);
      proxy.inflict(() => NO_FAULT);
      expect((await stream('after', GROUPS)).seen).toHaveLength(MESSAGES);
      await transport.close();
      await until(() => proxy.connections() === 0);
    } catch (error) {
      throw new Error(`with FAULT_SEED=${seed}: ${String(error)}`, { cause: error });
    } finally {
      await transport.close();
      await Promise.all([proxy.close(), server.close()]);
    }
  });
});
