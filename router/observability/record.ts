import type { Span, TraceHeaders } from '../../platform/tracing.ts';

/** How an operation came, `http` for event streams too; `event` is one message of a subscription, resolved for all who get it. */
export type Arrival = 'http' | 'websocket' | 'event';

export interface SubgraphTime {
  fetches: number;
  /** Summed up: fetches of one plan may overlap. */
  ms: number;
}

/** What is noted about one request while it runs, for its line in the log and its place in a trace. */
export class RequestRecord {
  readonly requestId: string;
  readonly arrival: Arrival;
  readonly startedAtMs = performance.now();
  /** Undefined when the request is not recorded in a trace. */
  readonly span: Span | undefined;
  /** Trace context for whoever is asked on its behalf; empty where traces are off. */
  readonly headers: TraceHeaders;
  #subgraphs: Map<string, SubgraphTime> | undefined;

  constructor(
    requestId: string,
    arrival: Arrival,
    trace: { readonly span: Span | undefined; readonly headers: TraceHeaders },
  ) {
    this.requestId = requestId;
    this.arrival = arrival;
    this.span = trace.span;
    this.headers = trace.headers;
  }

  addFetch(subgraph: string, ms: number): void {
    this.#subgraphs ??= new Map();
    const time = this.#subgraphs.get(subgraph);
    if (time === undefined) {
      this.#subgraphs.set(subgraph, { fetches: 1, ms });
      return;
    }
    time.fetches++;
    time.ms += ms;
  }

  get subgraphs(): ReadonlyMap<string, SubgraphTime> {
    return this.#subgraphs ?? NO_SUBGRAPHS;
  }
}

const NO_SUBGRAPHS: ReadonlyMap<string, SubgraphTime> = new Map();
