import { startCluster } from '../crash/cluster.ts';
import { createTenant } from '../crash/tenant.ts';
import { type CollectedSpan, startCollector } from '../router/observability/collector.ts';
import { removeOmsx, startOmsx } from './omsx.ts';
import { CLIENT_SPAN, type Deployment, live, pathsOf, SECRET, TRACES } from './tracedLife.ts';

/**
 * Traces as an operator gets them: the real processes, with one of OpenTelemetry's own variables set and nothing else, and
 * a collector that has been told everything by the time they have stopped.
 */
interface Traced {
  readonly spans: readonly CollectedSpan[];
  readonly text: string;
  /** Of the router, at the end. */
  readonly metrics: readonly string[];
}

const START_WAIT_MS = 120_000;

/** @param run starts a deployment with these variables, has `use` done with it, and stops it */
async function traced(
  run: (
    environment: Readonly<Record<string, string>>,
    use: (deployment: Deployment) => Promise<void>,
  ) => Promise<void>,
): Promise<Traced> {
  const collector = await startCollector();
  let metrics: readonly string[] = [];
  try {
    await run({ OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.url).origin }, async (deployment) => {
      metrics = await live(deployment);
    });
  } finally {
    await collector.close();
  }
  return { spans: collector.spans, text: collector.text(), metrics };
}

function upTraced(): Promise<Traced> {
  return traced(async (environment, use) => {
    const omsx = await startOmsx({ environment });
    try {
      const { graphql, ws, apiKey } = omsx.credentials;
      await use({ url: graphql, wsUrl: ws, apiKey });
    } finally {
      await removeOmsx(omsx);
    }
  });
}

function rolesTraced(): Promise<Traced> {
  return traced(async (environment, use) => {
    const cluster = await startCluster({ environment });
    try {
      const { apiKey } = await createTenant(cluster.databaseUrl, cluster.keyPepper);
      await use({ url: cluster.graphqlUrl, wsUrl: cluster.wsUrl, apiKey });
    } finally {
      await cluster.stop();
    }
  });
}

/** Spans that end below `root`, as names of the whole way there, without the root's own. */
function below(paths: readonly string[], root: string): readonly string[] {
  return paths.filter((path) => path.startsWith(`${root} > `)).map((path) => path.slice(root.length + 3));
}

const IN_BATCH = [
  'platform.try_idempotency_keys',
  'ledger.open_accounts',
  'platform.append_events',
  'platform.keep_idempotency_results',
  'COMMIT',
];

describe.each([
  {
    mode: 'everything in one process',
    run: upTraced,
    router: 'omsx',
    // Nobody else reads the Redis that it has started for itself.
    worker: null,
    /** From the router's fetch to what a subgraph does for it. */
    into: (subgraph: string) => [`omsx: fetch ${subgraph}`],
    own: () => 'omsx',
  },
  {
    mode: 'a process for each role',
    run: rolesTraced,
    router: 'omsx-router',
    worker: 'omsx-worker',
    into: (subgraph: string) => [`omsx-router: fetch ${subgraph}`, `omsx-${subgraph}: POST /graphql`],
    own: (subgraph: string) => `omsx-${subgraph}`,
  },
])('$mode', ({ run, router, worker, into, own }) => {
  let life: Traced;
  /** The way to something that a subgraph did, from the router's fetch on. */
  const within = (subgraph: string, ...names: readonly string[]): string =>
    [...into(subgraph), ...names.map((name) => `${own(subgraph)}: ${name}`)].join(' > ');

  beforeAll(async () => {
    life = await run();
  }, START_WAIT_MS);

  test('a query is one trace: planning, fetches, and their statements', () => {
    const root = `${router}: query Traced`;
    const [accounts, wallets] = [
      within('accounts', 'ledger.find_accounts'),
      within('wallets', 'wallets.find_wallets'),
    ];
    const cold = pathsOf(life.spans, TRACES.cold);
    expect(below(cold, root)).toEqual(expect.arrayContaining([`${router}: plan`, accounts, wallets]));
    expect(cold.every((path) => path.startsWith(root))).toBe(true);
  });

  test('planning is in it only when the plan was not there', () => {
    const root = `${router}: query Traced`;
    const warm = below(pathsOf(life.spans, TRACES.warm), root);
    expect(warm).toContain(within('accounts', 'ledger.find_accounts'));
    expect(warm).not.toContain(`${router}: plan`);
  });

  test('a mutation is one trace: the batch it went with, its statements and its commit', () => {
    const root = `${router}: mutation Open`;
    const found = below(pathsOf(life.spans, TRACES.mutation), root);
    const wanted = IN_BATCH.map((name) => within('accounts', 'lane accounts', name));
    expect(found).toEqual(expect.arrayContaining(wanted));
  });

  test('a client’s trace is continued, and no span hangs in the air', () => {
    const known = new Set(life.spans.map(({ spanId }) => spanId));
    const parents = life.spans.map(({ parentSpanId }) => parentSpanId);
    const strangers = parents.filter((parent) => parent !== undefined && !known.has(parent));
    expect(strangers).toEqual(Object.values(TRACES).map(() => CLIENT_SPAN));
  });

  test('events are published in traces of their own, and each message of a stream is one', () => {
    const published = life.spans.filter(({ name }) => name === 'publish events');
    expect(published.length > 0).toBe(worker !== null);
    for (const span of published) expect(span).toMatchObject({ service: worker, parentSpanId: undefined });
    const watched = life.spans.filter(({ name }) => name === 'subscription Watch');
    const arrivals = watched.map(({ attributes }) => attributes['network.protocol.name']);
    expect(arrivals).toEqual(expect.arrayContaining(['websocket', 'event']));
    const messages = watched.filter(({ attributes }) => attributes['network.protocol.name'] === 'event');
    const root = `${router}: subscription Watch`;
    const ways = messages.flatMap(({ traceId }) => below(pathsOf(life.spans, traceId), root));
    expect(ways).toContain(within('payments', 'payments.find_transactions'));
  });

  test('nothing that was sent with a request is in any span', () => {
    expect(life.text).not.toContain(SECRET);
    expect(life.text).not.toContain('createAccount(');
  });

  test('the plans that are kept are counted', () => {
    const [line = ''] = life.metrics.filter((one) => one.startsWith('omsx_router_plan_cache_size '));
    expect(Number(line.split(' ')[1])).toBeGreaterThan(3);
  });
});
