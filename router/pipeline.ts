import { type ExecutionResult, OperationTypeNode } from 'graphql';
import { ApiError } from '../platform/errors.ts';
import { unauthenticated } from './auth.ts';
import type { Caller } from './caller.ts';
import type { EngineResult, Primary } from './engine/port.ts';
import type { Graph } from './graph.ts';
import type { Graphs } from './graphs.ts';
import type { Operation } from './operation/operation.ts';
import { coerceVariables } from './operation/variables.ts';
import type { Mask } from './protection/mask.ts';

/** A request as any transport brings it: its text is known, whether it was sent or looked up. */
export interface GraphqlRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** A request that may run: valid, within the limits, paid for. */
export interface Admitted {
  readonly graph: Graph;
  readonly request: GraphqlRequest;
  readonly operation: Operation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly mask: Mask | null;
  readonly caller: Caller;
  readonly cost: Cost | null;
}

export interface Cost {
  readonly estimated: number;
  /** What the caller's budget has left; null without a budget. */
  readonly remaining: number | null;
}

/** Rate by cost. */
export interface Budget {
  /** @throws {ApiError} RATE_LIMITED when there is not enough left */
  take(budgetKey: string, cost: number): number | Promise<number>;
  /** Gives back, or takes, what the estimate was wrong by. */
  settle(budgetKey: string, difference: number): void;
}

export interface PipelineOptions {
  readonly graphs: Graphs;
  /** False where subgraphs decide for themselves whom they answer. Introspection never needs credentials. */
  readonly requiresCredentials: boolean;
  /** Whether the schema may be read. */
  readonly introspection: boolean;
  readonly budget: Budget | null;
}

/** The way of every operation, whichever transport brought it. */
export interface Pipeline {
  /**
   * Decides whether a request may run.
   *
   * @param kinds what the transport can carry; all when left out
   * @throws {OperationError} for a text, name or variables that are no operation
   * @throws {ApiError} UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED, COST_LIMIT_EXCEEDED
   */
  admit(request: GraphqlRequest, caller: Caller, kinds?: readonly OperationTypeNode[]): Promise<Admitted>;
  /** Runs it. Never rejects for a fault of a subgraph. Retry as far as the operation may be retried. */
  execute(admitted: Admitted, primary?: Primary): Promise<ExecutionResult>;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { graphs, budget } = options;

  return {
    async admit(request, caller, kinds) {
      const graph = graphs.current();
      const operation = graph.operations.get(request.query, request.operationName);
      if (kinds !== undefined && !kinds.includes(operation.kind)) throw wrongKind(operation, kinds);
      permit(operation, caller, options);
      const variables = coerceVariables(
        graph.supergraph.apiSchema,
        operation,
        request.variables ?? {},
        !options.introspection,
      );
      const estimated = graph.protection.estimate?.(operation, variables);
      const masking = graph.protection.mask(operation, caller.identity);
      const mask = masking instanceof Promise ? await masking : masking;
      const cost = estimated === undefined ? null : await pay(estimated, caller, budget);
      return { graph, request, operation, variables, mask, caller, cost };
    },

    async execute(admitted, primary) {
      const { graph, operation, variables, mask, caller } = admitted;
      const labels = graph.overrides(caller.identity.budgetKey);
      const result = await graph.engine.execute({
        operation,
        variables,
        caller,
        mask,
        labels,
        ...(primary === undefined ? {} : { primary }),
      });
      return finish(result, admitted, budget);
    },
  };
}

function permit(operation: Operation, caller: Caller, options: PipelineOptions): void {
  if (operation.readsSchema && !options.introspection) {
    throw new ApiError('FORBIDDEN', 'The schema cannot be read here: introspection is off.');
  }
  // The schema is the same for everyone, so reading it needs nobody.
  if (operation.isIntrospection || caller.identity.isAuthenticated || !options.requiresCredentials) return;
  throw unauthenticated('This needs credentials.');
}

async function pay(estimated: number, caller: Caller, budget: Budget | null): Promise<Cost> {
  if (budget === null) return { estimated, remaining: null };
  const taken = budget.take(caller.identity.budgetKey, estimated);
  return { estimated, remaining: typeof taken === 'number' ? taken : await taken };
}

/** The answer as clients get it: whether it is a replay, and what it cost. */
function finish(result: EngineResult, admitted: Admitted, budget: Budget | null): ExecutionResult {
  const { cost, caller } = admitted;
  const { data, errors, isReplay, actualCost } = result;
  if (budget !== null && cost !== null && actualCost !== undefined) {
    budget.settle(caller.identity.budgetKey, actualCost - cost.estimated);
  }
  const shown =
    cost === null ? null : { ...cost, ...(actualCost === undefined ? {} : { actual: actualCost }) };
  const extensions = {
    ...(isReplay ? { idempotentReplay: true } : {}),
    ...(shown === null ? {} : { cost: shown }),
  };
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined || errors.length === 0 ? {} : { errors }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
  };
}

function wrongKind(operation: Operation, kinds: readonly OperationTypeNode[]): ApiError {
  const isSubscription = operation.kind === OperationTypeNode.SUBSCRIPTION;
  const hint = isSubscription
    ? 'Open it over a WebSocket (subprotocol graphql-transport-ws), or accept text/event-stream.'
    : 'Send it with POST.';
  return new ApiError(
    'BAD_USER_INPUT',
    `A ${operation.kind} cannot be sent this way: expected a ${kinds.join(' or a ')}. ${hint}`,
    // What a stream needs is another Accept; what a mutation needs is another method.
    { http: { status: isSubscription ? 406 : 405 } },
  );
}
