import { randomUUID } from 'node:crypto';
import { OperationTypeNode } from 'graphql';
import { ORIGIN } from '../../platform/cursor.ts';
import { ApiError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { PrimaryFetch } from '../engine/port.ts';
import type { Graph } from '../graph.ts';
import type { Transport, TransportRequest } from '../transport/port.ts';
import type { StreamPlan } from './plan.ts';
import type { SubscriptionSource } from './source.ts';

/** The transport that a Graph's subgraph is reached by; undefined when there is none. */
export type TransportOf = (graph: Graph, subgraph: string) => Transport | undefined;

/** A stream that a subgraph serves, and how it is asked for. */
interface Upstream {
  readonly transport: Transport;
  readonly fetch: PrimaryFetch;
}

/** The subgraph's own stream. It has no cursor, so what a reader misses is gone and its stream has to end. */
export function createUpstreamSource(
  planned: StreamPlan,
  transportOf: TransportOf,
  logger: Logger,
): SubscriptionSource {
  let opening: Promise<Upstream> | undefined;

  return {
    history: null,
    passesFailures: true,
    async *follow(signal) {
      opening = findUpstream(planned, transportOf);
      const { transport, fetch } = await opening;
      if (signal.aborted) return;
      const stream = transport.subscribe?.(requestOf(fetch, planned), signal);
      if (stream === undefined) throw notServed(planned.field);
      yield { kind: 'CAUGHT_UP', position: ORIGIN };
      try {
        let messages = 0n;
        for await (const result of stream) {
          messages++;
          const position = { xid: 0n, seq: messages };
          yield { kind: 'EVENT', position, cursor: null, id: null, primary: { kind: 'RESULT', result } };
        }
      } catch (error) {
        logger.warn({ subgraph: fetch.subgraph, fault: String(error) }, 'a stream of a subgraph broke');
        throw interrupted(fetch.subgraph);
      }
    },
    async serves(plan) {
      const [open, other] = await Promise.all([opening, findUpstream(plan, transportOf)]);
      return (
        open?.transport === other.transport && JSON.stringify(open.fetch) === JSON.stringify(other.fetch)
      );
    },
  };
}

async function findUpstream(plan: StreamPlan, transportOf: TransportOf): Promise<Upstream> {
  const { graph, operation, variables, caller, mask } = plan.admitted;
  const labels = graph.overrides(caller.identity.budgetKey);
  const fetch = await graph.engine.primaryFetch({ operation, variables, caller, mask, labels });
  const transport = transportOf(graph, fetch.subgraph);
  if (transport?.subscribe === undefined) throw notServed(plan.field);
  return { transport, fetch };
}

function requestOf(fetch: PrimaryFetch, { admitted }: StreamPlan): TransportRequest {
  const { query, variables, operationName } = fetch;
  return {
    kind: OperationTypeNode.SUBSCRIPTION,
    query,
    variables,
    caller: { ...admitted.caller, requestId: randomUUID() },
    ...(operationName === undefined ? {} : { operationName }),
  };
}

/** Nobody can tell what was missed, so the client is told rather than connected again behind its back. */
function interrupted(subgraph: string): ApiError {
  const message = `The stream of ${subgraph} broke; subscribe again.`;
  return new ApiError('STREAM_INTERRUPTED', message, { subgraph });
}

function notServed(field: string): ApiError {
  return new ApiError('BAD_USER_INPUT', `${field} cannot be subscribed to.`);
}
