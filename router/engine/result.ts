import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import { internalError, toGraphQLError, toPublicError } from '../errors.ts';
import type { FetchContext } from './service.ts';

/**
 * The executor's answer as clients get it: errors fit to be shown, a null where the schema promises a value told
 * as an error (Apollo's executor hides it in an extension), and whether the mutation was a replay.
 */
export function shapeResult(
  result: ExecutionResult,
  context: Pick<FetchContext, 'request' | 'idempotentReplay'>,
  logger: Logger,
): ExecutionResult {
  const { requestId } = context.request;
  const errors = (result.errors ?? []).map((error) => show(error, requestId, logger));
  const hidden = result.extensions?.valueCompletion;
  if (errors.length === 0 && Array.isArray(hidden)) {
    for (const error of hidden as readonly GraphQLFormattedError[]) {
      logger.error({ requestId, path: error.path, fault: error.message }, 'a value did not fit the schema');
      errors.push(toGraphQLError(internalError(requestId, error.path)));
    }
  }
  return {
    ...(result.data === undefined ? {} : { data: result.data }),
    ...(errors.length === 0 ? {} : { errors }),
    ...(context.idempotentReplay ? { extensions: { idempotentReplay: true } } : {}),
  };
}

function show(error: GraphQLError | Error, requestId: string, logger: Logger): GraphQLError {
  const formatted = error instanceof GraphQLError ? error.toJSON() : { message: error.message };
  return toGraphQLError(toPublicError(formatted, requestId, logger));
}
