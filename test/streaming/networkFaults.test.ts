import { sleep } from '../../platform/clock.ts';
import { createRandom, type Random } from '../crash/random.ts';
import { type Fault, type FaultProxy, NO_FAULT, startFaultProxy } from '../harness/faultProxy.ts';
import { connect, type RawClient } from './routerHarness.ts';
import { openShop, type Shop } from './shop.ts';
import { type ShopRouter, startShopRouter } from './shopRouter.ts';
import { waitFor } from './support.ts';

/**
 * Goal: whatever the network between router and subgraphs does, a client gets no wrong answer and no stream with a gap,
 * waits for nothing for ever, and is served as before when the network is sound again. FAULT_SEED repeats a run.
 */
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 32));
const CLIENTS = 12;
const ROUNDS = 25;
const ROUND_MS = 120;
const DEADLINE_MS = 700;
/** A dead connection is noticed within these. */
const NOTICED_MS = 1_000;
/** For whatever has a time of its own, on a machine that is busy. */
const STUCK_MS = 15_000;
const KINDS: readonly Fault['kind'][] = [
  ...(['NONE', 'NONE', 'NONE'] as const),
  'RESET',
  'TRUNCATE',
  'BLACKHOLE',
  'GARBAGE',
  'THROTTLE',
];

let shop: Shop;
let proxies: Readonly<Record<'prices' | 'names', FaultProxy>>;
let served: ShopRouter;
const random = createRandom(seed);

beforeAll(async () => {
  // The libraries of subgraphs tell of every broken frame.
  jest.spyOn(console, 'error').mockReturnValue();
  shop = await openShop();
  const proxyTo = (url: string): Promise<FaultProxy> =>
    startFaultProxy(Number(new URL(url).port), random.fork());
  proxies = { prices: await proxyTo(shop.urls.prices), names: await proxyTo(shop.urls.names) };
  const urls = Object.entries(proxies).map(([name, { port }]) => [name, `http://127.0.0.1:${port}/graphql`]);
  served = await startShopRouter(shop, {
    urls: Object.fromEntries(urls),
    transport: {
      deadlineMs: DEADLINE_MS,
      connectionsMax: 4,
      breaker: { openMs: 50 },
      subscriptions: {
        protocol: 'graphql-transport-ws',
        openWaitMs: NOTICED_MS,
        pingMs: NOTICED_MS / 2,
        pongWaitMs: NOTICED_MS / 2,
      },
    },
    config: { forwardedHeaders: ['x-group'] },
  });
});
afterAll(async () => {
  await served?.close();
  await Promise.all(Object.values(proxies ?? {}).map((proxy) => proxy.close()));
  await shop?.close();
  jest.restoreAllMocks();
});

function chooseFault(choices: Random): Fault {
  return {
    kind: choices.pick(KINDS),
    direction: choices.pick(['UP', 'DOWN', 'DOWN']),
    afterBytes: choices.integer(0, 1_500),
    latencyMs: choices.pick([0, 0, 10]),
    jitterMs: choices.pick([0, 30]),
  };
}

interface Product {
  readonly price: number;
  readonly name: string | null;
}

interface Result {
  readonly data?: { readonly product?: Product | null; readonly priceChanged?: Product };
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

/** A name is right, or missing with an error that says so. */
function expectRight({ name }: Product, sku: string, errors: Result['errors']): void {
  if (name === null) expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
  else expect(name).toBe(`Product ${sku}`);
}

const QUERY = 'query ($sku: ID!) { product(sku: $sku) { price name } }';
const CHANGES = 'subscription ($sku: ID!) { priceChanged(sku: $sku) { price name } }';
const tally = { whole: 0, partial: 0, interrupted: 0 };

async function ask(sku: string): Promise<boolean> {
  const response = await fetch(served.router.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY, variables: { sku } }),
    signal: AbortSignal.timeout(STUCK_MS),
  });
  const { data, errors } = (await response.json()) as Result;
  const product = data?.product ?? null;
  if (product === null) expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
  else {
    expect(product.price).toBe(sku.length);
    expectRight(product, sku, errors);
  }
  const isWhole = product !== null && product.name !== null;
  if (isWhole) tally.whole++;
  else tally.partial++;
  return isWhole;
}

/** Subscribes again whenever its stream ends, and looks at each message. */
class Follower {
  readonly sku: string;
  readonly #client: RawClient;
  #id = 0;
  #read = 0;
  /** Of the stream as it is now; null before its first message. */
  lastPrice: number | null = null;

  constructor(client: RawClient, sku: string) {
    this.#client = client;
    this.sku = sku;
    this.#subscribe();
  }

  close(): void {
    this.#client.socket.close();
  }

  look(): void {
    expect(this.#client.socket.readyState).toBe(this.#client.socket.OPEN);
    for (; this.#read < this.#client.messages.length; this.#read++) {
      const { type, id, payload } = this.#client.messages[this.#read] ?? {};
      if (id !== String(this.#id)) continue;
      if (type === 'next') this.#take(payload as Result);
      else {
        const code = expect.stringMatching(/^(STREAM_INTERRUPTED|UNAVAILABLE)$/);
        expect({ type, payload }).toMatchObject({ type: 'error', payload: [{ extensions: { code } }] });
        tally.interrupted++;
        this.#subscribe();
      }
    }
  }

  #take({ data, errors }: Result): void {
    const change = data?.priceChanged;
    if (change === undefined) throw new Error(`a message without its change: ${JSON.stringify(errors)}`);
    if (this.lastPrice !== null) expect(change.price).toBe(this.lastPrice + 1);
    this.lastPrice = change.price;
    expectRight(change, this.sku, errors);
  }

  #subscribe(): void {
    this.lastPrice = null;
    const payload = { query: CHANGES, variables: { sku: this.sku } };
    this.#client.send({ id: String(++this.#id), type: 'subscribe', payload });
  }
}

async function follow(n: number): Promise<Follower> {
  // Sockets to a subgraph are shared by these: one fate for each of a few.
  const client = await connect(served.router.wsUrl, { headers: { 'x-group': String(n % 4) } });
  client.send({ type: 'connection_init' });
  await client.next('connection_ack');
  return new Follower(client, `s${'x'.repeat(n)}`);
}

test('no answer is wrong, no stream has a gap, and nothing is stuck', async () => {
  const followers = await Promise.all(Array.from({ length: CLIENTS }, (_, n) => follow(n)));
  let price = 0;
  const change = (): void => {
    price++;
    for (const { sku } of followers) shop.change(sku, price);
  };
  const look = (): void => {
    for (const follower of followers) follower.look();
  };
  try {
    const asking: Promise<boolean>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 4 === 0) for (const proxy of Object.values(proxies)) proxy.inflict(chooseFault);
      for (const { sku } of followers) asking.push(ask(sku));
      change();
      await sleep(ROUND_MS);
      look();
    }
    await Promise.all(asking);
    // Otherwise the network was too bad, or too good, to tell anything.
    expect(tally.whole).toBeGreaterThan(0);
    expect(tally.partial + tally.interrupted).toBeGreaterThan(0);

    for (const proxy of Object.values(proxies)) proxy.inflict(() => NO_FAULT);
    await waitFor('everyone to be served as before', everyoneIsServed, STUCK_MS);
    await waitFor('no stream to be left over', () => shop.streams().length === CLIENTS, STUCK_MS);
    for (const follower of followers) follower.close();
    await waitFor('every stream to be closed', () => shop.streams().length === 0, 5_000);
  } catch (error) {
    throw new Error(`with FAULT_SEED=${seed}: ${String(error)}`, { cause: error });
  }

  async function everyoneIsServed(): Promise<boolean> {
    change();
    await sleep(ROUND_MS);
    look();
    if (followers.some(({ lastPrice }) => lastPrice !== price)) return false;
    return (await Promise.all(followers.map(({ sku }) => ask(sku)))).every(Boolean);
  }
}, 120_000);
