import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { serveCalls } from './worker.ts';

/** The process that subscribers live in: one socket for each, opened before the load and read after it. */
export interface OpenJob {
  readonly url: string;
  readonly apiKey: string;
  /** One subscriber each; null is all transactions of the organization. */
  readonly accountIds: readonly (string | null)[];
}

/** What one subscriber got, one entry for each message, as parallel lists. */
export interface Received {
  readonly transactionIds: string[];
  readonly versions: number[];
  /** From `event.occurredAt`, which is before the COMMIT, to here. */
  readonly latenciesMs: number[];
}

interface Message {
  readonly transactionUpdates: {
    readonly event: { readonly version: number; readonly occurredAt: string } | null;
    readonly transaction: { readonly id: string } | null;
  };
}

const WATCH = `subscription Watch($filter: TransactionUpdateFilter) {
  transactionUpdates(filter: $filter) {
    cursor
    event { id version kind status occurredAt }
    transaction { id status version }
  }
}`;

const LIVE_WAIT_MS = 20_000;

const clients: Client[] = [];
const received: Received[] = [];
let fault: unknown;

/** Resolves when every subscriber has its first message, which says that what follows will reach it. */
async function open(job: OpenJob): Promise<void> {
  await Promise.all(job.accountIds.map((accountId) => subscribe(job, accountId)));
}

function subscribe(job: OpenJob, accountId: string | null): Promise<void> {
  const list: Received = { transactionIds: [], versions: [], latenciesMs: [] };
  received.push(list);
  const client = createClient({
    url: job.url,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${job.apiKey}` },
    retryAttempts: 0,
  });
  clients.push(client);
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`no first message within ${LIVE_WAIT_MS} ms`)),
      LIVE_WAIT_MS,
    );
    const fail = (error: unknown): void => {
      fault ??= error;
      reject(error);
    };
    client.subscribe<Message>(
      { query: WATCH, variables: { filter: accountId === null ? null : { accountId } } },
      {
        next: ({ data, errors }) => {
          if (!data) return fail(new Error(JSON.stringify(errors)));
          clearTimeout(late);
          resolve();
          record(list, data.transactionUpdates);
        },
        error: (error) => fail(error instanceof Error ? error : new Error(JSON.stringify(error))),
        complete: () => fail(new Error('the stream was completed by the server')),
      },
    );
  });
}

function record(list: Received, { event, transaction }: Message['transactionUpdates']): void {
  if (event === null) return;
  list.latenciesMs.push(performance.timeOrigin + performance.now() - Date.parse(event.occurredAt));
  list.versions.push(event.version);
  list.transactionIds.push(transaction?.id ?? '');
}

/** Number of messages so far, over all subscribers. */
async function count(): Promise<number> {
  if (fault !== undefined) throw fault;
  return received.reduce((sum, list) => sum + list.versions.length, 0);
}

/** Forgets what came so far, as in a warm-up; the streams go on. */
async function reset(): Promise<void> {
  for (const { transactionIds, versions, latenciesMs } of received) {
    transactionIds.length = 0;
    versions.length = 0;
    latenciesMs.length = 0;
  }
}

serveCalls({ open, count, reset, collect: async () => received }, async () => {
  await Promise.all(clients.map((client) => client.dispose()));
});
