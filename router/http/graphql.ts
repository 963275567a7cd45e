import { OperationTypeNode } from 'graphql';
import type { Allowance } from '../allowance.ts';
import type { RequestAnswer } from '../observability/observability.ts';
import type { RequestRecord } from '../observability/record.ts';
import type { Operation } from '../operation/operation.ts';
import type { GraphqlPayload } from '../operation/payload.ts';
import { refusalOf, replyTo, type Told } from './answer.ts';
import { callerOf } from './callerOf.ts';
import type { Run } from './coalesce.ts';
import type { Exchange } from './exchange.ts';
import { EXPLORER_PATH, isExplorerServed } from './explorer/explorer.ts';
import { refuseForgery } from './forgery.ts';
import type { HttpLimits } from './limits.ts';
import { type Accepted, acceptedBy, JSON_TYPE, RESPONSE_TYPE } from './negotiate.ts';
import { postedPayload, queriedPayload } from './parameters.ts';
import type { HttpParts } from './port.ts';
import { ClientGone, HttpRefusal } from './refusal.ts';
import { commonHeaders } from './reply.ts';
import type { Slots } from './slots.ts';

const { QUERY, MUTATION, SUBSCRIPTION } = OperationTypeNode;

/** What nginx notes of a client that left before it was answered. Nobody is sent it. */
const CLIENT_LEFT = 499;

export interface GraphqlParts extends HttpParts {
  readonly limits: HttpLimits;
  readonly run: Run;
  readonly slots: Slots;
  readonly room: Allowance;
}

/**
 * Answers a request at the GraphQL endpoint; null when there is nothing more to be written, and then the record is finished:
 * a stream took it over, or nobody waits any more.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
export async function answerGraphql(
  exchange: Exchange,
  record: RequestRecord,
  parts: GraphqlParts,
): Promise<Told | null> {
  const accepted = acceptedBy(exchange.request.headers.accept);
  if (accepted.html && exchange.request.method === 'GET' && isExplorerServed(parts.config)) {
    return toExplorer(exchange);
  }
  try {
    const payload = await payloadOf(exchange, parts, accepted);
    if (!exchange.occupy(parts.slots)) throw overloaded();
    const { config, identifier, limits, documents, sse } = parts;
    const caller = await callerOf(exchange, record, { config, identifier, answerDueMs: limits.answerDueMs });
    const asked = await documents.textOf(payload);
    const admitted = await parts.pipeline.admit(asked, caller, kindsOf(exchange, parts, accepted));
    documents.keep(asked);
    const { operation } = admitted;
    exchange.operation = operation;
    if (sse !== null && (operation.kind === SUBSCRIPTION || accepted.type === null)) {
      openStream(exchange, parts);
      await sse(admitted, caller, exchange.request, exchange.response);
      // Whatever a stream begins with finishes the record.
      return exchange.response.headersSent ? null : noteLeft(exchange, record, parts, {});
    }
    const answer = await parts.run(admitted);
    if (!hasLeft(exchange)) return replyTo(exchange, answer, accepted);
    return noteLeft(exchange, record, parts, whatWasDone(operation, answer.told));
  } catch (error) {
    if (error instanceof ClientGone) return noteLeft(exchange, record, parts, {});
    const told = refusalOf(exchange, error, parts.logger);
    return hasLeft(exchange) ? noteLeft(exchange, record, parts, told.answer) : told;
  }
}

function hasLeft({ request }: Exchange): boolean {
  return request.socket.destroyed;
}

function noteLeft(
  { operation }: Exchange,
  record: RequestRecord,
  { observability }: HttpParts,
  answer: RequestAnswer,
): null {
  observability.finish(record, { operation, status: CLIENT_LEFT, answer });
  return null;
}

/** Fetches are cut off when the client leaves, and that is no fault of theirs; but those of a mutation are not. */
function whatWasDone({ kind }: Operation, { errors, ...told }: RequestAnswer): RequestAnswer {
  return kind === MUTATION ? { ...told, errors } : told;
}

/** Somebody opened the endpoint in a browser: what it asks for is shown in GraphiQL. */
function toExplorer({ search }: Exchange): Told {
  const headers = ['location', `${EXPLORER_PATH}${search}`, 'vary', 'accept'];
  return { reply: { status: 302, type: 'text/plain; charset=utf-8', body: '', headers }, answer: {} };
}

/** @throws {HttpRefusal} {PayloadError} {ClientGone} */
async function payloadOf(
  { request, search }: Exchange,
  { config, limits, room, sse }: GraphqlParts,
  accepted: Accepted,
): Promise<GraphqlPayload> {
  const { method, url = '' } = request;
  if (method !== 'POST' && method !== 'GET') {
    throw new HttpRefusal(405, `The method is ${method}: expected POST, or GET for queries.`, [
      'allow',
      'GET, POST, OPTIONS',
    ]);
  }
  if (url.length > limits.urlLengthMax) {
    throw new HttpRefusal(414, `The URL is too long: expected at most ${limits.urlLengthMax} characters.`);
  }
  if (accepted.type === null && !(accepted.events && sse !== null)) {
    throw new HttpRefusal(
      406,
      `No answer can be had in what is accepted: expected ${RESPONSE_TYPE} or ${JSON_TYPE}, or text/event-stream for streams.`,
    );
  }
  if (method === 'POST') return await postedPayload(request, limits.bodyBytesMax, room);
  refuseForgery(request.headers, config);
  return queriedPayload(search);
}

function overloaded(): HttpRefusal {
  return new HttpRefusal(503, 'Too many requests are under way here; nothing happened, retry later.', [
    'retry-after',
    '1',
  ]);
}

function kindsOf({ request }: Exchange, { sse }: HttpParts, accepted: Accepted): OperationTypeNode[] {
  const kinds = request.method === 'GET' ? [QUERY] : [QUERY, MUTATION];
  return accepted.events && sse !== null ? [...kinds, SUBSCRIPTION] : kinds;
}

function openStream(exchange: Exchange, { config }: HttpParts): void {
  const headers = commonHeaders(exchange, config);
  for (let at = 0; at < headers.length; at += 2) {
    exchange.response.setHeader(headers[at] as string, headers[at + 1] as string);
  }
  // A stream lasts for hours, so it is not counted among the requests that are soon over.
  exchange.release();
}
