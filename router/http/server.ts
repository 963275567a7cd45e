import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Allowance } from '../allowance.ts';
import { GRAPHQL_PATH } from '../config.ts';
import { runAlone, runTogether } from './coalesce.ts';
import { refuseConnection } from './connectionFault.ts';
import { Exchange } from './exchange.ts';
import { answerGraphql, type GraphqlParts } from './graphql.ts';
import { HTTP_LIMITS } from './limits.ts';
import { createPages } from './pages.ts';
import type { HttpParts } from './port.ts';
import { type ReplyPolicy, writeReply } from './reply.ts';
import { Slots } from './slots.ts';

/** The HTTP side of the router, not yet listening. */
export function createHttpServer(httpParts: HttpParts): Server {
  const { config, isDraining, logger, observability, pipeline } = httpParts;
  const limits = { ...HTTP_LIMITS, ...config.http };
  const onShared = (): void => observability.metrics.requests.countShared();
  const run = config.coalesce === true ? runTogether(pipeline, onShared) : runAlone(pipeline);
  const slots = new Slots(limits.requestsInFlightMax);
  const room = new Allowance(limits.bodiesBytesMax);
  const parts: GraphqlParts = { ...httpParts, limits, run, slots, room };
  const policy: ReplyPolicy = { config, isDraining, answerTakenMs: limits.answerTakenMs };
  const pages = createPages(parts);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isGraphql(request)) return await serveGraphql(request, response, parts, policy);
    const exchange = new Exchange(request, response);
    await writeReply(exchange, await pages(exchange), policy);
  }

  const server = createServer(
    {
      requestTimeout: limits.requestTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutsCheckedMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      maxHeaderSize: limits.headerBytesMax,
    },
    (request, response) => {
      serve(request, response).catch((error: unknown) => {
        logger.error({ err: error }, 'an answer could not be written');
        response.destroy();
      });
    },
  );
  server.maxRequestsPerSocket = limits.requestsPerConnectionMax;
  server.maxConnections = limits.connectionsMax;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseConnection(error, socket, logger));
  return server;
}

function isGraphql({ url = '/', method }: IncomingMessage): boolean {
  if (!url.startsWith(GRAPHQL_PATH) || method === 'OPTIONS') return false;
  return url.length === GRAPHQL_PATH.length || url[GRAPHQL_PATH.length] === '?';
}

async function serveGraphql(
  request: IncomingMessage,
  response: ServerResponse,
  parts: GraphqlParts,
  policy: ReplyPolicy,
): Promise<void> {
  const { observability } = parts;
  const exchange = new Exchange(request, response);
  const { requestId } = exchange;
  const record = observability.begin({ requestId, arrival: 'http', headers: request.headers });
  const told = await answerGraphql(exchange, record, parts);
  if (told === null) return;
  const { reply, answer } = told;
  observability.finish(record, { operation: exchange.operation, status: reply.status, answer });
  await writeReply(exchange, reply, policy);
}
