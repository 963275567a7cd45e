import { openDatabase } from '../../../platform/postgres.ts';
import { connectRedis } from '../../../platform/redis.ts';
import { startRelay } from '../../../platform/relay/relay.ts';
import type { Tracer } from '../../../platform/tracing.ts';
import { readTestEnvironment } from '../../harness/environment.ts';
import { type CollectedSpan, startCollector } from './collector.ts';
import { openTracedWorld, type TracedWorld } from './tracedWorld.ts';
import { openTracer, silent, until } from './tracers.ts';

const CREATE_ACCOUNT = `mutation Open($input: CreateAccountInput!) {
  createAccount(input: $input) { __typename ... on Account { id } }
}`;
const SECRET_NAME = 'a name nobody may read in a trace';

const QUERY = 'query Mine { organization { name } }';
const CONTINUED = '0af7651916cd43dd8448eb211c80319c';

/** The spans of the operations below, which share a world because starting one is what takes time. */
let spans: readonly CollectedSpan[];
let received: TracedWorld['received'];
let text: string;

/** Router and subgraphs with a tracer each, as in processes of their own. */
beforeAll(async () => {
  const collector = await startCollector();
  const names = ['router', 'accounts', 'wallets', 'payments'];
  const tracers = new Map<string, Tracer>();
  for (const name of names) tracers.set(name, await openTracer(collector.url, { OTEL_SERVICE_NAME: name }));
  const world = await openTracedWorld({
    router: tracers.get('router'),
    tracerOf: (name) => tracers.get(name),
  });
  const open = (key: string) =>
    world.ask(CREATE_ACCOUNT, { input: { asset: 'USD', name: SECRET_NAME, idempotencyKey: key } });
  await world.ask(QUERY);
  await open('k-secret-1');
  await Promise.all(Array.from({ length: 16 }, (_, index) => open(`shared ${index}`)));
  await world.ask('query Continued { organization { name } }', {}, traceparent(CONTINUED, '01'));
  await world.ask('query Unrecorded { organization { name } }', {}, traceparent('1'.repeat(32), '00'));
  await world.close();
  for (const tracer of tracers.values()) await tracer.close();
  await collector.close();
  spans = collector.spans;
  received = world.received;
  text = collector.text();
});

function traceparent(traceId: string, flags: string): Readonly<Record<string, string>> {
  return { traceparent: `00-${traceId}-b7ad6b7169203331-${flags}` };
}

function one(among: readonly CollectedSpan[], matches: (span: CollectedSpan) => boolean): CollectedSpan {
  const found = among.filter(matches);
  if (found.length !== 1)
    throw new Error(`${found.length} of ${JSON.stringify(among.map(({ name }) => name))}`);
  return found[0] as CollectedSpan;
}

function traceOf(root: CollectedSpan | undefined): readonly CollectedSpan[] {
  return spans.filter((span) => span.traceId === root?.traceId);
}

test('a query is one trace, from the router through a subgraph to its statement', () => {
  const root = one(spans, (span) => span.name === 'query Mine');
  expect(root).toMatchObject({ service: 'router', kind: 2, parentSpanId: undefined, isFailed: false });
  expect(root.attributes).toMatchObject({
    'graphql.operation.type': 'query',
    'graphql.operation.name': 'Mine',
    'omsx.graphql.document.hash': expect.stringMatching(/^[0-9a-f]{64}$/),
    'network.protocol.name': 'http',
  });
  const trace = traceOf(root);
  const fetched = one(trace, (span) => span.name === 'fetch accounts');
  expect(fetched).toMatchObject({ service: 'router', kind: 3, parentSpanId: root.spanId });
  expect(fetched.attributes).toMatchObject({
    'url.full': expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/),
    'omsx.fetch.entities': 0,
  });
  const served = one(trace, (span) => span.name === 'POST /graphql');
  expect(served).toMatchObject({ service: 'accounts', kind: 2, parentSpanId: fetched.spanId });
  expect(served.attributes).toMatchObject({ 'http.response.status_code': 200 });
  const statement = one(trace, (span) => span.attributes['db.system.name'] === 'postgresql');
  expect(statement).toMatchObject({
    service: 'accounts',
    name: 'SELECT accounts.organization',
    parentSpanId: served.spanId,
    attributes: { 'db.response.returned_rows': 1 },
  });
  expect(statement.ms).toBeLessThan(served.ms);
});

test('a mutation shows the batch it went with, its statements and its commit, and no value of it', () => {
  const [root] = spans.filter((span) => span.name === 'mutation Open');
  const trace = traceOf(root);
  const served = one(trace, (span) => span.name === 'POST /graphql');
  const batch = one(trace, (span) => span.name === 'lane accounts');
  expect(batch).toMatchObject({ parentSpanId: served.spanId, attributes: { 'omsx.batch.size': 1 } });
  const inBatch = trace.filter((span) => span.parentSpanId === batch.spanId).map(({ name }) => name);
  expect(inBatch).toContain('platform.keep_idempotency_results');
  expect(inBatch.at(-1)).toBe('COMMIT');
  expect(text).not.toContain(SECRET_NAME);
  expect(text).not.toContain('k-secret-1');
});

test('requests that share a batch are linked to it, and it to them', () => {
  const batches = spans.filter((span) => span.name === 'lane accounts');
  const size = (batch: CollectedSpan): number => Number(batch.attributes['omsx.batch.size']);
  expect(batches.map(size).reduce((sum, next) => sum + next, 0)).toBe(17);
  expect(batches.some((batch) => size(batch) > 1)).toBe(true);
  for (const batch of batches) expect(batch.links).toHaveLength(size(batch) - 1);
  const carried = batches.flatMap((batch) => [batch.parentSpanId, ...batch.links]);
  for (const spanId of carried) {
    const served = one(spans, (span) => span.spanId === spanId);
    const isParent = batches.some((batch) => batch.parentSpanId === spanId);
    expect(served.links).toHaveLength(isParent ? 0 : 1);
  }
});

test('a recorded trace that comes in is continued; one that is not recorded stays so, also below', () => {
  const continued = spans.filter((span) => span.traceId === CONTINUED);
  expect(one(continued, (span) => span.service === 'router' && span.kind === 2)).toMatchObject({
    name: 'query Continued',
    parentSpanId: 'b7ad6b7169203331',
  });
  expect(continued.some((span) => span.service === 'accounts')).toBe(true);
  expect(spans.filter((span) => span.traceId === '1'.repeat(32))).toEqual([]);
  expect(received.at(-1)?.traceparent).toMatch(/^00-1{32}-[0-9a-f]{16}-00$/);
});

test('in one process the statements belong to the fetch', async () => {
  const collector = await startCollector();
  const router = await openTracer(collector.url);
  const world = await openTracedWorld({ router, tracerOf: null });
  await world.ask(QUERY);
  await world.close();
  await router.close();
  await collector.close();
  const fetched = one(collector.spans, (span) => span.name === 'fetch accounts');
  const statements = collector.spans.filter((span) => span.attributes['db.system.name'] === 'postgresql');
  expect(statements.length).toBeGreaterThan(0);
  for (const { parentSpanId } of statements) expect(parentSpanId).toBe(fetched.spanId);
});

test('with a share of nothing no service records anything', async () => {
  const collector = await startCollector();
  const nothing = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
  const router = await openTracer(collector.url, nothing);
  const subgraph = await openTracer(collector.url);
  const world = await openTracedWorld({ router, tracerOf: () => subgraph });
  await world.ask(QUERY);
  await world.close();
  await router.close();
  await subgraph.close();
  expect(collector.exports()).toBe(0);
  await collector.close();
});

test('off, no header goes to a subgraph, whatever the client sends', async () => {
  const world = await openTracedWorld({ router: undefined, tracerOf: () => undefined });
  const headers = { traceparent: `00-${'1'.repeat(32)}-b7ad6b7169203331-01` };
  const answer = await world.ask(QUERY, {}, headers);
  expect(answer.data).toEqual({ organization: { name: 'Traced' } });
  expect(world.received).toEqual([{}]);
  await world.close();
});

test('a collector that is away delays no request and fails none', async () => {
  const away = await startCollector({ answer: () => 'NEVER' });
  const router = await openTracer(away.url);
  const world = await openTracedWorld({ router, tracerOf: null });
  await world.ask(QUERY);
  const startedAtMs = performance.now();
  for (let index = 0; index < 50; index++) {
    expect((await world.ask(QUERY)).errors).toBeUndefined();
  }
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  await world.close();
  await router.close();
  await away.close();
});

test('what the relay copies is a trace of its own', async () => {
  const { redisUrl } = readTestEnvironment();
  const collector = await startCollector();
  const tracer = await openTracer(collector.url, { OTEL_SERVICE_NAME: 'worker' });
  const world = await openTracedWorld({ router: undefined, tracerOf: null });
  const redis = await connectRedis({ url: redisUrl ?? '', logger: silent });
  const { databaseUrl } = world;
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_relay', poolMax: 2 });
  const relay = startRelay({ database, databaseUrl, redis, logger: silent, tracer });
  await world.ask(CREATE_ACCOUNT, { input: { asset: 'USD', idempotencyKey: 'one' } });
  await until('something was copied', () => relay.status().copied > 0);
  await relay.close();
  await database.close();
  await redis.close();
  await world.close();
  await tracer.close();
  await collector.close();
  const published = collector.spans.find(({ name }) => name === 'publish events');
  expect(published).toMatchObject({ service: 'worker', kind: 4, parentSpanId: undefined, isFailed: false });
});
