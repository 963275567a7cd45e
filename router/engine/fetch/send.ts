import type { DocumentNode, ExecutionResult, FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { type Outage, outageOf } from '../../errors.ts';
import type { Transport, TransportRequest } from '../../transport/port.ts';
import type { EntityFetch, RootFetch } from '../plan/plan.ts';
import type { FetchKit, OnFetch } from './kit.ts';
import { isRaw, type Raw } from './raw.ts';
import type { Run } from './run.ts';

/** What a subgraph answered, as far as it has the form of an answer. */
export interface Answer {
  readonly data: Raw | null;
  readonly errors: readonly GraphQLFormattedError[];
}

/** An answer, or what is known without one. */
export type Reply = Answer | Outage;

export function isOutage(reply: Reply): reply is Outage {
  return typeof reply === 'string';
}

/** A fetch of a plan with everything worked out that does not depend on the request. */
export class Sender {
  readonly subgraph: string;
  readonly #kit: FetchKit;
  readonly #transport: Transport;
  readonly #request: Pick<TransportRequest, 'kind' | 'query' | 'document' | 'operationName'>;
  /** Planned name and client's name of each variable. */
  readonly #variables: readonly (readonly [string, string])[];
  readonly #onFetch: OnFetch | undefined;

  constructor(fetch: RootFetch | EntityFetch, document: DocumentNode, kit: FetchKit) {
    this.subgraph = fetch.subgraph;
    this.#kit = kit;
    this.#transport = kit.transportOf(fetch.subgraph);
    this.#request = {
      kind: fetch.operationKind,
      query: fetch.text,
      document,
      ...(fetch.operationName === undefined ? {} : { operationName: fetch.operationName }),
    };
    const clientNames = kit.names.variables;
    this.#variables = fetch.variables.map((planned) => [planned, clientNames.get(planned) ?? planned]);
    this.#onFetch = kit.onFetch;
  }

  get described(): {
    readonly subgraph: string;
    readonly query: string;
    readonly operationName: string | undefined;
  } {
    return {
      subgraph: this.subgraph,
      query: this.#request.query,
      operationName: this.#request.operationName,
    };
  }

  /** The client's variables that this fetch uses. */
  variablesOf(run: Pick<Run, 'request'>): Raw {
    const given = run.request.variables;
    const variables: Raw = {};
    for (const [planned, name] of this.#variables) {
      if (Object.hasOwn(given, name) && given[name] !== undefined) variables[planned] = given[name];
    }
    return variables;
  }

  /** That no answer came is logged. Never rejects. */
  send(run: Run, variables: Raw, event?: TransportRequest['event']): Promise<Reply> {
    const startedAtMs = this.#onFetch === undefined ? 0 : performance.now();
    const { caller } = run.request;
    const request: TransportRequest =
      event === undefined
        ? { ...this.#request, variables, caller }
        : { ...this.#request, variables, caller, event };
    let sent: ReturnType<Transport['execute']>;
    try {
      sent = this.#transport.execute(request);
    } catch (error) {
      sent = Promise.reject(error);
    }
    return sent.then(
      (result) => this.#receive(run, result, startedAtMs),
      (error: unknown) => this.#fail(run, error, startedAtMs),
    );
  }

  /** Also for an answer that came by itself: a message of a subgraph's own stream. */
  receive(run: Run, result: ExecutionResult | FormattedExecutionResult): Reply {
    return this.#receive(run, result, performance.now());
  }

  /** Logs why there is no answer, or none that is what was asked for. */
  refuse(run: Run, fault: unknown): Outage {
    const { caller, operation } = run.request;
    const { requestId } = caller;
    const told = { requestId, subgraph: this.subgraph, fault: String(fault) };
    this.#kit.logger.warn(told, 'a subgraph is unavailable');
    return outageOf(operation.kind, this.#request.kind, fault);
  }

  #receive(run: Run, result: ExecutionResult | FormattedExecutionResult, startedAtMs: number): Reply {
    const { data, errors, extensions } = isRaw(result) ? (result as ExecutionResult) : {};
    const hasForm =
      (data === undefined || data === null || isRaw(data)) && (errors === undefined || Array.isArray(errors));
    // Section 7.1 of the specification: no data, and nothing that says why, is no response.
    if (!hasForm || ((data === undefined || data === null) && !errors?.length)) {
      return this.#fail(run, 'the answer is no GraphQL response', startedAtMs);
    }
    if (extensions?.idempotentReplay === true) run.isReplay = true;
    const list = errors === undefined ? NONE : errors.map(formatted);
    this.#tell(startedAtMs, list.length === 0 ? 'OK' : 'ERRORS');
    return { data: (data as Raw | undefined) ?? null, errors: list };
  }

  #fail(run: Run, error: unknown, startedAtMs: number): Outage {
    this.#tell(startedAtMs, 'UNAVAILABLE');
    return this.refuse(run, error);
  }

  #tell(startedAtMs: number, outcome: Parameters<OnFetch>[0]['outcome']): void {
    if (this.#onFetch === undefined) return;
    this.#onFetch({ subgraph: this.subgraph, ms: performance.now() - startedAtMs, outcome });
  }
}

const NONE: readonly GraphQLFormattedError[] = [];

function formatted(error: unknown): GraphQLFormattedError {
  if (!isRaw(error)) return { message: String(error) };
  return (
    'toJSON' in error && typeof error.toJSON === 'function' ? error.toJSON() : error
  ) as GraphQLFormattedError;
}
