import type { Logger } from '../../platform/log.ts';
import type { Begun, Tracer } from '../../platform/tracing.ts';
import type { Operation } from '../operation/operation.ts';
import { AccessLog } from './accessLog.ts';
import type { RouterMetrics } from './metrics.ts';
import { type Arrival, RequestRecord } from './record.ts';

export interface ObservabilityOptions {
  readonly metrics: RouterMetrics;
  readonly logger: Logger;
  /** Undefined where traces are off. */
  readonly tracer?: Tracer | undefined;
  /** From which on a request is slow. */
  readonly slowRequestMs?: number;
}

/** What came in, whichever way it came. */
export interface RequestStart {
  readonly requestId: string;
  readonly arrival: Arrival;
  /** Of the HTTP request or the socket's message, by lower-case name: its trace is continued. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

export interface RequestEnd {
  /** Null when the request was refused before it was known to be one. */
  readonly operation: Operation | null;
  /** As HTTP says it; 200 for what a socket or a stream was answered. */
  readonly status: number;
  /** The answer as it is sent; for a refusal its errors. Only codes and cost are read. */
  readonly answer: RequestAnswer;
}

export interface RequestAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: Readonly<Record<string, unknown>> }[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** One for a router. Every operation passes `begin` and `finish` once, whichever way it came. */
export interface Observability {
  readonly metrics: RouterMetrics;
  /**
   * Notes that an operation came in. The record belongs into its Caller: `record` and `span` as they are, its `headers`
   * among the Caller's.
   */
  begin(start: RequestStart): RequestRecord;
  /** Counts it, writes its line in the log and ends its span. Once for each record. */
  finish(record: RequestRecord, end: RequestEnd): void;
}

export const SLOW_REQUEST_MS = 1_000;
/** An answer may have an error for each item of a list; the first ones tell what there is. */
const ERRORS_READ_MAX = 50;

const UNTRACED: Begun = { span: undefined, headers: Object.freeze({}) };
const NO_CODES: readonly string[] = [];

export function createObservability(options: ObservabilityOptions): Observability {
  const { metrics, logger, tracer } = options;
  const log = new AccessLog(logger, options.slowRequestMs ?? SLOW_REQUEST_MS);

  return {
    metrics,
    begin: ({ requestId, arrival, headers }) =>
      new RequestRecord(
        requestId,
        arrival,
        tracer === undefined ? UNTRACED : beginSpan(tracer, { requestId, arrival, headers }),
      ),
    finish(record, { operation, status, answer }) {
      const ms = performance.now() - record.startedAtMs;
      const codes = codesOf(answer);
      const cost = answer.extensions?.cost as Readonly<Record<string, unknown>> | undefined;
      metrics.requests.observe({
        operation,
        status,
        seconds: ms / 1_000,
        codes,
        isRefusal: answer.data === undefined && codes.length > 0,
        estimatedCost: numberOf(cost?.estimated),
        actualCost: numberOf(cost?.actual),
      });
      log.write({ record, operation, status, codes, ms, cost });
      if (record.span !== undefined) endSpan(record, { operation, status, codes }, metrics);
    },
  };
}

/** Sources: https://opentelemetry.io/docs/specs/semconv/graphql/ and https://opentelemetry.io/docs/specs/semconv/http/ */
function beginSpan(tracer: Tracer, { requestId, arrival, headers }: RequestStart): Begun {
  return tracer.begin('graphql', 'SERVER', {
    ...(headers === undefined ? {} : { headers }),
    attributes: { 'network.protocol.name': arrival, 'omsx.request_id': requestId },
  });
}

function endSpan(
  { span }: RequestRecord,
  end: { readonly operation: Operation | null; readonly status: number; readonly codes: readonly string[] },
  { requests }: RouterMetrics,
): void {
  const { operation, status, codes } = end;
  if (span === undefined) return;
  if (operation !== null) {
    // Bounded as the labels of metrics are, because back ends make metrics of the names of spans.
    span.rename(`${operation.kind} ${requests.names.labelOf(operation)}`);
    span.set({
      'graphql.operation.type': operation.kind,
      ...(operation.name === undefined ? {} : { 'graphql.operation.name': operation.name }),
      'omsx.graphql.document.hash': operation.hash,
    });
  }
  span.set({ 'http.response.status_code': status });
  if (status >= 500 || codes.length > 0) span.fail(codes[0] ?? String(status));
  span.end();
}

/** Distinct codes, in the order of the errors. */
function codesOf({ errors }: RequestAnswer): readonly string[] {
  if (errors === undefined || errors.length === 0) return NO_CODES;
  const codes = new Set<string>();
  for (let index = 0; index < errors.length && index < ERRORS_READ_MAX; index++) {
    const code = errors[index]?.extensions?.code;
    codes.add(typeof code === 'string' ? code : 'OTHER');
  }
  return [...codes];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
