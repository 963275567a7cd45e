import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { faultType, type Span, withSpan } from '../../platform/tracing.ts';
import { SubgraphUnavailableError, type Transport, type TransportRequest } from '../transport/port.ts';
import type { FetchMetrics, FetchOutcome } from './fetchMetrics.ts';

/**
 * A transport whose fetches are timed, counted, added to the record of their request and, where that is in a trace, a
 * span each. The span's headers replace those of the caller, so that a subgraph elsewhere continues below the fetch;
 * what one in this process does is part of it.
 *
 * @param url null for a subgraph in this process
 */
export function observeTransport(transport: Transport, metrics: FetchMetrics, url: string | null): Transport {
  const { name, stats } = transport;
  if (stats !== undefined) metrics.transports.watch(name, () => transport.stats ?? stats);

  async function run(request: TransportRequest, span: Span | undefined): ReturnType<Transport['execute']> {
    const startedAtMs = performance.now();
    let outcome: FetchOutcome = 'FAILED';
    try {
      const result = await transport.execute(request);
      outcome = result.errors === undefined || result.errors.length === 0 ? 'OK' : 'ERRORS';
      if (span !== undefined && outcome === 'ERRORS') span.fail(firstCode(result));
      return result;
    } catch (error) {
      if (error instanceof SubgraphUnavailableError) outcome = error.reason;
      if (span !== undefined) noteFault(span, error);
      throw error;
    } finally {
      const ms = performance.now() - startedAtMs;
      metrics.observeFetch(name, outcome, ms / 1_000);
      request.caller.record?.addFetch(name, ms);
      span?.end();
    }
  }

  const execute = (request: TransportRequest): ReturnType<Transport['execute']> => {
    const parent = request.caller.span;
    if (parent === undefined) return run(request, undefined);
    const span = beginFetch(parent, name, request, url);
    const { caller } = request;
    const headers = { ...caller.headers, ...span.headers };
    const traced = (): ReturnType<Transport['execute']> =>
      run({ ...request, caller: { ...caller, headers, span } }, span);
    return url === null ? withSpan(span, traced) : traced();
  };
  const { subscribe } = transport;
  return {
    name,
    execute,
    ...(subscribe && { subscribe: (request, signal) => subscribe.call(transport, request, signal) }),
    close: () => transport.close(),
  };
}

/** Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client */
function beginFetch(parent: Span, name: string, request: TransportRequest, url: string | null): Span {
  const { operationName, kind, variables } = request;
  return parent.child(`fetch ${name}`, 'CLIENT', {
    'omsx.subgraph': name,
    'graphql.operation.type': kind,
    ...(operationName === undefined ? {} : { 'graphql.operation.name': operationName }),
    ...(url === null ? {} : { 'url.full': url, 'http.request.method': 'POST' }),
    'omsx.fetch.entities': countEntities(variables),
  });
}

/** Representations are objects with a type name; a plan may send several lists of them at once. */
function countEntities(variables: Readonly<Record<string, unknown>>): number {
  let count = 0;
  for (const value of Object.values(variables)) {
    const first: unknown = Array.isArray(value) ? value[0] : undefined;
    if (typeof first === 'object' && first !== null && '__typename' in first) {
      count += (value as readonly unknown[]).length;
    }
  }
  return count;
}

function noteFault(span: Span, error: unknown): void {
  const fault = error instanceof SubgraphUnavailableError ? error : null;
  if (fault?.status) span.set({ 'http.response.status_code': fault.status });
  span.fail(fault?.reason ?? faultType(error));
}

function firstCode({ errors }: ExecutionResult | FormattedExecutionResult): string {
  const code = errors?.[0]?.extensions?.code;
  return typeof code === 'string' ? code : 'GRAPHQL_ERROR';
}
