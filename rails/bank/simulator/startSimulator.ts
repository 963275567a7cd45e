import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep } from '../../../platform/clock.ts';
import { startRounds } from '../../../platform/rounds.ts';
import { readBytes } from '../readBytes.ts';
import {
  askOrder,
  cancelOrder,
  deposit,
  json,
  listEvents,
  passTime,
  type Reply,
  setOutcome,
  submitOrder,
} from './bank.ts';
import { Callbacks } from './callbacks.ts';
import { MalformedMessageError } from './eventJson.ts';
import { type Journal, openJournal } from './journal.ts';
import { bookOwn, listLines, setLineFault } from './statements.ts';

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

export interface Simulator {
  readonly url: string;
  close(): Promise<void>;
}

const ROUND_MS = 20;
const SILENCE_MS_MAX = 60_000;
const BEARER = 'Bearer ';

/** A bank that does what it is told, for the sandbox and for tests. It moves no money anywhere. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const journal = openJournal(options.journalPath);
  const stopping = new AbortController();
  const callbacks = new Callbacks(journal, { url: options.callbackUrl, secret: options.secret });
  const rounds = startRounds(
    async () => {
      passTime(journal, Date.now());
      callbacks.send(Date.now());
      return ROUND_MS;
    },
    ROUND_MS,
    options.onFault,
  );
  const server = createServer((request, response) => {
    answer(options, journal, request, response, stopping.signal).catch((error: unknown) => {
      options.onFault(error);
      response.destroy();
    });
  });
  await listen(server, options);
  return {
    url: `http://${options.host}:${(server.address() as AddressInfo).port}`,
    async close() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, rounds.stop()]);
      await callbacks.settle();
      journal.close();
    },
  };
}

async function answer(
  options: SimulatorOptions,
  journal: Journal,
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const reply = await replyTo(options, journal, request);
  if (reply.type === 'CRASH') return options.crash();
  if (reply.type === 'SILENCE') {
    await sleep(SILENCE_MS_MAX, stopping);
    response.destroy();
    return;
  }
  if (reply.delayMs > 0) await sleep(reply.delayMs, stopping);
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
}

async function replyTo(
  options: SimulatorOptions,
  journal: Journal,
  request: IncomingMessage,
): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  if (url.pathname === '/health') return json(200, { status: 'ok' });
  if (!isAuthorized(request, options.secret))
    return json(401, { fault: 'expected the secret as a bearer token' });
  const bytes = await readBytes(request);
  if (bytes === null) return json(413, { fault: 'the body is too long' });
  try {
    return route(journal, `${request.method} ${url.pathname}`, bytes, url.searchParams.get('since') ?? '');
  } catch (error) {
    if (error instanceof MalformedMessageError) return json(400, { fault: error.message });
    throw error;
  }
}

const ORDER_ROUTE = /^(PUT|GET|POST) \/orders\/([\w-]{1,64})(\/cancel)?$/;

function route(journal: Journal, asked: string, bytes: Uint8Array, since: string): Reply {
  if (asked === 'GET /events') return listEvents(journal, since);
  if (asked === 'GET /lines') return listLines(journal, since, Date.now());
  if (asked === 'POST /control/line') return bookOwn(journal, bytes, Date.now());
  if (asked === 'POST /control/line-fault') return setLineFault(journal, bytes);
  if (asked === 'POST /control/outcome') return setOutcome(journal, bytes);
  if (asked === 'POST /control/deposit') return deposit(journal, bytes, Date.now());
  const [, method, key = '', cancel] = ORDER_ROUTE.exec(asked) ?? [];
  if (method === 'PUT' && cancel === undefined) return submitOrder(journal, key, bytes, Date.now());
  if (method === 'GET' && cancel === undefined) return askOrder(journal, key);
  if (method === 'POST' && cancel !== undefined) return cancelOrder(journal, key, Date.now());
  return json(404, { fault: 'there is nothing here' });
}

function isAuthorized({ headers }: IncomingMessage, secret: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const expected = Buffer.from(`${BEARER}${secret}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function listen(server: Server, { host, port }: SimulatorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
