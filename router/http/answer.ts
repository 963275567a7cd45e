import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import type { RequestAnswer } from '../observability/observability.ts';
import type { Exchange } from './exchange.ts';
import { type Failure, failureOf, failureOfErrors } from './failure.ts';
import { type Accepted, acceptedBy, JSON_TYPE, RESPONSE_TYPE } from './negotiate.ts';
import type { Reply } from './reply.ts';

const PARTIAL_SUCCESS = 294;
const OK = 200;
/** Told under 200, as Apollo's clients take other statuses for the end of persisted queries. */
const PERSISTED_CODES: ReadonlySet<unknown> = new Set([
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);
const FOR_POST = ['cache-control', 'no-store'];
const FOR_GET = [...FOR_POST, 'vary', 'accept, accept-encoding, authorization, origin'];

/** What running an operation gave, ready to be sent. Shared by requests that are coalesced. */
export interface Answer {
  readonly body: string;
  readonly told: RequestAnswer;
  /** Set when there is no data, so that nothing was run. */
  readonly failure: Omit<Failure, 'errors'> | null;
}

/** An answer in the form that its client accepts, and what is noted of it. */
export interface Told {
  readonly reply: Reply;
  readonly answer: RequestAnswer;
}

export function answerOf(result: ExecutionResult, requestId: string): Answer {
  if (result.errors === undefined) return { body: JSON.stringify(result), told: result, failure: null };
  const errors = result.errors.map((error) => withRequestId(error.toJSON?.() ?? error, requestId));
  const told = { ...result, errors };
  const failure = result.data === undefined ? failureOfErrors(errors) : null;
  return { body: JSON.stringify(told), told, failure };
}

function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  if (error.extensions?.requestId !== undefined) return error;
  return { ...error, extensions: { ...error.extensions, requestId } };
}

/** The status follows from the media type: GraphQL over HTTP (September 2026), section Status Codes. */
export function replyTo(exchange: Exchange, { body, told, failure }: Answer, accepted: Accepted): Told {
  const type = accepted.type ?? JSON_TYPE;
  const headers = cachingOf(exchange);
  if (failure !== null) {
    const status = statusOf(failure, type, accepted);
    return { reply: replyOf(status, type, body, [...headers, ...failure.headers]), answer: told };
  }
  // A client of application/json trusts 200 alone.
  const status = told.errors !== undefined && type === RESPONSE_TYPE ? PARTIAL_SUCCESS : OK;
  return { reply: replyOf(status, type, body, headers), answer: told };
}

/** The answer to a request that is not run, in the words of whoever refused it. A fault of ours is logged. */
export function refusalOf(exchange: Exchange, error: unknown, logger: Logger): Told {
  const accepted = acceptedBy(exchange.request.headers.accept);
  const failure = failureOf(error, exchange.requestId, logger);
  const { errors } = failure;
  const answer = { errors };
  const headers = [...cachingOf(exchange), ...failure.headers];
  const isPersistence = PERSISTED_CODES.has(errors[0]?.extensions?.code);
  const type = isPersistence && accepted.json ? JSON_TYPE : (accepted.type ?? JSON_TYPE);
  const status = isPersistence && accepted.json ? OK : statusOf(failure, type, accepted);
  return { reply: replyOf(status, type, JSON.stringify(answer), headers), answer };
}

/** A client that names application/json learns of what is wrong with its document from the body. */
function statusOf(failure: Omit<Failure, 'errors'>, type: string, accepted: Accepted): number {
  return failure.isOfDocument && type === JSON_TYPE && accepted.namesJson ? OK : failure.status;
}

function replyOf(status: number, type: string, body: string, headers: readonly string[]): Reply {
  return { status, type: `${type}; charset=utf-8`, body, headers };
}

function cachingOf({ request }: Exchange): readonly string[] {
  return request.method === 'GET' ? FOR_GET : FOR_POST;
}
