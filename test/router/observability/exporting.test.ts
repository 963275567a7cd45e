import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../../platform/log.ts';
import { FLUSH_WAIT_MS, SPANS_PER_EXPORT_MAX, SPANS_QUEUED_MAX } from '../../../platform/openTelemetry.ts';
import type { Span, Tracer } from '../../../platform/tracing.ts';
import { startCollector } from './collector.ts';
import { openTracer, until } from './tracers.ts';

function begin(tracer: Tracer, name: string, headers?: Readonly<Record<string, string>>): Span {
  const { span } = tracer.begin(name, 'SERVER', headers === undefined ? {} : { headers });
  if (span === undefined) throw new Error('it is not recorded');
  return span;
}

test('what is waiting is sent at close, with the resource and headers that were set', async () => {
  const collector = await startCollector();
  const tracer = await openTracer(collector.url, {
    OTEL_SERVICE_NAME: 'money',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=k1',
  });
  const span = begin(tracer, 'a');
  const child = span.child('b', 'CLIENT', { n: 1, s: 'x'.repeat(10_000) });
  child.fail('ECONNRESET');
  child.end();
  span.note('c', performance.now() - 25);
  span.end();
  await tracer.close();
  const [b, c, a] = collector.spans;
  expect(a).toMatchObject({ service: 'money', name: 'a', traceId: span.traceId, parentSpanId: undefined });
  expect(b).toMatchObject({ name: 'b', kind: 3, parentSpanId: a?.spanId, isFailed: true });
  expect(b?.attributes).toMatchObject({ n: 1, 'error.type': 'ECONNRESET' });
  expect(String(b?.attributes.s)).toHaveLength(512);
  expect(c).toMatchObject({ name: 'c', parentSpanId: a?.spanId });
  expect(c?.ms).toBeGreaterThan(24);
  expect(c?.ms).toBeLessThan(200);
  expect(collector.text()).toContain('deployment.environment.name');
  expect(collector.headers()[0]).toMatchObject({ 'api-key': 'k1' });
  await collector.close();
});

test('a trace that comes in is continued, with its tracestate', async () => {
  const collector = await startCollector();
  const tracer = await openTracer(collector.url);
  const [traceId, parentSpanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const headers = { traceparent: `00-${traceId}-${parentSpanId}-01`, tracestate: 'vendor=1' };
  const span = begin(tracer, 'a', headers);
  expect(span.headers).toEqual({ traceparent: `00-${traceId}-${span.spanId}-01`, tracestate: 'vendor=1' });
  span.end();
  await tracer.close();
  expect(collector.spans).toMatchObject([{ traceId, parentSpanId, traceState: 'vendor=1' }]);
  await collector.close();
});

test.each([
  'nonsense',
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  `ff-${'a'.repeat(32)}-b7ad6b7169203331-01`,
  `00-${'A'.repeat(32)}-b7ad6b7169203331-01`,
])('a traceparent that is not well-formed begins a new trace: %s', async (traceparent) => {
  const collector = await startCollector();
  const tracer = await openTracer(collector.url);
  const span = begin(tracer, 'a', { traceparent, tracestate: 'vendor=1' });
  expect(span.headers.traceparent).not.toContain('b7ad6b7169203331');
  expect(span.headers).not.toHaveProperty('tracestate');
  await tracer.close();
  await collector.close();
});

test('a share of nothing records nothing, and tells those below to record nothing either', async () => {
  const collector = await startCollector();
  const environment = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
  const tracer = await openTracer(collector.url, environment);
  const { span, headers } = tracer.begin('a', 'SERVER');
  expect(span).toBeUndefined();
  expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  const below = await openTracer(collector.url);
  expect(below.begin('b', 'SERVER', { headers }).span).toBeUndefined();
  await Promise.all([tracer.close(), below.close()]);
  expect(collector.spans).toEqual([]);
  await collector.close();
});

test('while the collector is away spans queue up to a limit, later ones are dropped, and nobody waits', async () => {
  let isAway = true;
  const collector = await startCollector({ answer: () => (isAway ? 503 : 200) });
  const tracer = await openTracer(collector.url);
  const startedAtMs = performance.now();
  for (let index = 0; index < SPANS_QUEUED_MAX * 3; index++) begin(tracer, 'a').end();
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  await sleep(100);
  isAway = false;
  await tracer.close();
  // The queue, and the batch that was under way when it filled.
  expect(collector.spans).toHaveLength(SPANS_QUEUED_MAX + SPANS_PER_EXPORT_MAX);
  await collector.close();
});

test('the log says once that spans are lost, and once that they no longer are', async () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', level: 'info', write: (line) => lines.push(line) });
  let isAway = true;
  const collector = await startCollector({ answer: () => (isAway ? 400 : 200) });
  const tracer = await openTracer(collector.url, {}, logger);
  const exported = async (times: number): Promise<void> => {
    for (let index = 0; index < SPANS_PER_EXPORT_MAX; index++) begin(tracer, 'a').end();
    await until(`${times} exports were tried`, () => collector.exports() === times);
  };
  await exported(1);
  await exported(2);
  isAway = false;
  await exported(3);
  await until('the log says so', () => lines.length === 2);
  await tracer.close();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, msg: 'traces cannot be exported; they are dropped meanwhile' },
    { level: 30, msg: 'traces are exported again', lost: SPANS_PER_EXPORT_MAX * 2 },
  ]);
  await collector.close();
});

test('a collector that never answers delays a stop by no more than the flush may take', async () => {
  const collector = await startCollector({ answer: () => 'NEVER' });
  const tracer = await openTracer(collector.url);
  begin(tracer, 'a').end();
  const startedAtMs = performance.now();
  await tracer.close();
  const tookMs = performance.now() - startedAtMs;
  expect(tookMs).toBeGreaterThan(FLUSH_WAIT_MS - 100);
  expect(tookMs).toBeLessThan(FLUSH_WAIT_MS + 500);
  await collector.close();
});
