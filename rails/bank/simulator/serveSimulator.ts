import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep } from '../../../platform/clock.ts';
import { startRounds } from '../../../platform/rounds.ts';
import { readBytes } from '../readBytes.ts';
import { json, type Reply } from './bank.ts';
import { type CallbackLog, Callbacks } from './callbacks.ts';
import { MalformedMessageError } from './eventJson.ts';

export interface SimulatorOptions {
  /** The file that it survives a crash by. */
  readonly journalPath: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly secret: string;
  /** Where its callbacks go. */
  readonly callbackUrl: string;
  /** Ends the process, as the outcome CRASH asks. */
  readonly crash: () => void;
  /** Is told why a round failed. */
  readonly onFault: (error: unknown) => void;
}

/** A place outside that does what it is told: what was written down of it, and what it does with that. */
export interface SimulatedPlace {
  readonly journal: CallbackLog & { close(): void };
  /** Lets happen what is due. */
  passTime(nowMs: number): void;
  /** @param asked method and path, as `GET /events` @throws {MalformedMessageError} */
  route(asked: string, bytes: Uint8Array, since: string): Reply;
}

export interface Simulator {
  readonly url: string;
  close(): Promise<void>;
}

const ROUND_MS = 20;
const SILENCE_MS_MAX = 60_000;
const BEARER = 'Bearer ';

/** Serves the place to whoever has the secret, and sends its callbacks. */
export async function serveSimulator(options: SimulatorOptions, place: SimulatedPlace): Promise<Simulator> {
  const { host, port, secret, callbackUrl: url, onFault } = options;
  const stopping = new AbortController();
  const callbacks = new Callbacks(place.journal, { url, secret });
  const rounds = startRounds(
    async () => {
      place.passTime(Date.now());
      callbacks.send(Date.now());
      return ROUND_MS;
    },
    ROUND_MS,
    onFault,
  );
  const server = createServer((request, response) => {
    answer(options, place, request, response, stopping.signal).catch((error: unknown) => {
      onFault(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, rounds.stop()]);
      await callbacks.settle();
      place.journal.close();
    },
  };
}

async function answer(
  options: SimulatorOptions,
  place: SimulatedPlace,
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const reply = await replyTo(options.secret, place, request);
  if (reply.type === 'CRASH') return options.crash();
  if (reply.type === 'SILENCE') {
    await sleep(SILENCE_MS_MAX, stopping);
    response.destroy();
    return;
  }
  if (reply.delayMs > 0) await sleep(reply.delayMs, stopping);
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
}

async function replyTo(secret: string, place: SimulatedPlace, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  if (url.pathname === '/health') return json(200, { status: 'ok' });
  if (!isAuthorized(request, secret)) return json(401, { fault: 'expected the secret as a bearer token' });
  const bytes = await readBytes(request);
  if (bytes === null) return json(413, { fault: 'the body is too long' });
  try {
    return place.route(`${request.method} ${url.pathname}`, bytes, url.searchParams.get('since') ?? '');
  } catch (error) {
    if (error instanceof MalformedMessageError) return json(400, { fault: error.message });
    throw error;
  }
}

function isAuthorized({ headers }: IncomingMessage, secret: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const expected = Buffer.from(`${BEARER}${secret}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const ORDER_ROUTE = /^(PUT|GET|POST) \/orders\/([\w-]{1,64})(\/cancel)?$/;

/** What is done with orders, each by its key; everything else is not found. */
export function routeOrder(
  asked: string,
  orders: {
    submit(key: string): Reply;
    ask(key: string): Reply;
    cancel(key: string): Reply;
  },
): Reply {
  const [, method, key = '', cancel] = ORDER_ROUTE.exec(asked) ?? [];
  if (method === 'PUT' && cancel === undefined) return orders.submit(key);
  if (method === 'GET' && cancel === undefined) return orders.ask(key);
  if (method === 'POST' && cancel !== undefined) return orders.cancel(key);
  return json(404, { fault: 'there is nothing here' });
}
