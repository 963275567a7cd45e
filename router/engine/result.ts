import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import { internalError, toGraphQLError, toPublicError } from '../errors.ts';
import type { EngineRequest, EngineResult } from './port.ts';
import type { FetchContext } from './service.ts';

/**
 * The executor's answer as clients get it: errors fit to be shown, a null where the schema promises a value told
 * as an error (Apollo's executor hides it in an extension), and whether the mutation was a replay.
 */
export function shapeResult(
  result: ExecutionResult,
  context: Pick<FetchContext, 'request' | 'idempotentReplay'>,
  logger: Logger,
): EngineResult {
  const { requestId } = context.request.caller;
  const errors = (result.errors ?? []).map((error) => show(error, requestId, logger));
  const hidden = result.extensions?.valueCompletion;
  if (errors.length === 0 && Array.isArray(hidden)) {
    const lookUps = lookUpsOf(context.request);
    for (const error of hidden as readonly GraphQLFormattedError[]) {
      if (lookUps.has(String(error.path?.[0]))) continue;
      logger.error({ requestId, path: error.path, fault: error.message }, 'a value did not fit the schema');
      errors.push(toGraphQLError(internalError(requestId, error.path)));
    }
  }
  return {
    ...(result.data === undefined ? {} : { data: result.data }),
    ...(errors.length === 0 ? {} : { errors }),
    isReplay: context.idempotentReplay,
  };
}

/**
 * Response names of `node` and `nodes`. They promise only that an id is well-formed; that its subgraph then has no such
 * object is an answer, null, and not a fault.
 */
function lookUpsOf({ operation }: EngineRequest): ReadonlySet<string> {
  const names = new Set<string>();
  for (const selection of operation.definition.selectionSet.selections) {
    if (selection.kind !== 'Field') continue;
    const { name, alias } = selection;
    if (name.value === 'node' || name.value === 'nodes') names.add((alias ?? name).value);
  }
  return names;
}

function show(error: GraphQLError | Error, requestId: string, logger: Logger): GraphQLError {
  const formatted = error instanceof GraphQLError ? error.toJSON() : { message: error.message };
  return toGraphQLError(toPublicError(formatted, requestId, logger));
}
