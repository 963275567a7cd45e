import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep } from '../../../platform/clock.ts';
import { startRounds } from '../../../platform/rounds.ts';
import { readBytes } from '../../bank/readBytes.ts';
import { json, type Reply } from '../../bank/simulator/bank.ts';
import { Callbacks } from '../../bank/simulator/callbacks.ts';
import { MalformedMessageError } from '../../bank/simulator/eventJson.ts';
import { openJournalOf } from '../../bank/simulator/journal.ts';
import type { Simulator, SimulatorOptions } from '../../bank/simulator/startSimulator.ts';
import {
  askCash,
  type CashJournal,
  cancelCash,
  collectCash,
  listCashEvents,
  passCashTime,
  payCash,
  setCashOutcome,
  submitCash,
} from './counters.ts';
import { applyCashRecord, emptyCashState } from './state.ts';

const ROUND_MS = 20;
const SILENCE_MS_MAX = 60_000;
const BEARER = 'Bearer ';

/** Networks of counters that do what they are told, for the sandbox and for tests. No cash goes anywhere. */
export async function startCashSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host, port, secret, callbackUrl: url, onFault } = options;
  const journal = openJournalOf(options.journalPath, emptyCashState(), applyCashRecord);
  const stopping = new AbortController();
  const callbacks = new Callbacks(journal, { url, secret });
  const rounds = startRounds(
    async () => {
      passCashTime(journal, Date.now());
      callbacks.send(Date.now());
      return ROUND_MS;
    },
    ROUND_MS,
    onFault,
  );
  const server = createServer((request, response) => {
    answer(options, journal, request, response, stopping.signal).catch((error: unknown) => {
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
      journal.close();
    },
  };
}

async function answer(
  options: SimulatorOptions,
  journal: CashJournal,
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const reply = await replyTo(options.secret, journal, request);
  if (reply.type === 'CRASH') return options.crash();
  if (reply.type === 'SILENCE') {
    await sleep(SILENCE_MS_MAX, stopping);
    response.destroy();
    return;
  }
  if (reply.delayMs > 0) await sleep(reply.delayMs, stopping);
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
}

async function replyTo(secret: string, journal: CashJournal, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  if (url.pathname === '/health') return json(200, { status: 'ok' });
  if (!isAuthorized(request, secret)) return json(401, { fault: 'expected the secret as a bearer token' });
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

function route(journal: CashJournal, asked: string, bytes: Uint8Array, since: string): Reply {
  if (asked === 'GET /events') return listCashEvents(journal, since);
  if (asked === 'POST /control/outcome') return setCashOutcome(journal, bytes);
  if (asked === 'POST /control/payment') return payCash(journal, bytes, Date.now());
  if (asked === 'POST /control/pickup') return collectCash(journal, bytes, Date.now());
  const [, method, key = '', cancel] = ORDER_ROUTE.exec(asked) ?? [];
  if (method === 'PUT' && cancel === undefined) return submitCash(journal, key, bytes, Date.now());
  if (method === 'GET' && cancel === undefined) return askCash(journal, key);
  if (method === 'POST' && cancel !== undefined) return cancelCash(journal, key, Date.now());
  return json(404, { fault: 'there is nothing here' });
}

function isAuthorized({ headers }: IncomingMessage, secret: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const expected = Buffer.from(`${BEARER}${secret}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
