import { GraphQLError, type GraphQLFormattedError, type OperationTypeNode } from 'graphql';
import { ERROR_CODES } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { SubgraphUnavailableError } from './transport/port.ts';

/** Codes of errors in the request itself. */
const REQUEST_CODES = new Set([
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'PERSISTED_QUERY_ID_REQUIRED',
]);

/** graphql-js gives no code to a value that does not fit its type; it is the client's, not ours. */
const COERCION_FAULT = /^(Variable "\$|Argument ")/;
const PATH_MAX = 100;

/** True when an error of this code was written to be shown. */
export function isPublicCode(code: unknown): boolean {
  return typeof code === 'string' && (Object.hasOwn(ERROR_CODES, code) || REQUEST_CODES.has(code));
}

/** What a client sees in place of a fault of ours. */
export function internalError(
  requestId: string,
  path?: GraphQLFormattedError['path'],
): GraphQLFormattedError {
  return {
    message: `something went wrong on our side; quote request ${requestId}`,
    ...(path === undefined ? {} : { path: path.slice(0, PATH_MAX) }),
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: true, requestId },
  };
}

/** What is known of an operation when a subgraph does not answer one of its fetches. */
export type Outage = keyof typeof OUTAGES;

const OUTAGES = {
  /** It changes nothing. */
  READ: 'retry later',
  /** The fetch is of a mutation that the subgraph has certainly not seen. */
  NOT_SENT: 'nothing happened, retry later',
  /** The fetch is of a mutation that the subgraph may have carried out. */
  UNKNOWN: 'the outcome is unknown, a retry with the same idempotency key is safe',
  /** The fetch only reads, after a mutation of the same operation. */
  AFTER_MUTATION:
    'this is missing in the answer to a mutation, which a retry with the same idempotency key does not repeat',
};

/** @param error of the transport, where it was one that failed */
export function outageOf(
  operationKind: OperationTypeNode,
  fetchKind: OperationTypeNode,
  error?: unknown,
): Outage {
  if (operationKind !== 'mutation') return 'READ';
  if (fetchKind !== 'mutation') return 'AFTER_MUTATION';
  return error instanceof SubgraphUnavailableError && !error.wasSent ? 'NOT_SENT' : 'UNKNOWN';
}

/** What a client sees in place of a subgraph that does not answer. */
export function unavailableError(
  subgraph: string,
  requestId: string,
  outage: Outage,
  path?: readonly (string | number)[],
): GraphQLFormattedError {
  return {
    message: `${subgraph} does not answer at present; ${OUTAGES[outage]}`,
    ...(path === undefined ? {} : { path }),
    extensions: { code: 'UNAVAILABLE', retryable: true, subgraph, requestId },
  };
}

/** An error as it may leave: ours keep their words, anything else is logged and told as a code. */
export function toPublicError(
  error: GraphQLFormattedError,
  requestId: string,
  logger: Logger,
): GraphQLFormattedError {
  const {
    code,
    serviceName: _,
    stacktrace: __,
    ...rest
  } = (error.extensions ?? {}) as Record<string, unknown>;
  if (code === undefined && COERCION_FAULT.test(error.message)) {
    return { ...shape(error), extensions: { code: 'BAD_USER_INPUT', retryable: false, requestId } };
  }
  if (!isPublicCode(code) || code === 'INTERNAL_SERVER_ERROR') {
    logger.error({ requestId, path: error.path, code, fault: error.message }, 'a request failed');
    return internalError(requestId, error.path);
  }
  return { ...shape(error), extensions: { ...rest, code, requestId } };
}

/** For what has to be an instance, such as the errors of an ExecutionResult. */
export function toGraphQLError(error: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(error.message, {
    path: error.path ?? null,
    extensions: error.extensions ?? null,
  });
}

function shape(error: GraphQLFormattedError): Omit<GraphQLFormattedError, 'extensions'> {
  return {
    message: error.message,
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
  };
}
