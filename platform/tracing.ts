import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Traces, as the code sees them. Without a Tracer nothing here does anything, and nothing of OpenTelemetry is loaded:
 * a request that is not recorded has no Span, and whoever would add to one asks for it once.
 */
export interface Tracer {
  /** Continues the trace that `headers` name, or begins one; the sampler decides whether it is recorded. */
  begin(name: string, kind: SpanKind, from?: TraceStart): Begun;
  /** Sends what is waiting, for a bounded time. */
  close(): Promise<void>;
}

export interface TraceStart {
  /** Of the request as it came in, by lower-case name; only `traceparent` and `tracestate` are read. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly attributes?: Attributes;
  /** Of `performance.now()`. */
  readonly startedAtMs?: number;
}

export interface Begun {
  /** Undefined when the trace is not recorded. */
  readonly span: Span | undefined;
  /** For whoever is called on its behalf. Also of a trace that is not recorded, so that nobody below records it. */
  readonly headers: TraceHeaders;
}

/** Something that takes time, on behalf of a request that is recorded. Never given a value of a variable or a row. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Make whoever receives them continue below this span. */
  readonly headers: TraceHeaders;
  child(name: string, kind: SpanKind, attributes?: Attributes): Span;
  /** A child that began at `startedAtMs` of `performance.now()` and ends now. */
  note(name: string, startedAtMs: number, attributes?: Attributes): void;
  rename(name: string): void;
  set(attributes: Attributes): void;
  /** Names another span, of any trace, that has to do with this one. */
  link(other: Span): void;
  /** @param type a code or the name of an error's class; not its message, which may quote a value */
  fail(type: string): void;
  /** Once, after which nothing more is taken. */
  end(): void;
}

export type SpanKind = 'SERVER' | 'CLIENT' | 'PRODUCER' | 'INTERNAL';
export type Attributes = Readonly<Record<string, string | number | boolean>>;
/** `traceparent` and, where the trace has one, `tracestate`. Source: https://www.w3.org/TR/trace-context/ */
export type TraceHeaders = Readonly<Record<string, string>>;

/** A difference in them makes no request a different one: what coalesces or caches requests leaves them out of its key. */
export const TRACE_HEADER_NAMES: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

/**
 * The span that what runs now is part of, where it cannot be handed on as a parameter: from a resolver, through Loaders
 * and lanes, to a statement. Node tracks it only once a first span was active; until then asking costs a comparison.
 */
const active = new AsyncLocalStorage<Span>();

export function activeSpan(): Span | undefined {
  return active.getStore();
}

/** Runs `work` as part of `span`; without one, as it would run anyway. */
export function withSpan<T>(span: Span | undefined, work: () => T): T {
  return span === undefined ? work() : active.run(span, work);
}

/** Runs `work` as part of no span: it serves others than whoever happened to start it. */
export function withoutSpan<T>(work: () => T): T {
  return active.getStore() === undefined ? work() : active.exit(work);
}

/** Runs `work` within `span`, and ends the span when it is settled; a rejection is noted by the kind of error. */
export async function spanning<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await active.run(span, work);
  } catch (error) {
    span.fail(faultType(error));
    throw error;
  } finally {
    span.end();
  }
}

/** SQLSTATE, socket code or class of an error: what may be told of it, as its message may quote a value. */
export function faultType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'Error';
}
