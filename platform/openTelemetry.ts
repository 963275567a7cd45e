import type { Span as SdkSpan, Tracer as SdkTracer } from '@opentelemetry/api';
import {
  type Context,
  SpanKind as Kind,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent, TraceState } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { sleep } from './clock.ts';
import type { Logger } from './log.ts';
import { reportingExporter } from './spanExporter.ts';
import type { Attributes, Begun, Span, SpanKind, TraceHeaders, Tracer, TraceStart } from './tracing.ts';
import type { TracingConfig } from './tracingConfig.ts';

/** Spans that wait for the collector. About 1 kB each; when it is away, later ones are dropped. */
export const SPANS_QUEUED_MAX = 4_096;
export const SPANS_PER_EXPORT_MAX = 512;
const EXPORT_INTERVAL_MS = 1_000;
/** Retries included. */
const EXPORT_TIMEOUT_MS = 3_000;
/** One at a time while it runs; at a stop the whole queue at once. */
const EXPORTS_AT_ONCE_MAX = SPANS_QUEUED_MAX / SPANS_PER_EXPORT_MAX + 1;
/** What a collector that is away may add to a stop; no export that is under way lasts longer. */
export const FLUSH_WAIT_MS = EXPORT_TIMEOUT_MS;
const ATTRIBUTE_LENGTH_MAX = 512;
const LINKS_MAX = 64;
/** Source: https://www.w3.org/TR/trace-context/#tracestate-limits */
const TRACESTATE_LENGTH_MAX = 512;

const SAMPLED = 1;

/**
 * Loaded only where traces are on. Nothing is registered with the global API of OpenTelemetry: what other packages
 * instrument in themselves stays off, and two tracers in one process do not meet.
 */
export function createOpenTelemetryTracer(config: TracingConfig, logger: Logger): Tracer {
  const exporter = new OTLPTraceExporter({
    url: config.url,
    headers: { ...config.headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
    concurrencyLimit: EXPORTS_AT_ONCE_MAX,
  });
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ ...config.attributes, 'service.name': config.serviceName }),
    ),
    sampler: samplerOf(config),
    spanLimits: { attributeValueLengthLimit: ATTRIBUTE_LENGTH_MAX, linkCountLimit: LINKS_MAX },
    spanProcessors: [
      new BatchSpanProcessor(reportingExporter(exporter, logger), {
        maxQueueSize: SPANS_QUEUED_MAX,
        maxExportBatchSize: SPANS_PER_EXPORT_MAX,
        scheduledDelayMillis: EXPORT_INTERVAL_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('omsx');
  return {
    begin: (name, kind, from) => begin(tracer, name, kind, from),
    async close() {
      const waited = new AbortController();
      const flushed = provider.shutdown().catch(() => undefined);
      await Promise.race([flushed, sleep(FLUSH_WAIT_MS, waited.signal)]);
      waited.abort();
    },
  };
}

function samplerOf({ sampler, ratio }: TracingConfig): Sampler {
  const share = new TraceIdRatioBasedSampler(ratio);
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return share;
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: share });
  }
}

function begin(tracer: SdkTracer, name: string, kind: SpanKind, from: TraceStart = {}): Begun {
  const parent = remoteParent(from.headers);
  const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const options = {
    kind: Kind[kind],
    ...(from.attributes === undefined ? {} : { attributes: from.attributes }),
    ...(from.startedAtMs === undefined ? {} : { startTime: from.startedAtMs }),
  };
  const started = tracer.startSpan(name, options, context);
  if (!started.isRecording()) return { span: undefined, headers: headersOf(started.spanContext()) };
  const span = new RecordedSpan(tracer, started);
  return { span, headers: span.headers };
}

/** Null for headers that name no trace, or are not well-formed: the trace then begins here. */
function remoteParent(headers: TraceStart['headers']): SpanContext | null {
  const { traceparent, tracestate } = headers ?? {};
  if (typeof traceparent !== 'string') return null;
  const parsed = parseTraceParent(traceparent);
  if (parsed === null) return null;
  const state = Array.isArray(tracestate) ? tracestate.join(',') : tracestate;
  return {
    ...parsed,
    isRemote: true,
    ...(typeof state === 'string' && state.length <= TRACESTATE_LENGTH_MAX
      ? { traceState: new TraceState(state) }
      : {}),
  };
}

function headersOf({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceHeaders {
  const traceparent = `00-${traceId}-${spanId}-0${traceFlags & SAMPLED}`;
  const tracestate = traceState?.serialize();
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

class RecordedSpan implements Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly headers: TraceHeaders;
  readonly #tracer: SdkTracer;
  readonly #span: SdkSpan;
  readonly #context: Context;

  constructor(tracer: SdkTracer, span: SdkSpan) {
    this.#tracer = tracer;
    this.#span = span;
    this.#context = trace.setSpan(ROOT_CONTEXT, span);
    const context = span.spanContext();
    this.traceId = context.traceId;
    this.spanId = context.spanId;
    this.headers = headersOf(context);
  }

  child(name: string, kind: SpanKind, attributes: Attributes = {}): Span {
    return new RecordedSpan(
      this.#tracer,
      // With its time, because a start that is not given is rounded to a millisecond.
      this.#tracer.startSpan(
        name,
        { kind: Kind[kind], attributes, startTime: performance.now() },
        this.#context,
      ),
    );
  }

  note(name: string, startedAtMs: number, attributes: Attributes = {}): void {
    const options = { attributes, startTime: startedAtMs };
    this.#tracer.startSpan(name, options, this.#context).end(performance.now());
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  link(other: Span): void {
    const context = { traceId: other.traceId, spanId: other.spanId, traceFlags: SAMPLED };
    this.#span.addLink({ context });
  }

  fail(type: string): void {
    this.#span.setAttribute('error.type', type);
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.#span.end(performance.now());
  }
}
