import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Delivery } from './checkDeliveries.ts';

/** A client that holds one subscription for good: whatever ends it, it comes back with its last cursor. */
export interface Subscriber {
  readonly name: string;
  /** What it was told, in order. */
  readonly received: readonly Delivery[];
  /** Where it began, as the first message said. */
  readonly firstCursor: () => string;
  readonly lastCursor: () => string;
  /** Times it came back. */
  readonly resumes: () => number;
  /** Messages that named no event, because what they join did not answer; each was asked for again. */
  readonly unusable: () => number;
  /** Errors that say "do not retry", which here are faults. */
  readonly refusals: readonly string[];
  /** Resolves with the first message. */
  readonly opened: Promise<void>;
  /** Drops the socket as a phone in a tunnel does. */
  cut(): void;
  close(): Promise<void>;
}

export interface SubscriberOptions {
  readonly name: string;
  readonly url: string;
  readonly apiKey: string;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Reads what a message tells; null for one that tells of no event. */
  readonly read: (message: Message) => Delivery | null;
}

/** The one root field of the subscriptions here, under the alias `update`. */
export interface Message {
  readonly cursor: string;
  readonly event?: { readonly version: number } | null;
  readonly transaction?: { readonly id: string } | null;
  readonly account?: { readonly id: string };
  readonly balance?: { readonly version: number } | null;
}

const RESUMES_MAX = 2_000;
const RESUME_MIN_MS = 30;
const RESUME_SPREAD_MS = 150;
const REFUSALS_MAX = 20;
const ACK_WAIT_MS = 5_000;

/** A socket that is closed before it is open says so with an error, after graphql-ws has stopped listening. */
class CutSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    this.on('error', () => undefined);
  }
}

export function startSubscriber(options: SubscriberOptions): Subscriber {
  const received: Delivery[] = [];
  const refusals: string[] = [];
  let cursor: string | null = null;
  let firstCursor = '';
  let resumes = 0;
  let unusable = 0;
  let closed = false;
  let client: Client | undefined;
  let opened = (): void => undefined;
  const opening = new Promise<void>((resolve) => {
    opened = resolve;
  });

  /** Keeps what a message says; false when it cannot be used and the stream has to be resumed. */
  const receive = (message: Message | null | undefined): boolean => {
    const isUsed = keep(message);
    if (!isUsed) unusable++;
    return isUsed;
  };
  const keep = (message: Message | null | undefined): boolean => {
    if (!message?.cursor) return false;
    const delivery = options.read(message);
    if (delivery === null && cursor !== null && (message.event || message.balance)) return false;
    if (delivery !== null) received.push(delivery);
    if (cursor === null) firstCursor = message.cursor;
    cursor = message.cursor;
    opened();
    return true;
  };

  const work = (async () => {
    while (!closed && resumes < RESUMES_MAX && refusals.length < REFUSALS_MAX) {
      client = createClient({
        url: options.url,
        webSocketImpl: CutSocket,
        connectionParams: { authorization: `Bearer ${options.apiKey}` },
        connectionAckWaitTimeout: ACK_WAIT_MS,
        retryAttempts: 0,
      });
      const variables = { ...options.variables, after: cursor };
      const refusal = await follow(client, { query: options.document, variables }, receive);
      if (refusal !== null && !closed) refusals.push(refusal);
      await client.dispose();
      if (closed) return;
      resumes++;
      await sleep(RESUME_MIN_MS + Math.random() * RESUME_SPREAD_MS);
    }
  })();

  return {
    name: options.name,
    received,
    refusals,
    firstCursor: () => firstCursor,
    lastCursor: () => cursor ?? '',
    resumes: () => resumes,
    unusable: () => unusable,
    opened: opening,
    cut: () => client?.terminate(),
    async close() {
      closed = true;
      client?.terminate();
      await work;
    },
  };
}

interface GraphQLFault {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly retryable?: boolean };
}

/**
 * Resolves when the subscription has ended, however it did: with what was said when that was a refusal for good,
 * else with null. A message that arrives after one that could not be used is not kept.
 */
async function follow(
  client: Client,
  request: { readonly query: string; readonly variables: Record<string, unknown> },
  receive: (message: Message | null | undefined) => boolean,
): Promise<string | null> {
  let refusal: string | null = null;
  let broken = false;
  const judge = (faults: readonly GraphQLFault[]): void => {
    const fatal = faults.find((fault) => fault.extensions?.retryable !== true);
    if (fatal) refusal = `${fatal.extensions?.code ?? 'no code'}: ${fatal.message}`;
  };
  await new Promise<void>((resolve) => {
    client.subscribe<{ readonly update: Message }>(request, {
      next: ({ data, errors }) => {
        if (broken) return;
        if (errors) judge(errors as readonly GraphQLFault[]);
        broken = !receive(data?.update);
        if (broken) client.terminate();
      },
      error: (fault) => {
        // A close event or a socket error is an outage; a list is what the server answered.
        if (Array.isArray(fault)) judge(fault as readonly GraphQLFault[]);
        resolve();
      },
      complete: resolve,
    });
  });
  return refusal;
}

const WATCH = 'update: transactionUpdates(filter: $filter, after: $after)';

/** All that a dashboard shows of an update: joins payments, accounts and wallets for each message. */
export const WATCH_FULLY = `subscription Watch($filter: TransactionUpdateFilter, $after: Cursor) {
  ${WATCH} {
    cursor event { version kind status }
    transaction { id status source { account { id balance { available { amount } } } wallet { network { code } } } }
  }
}`;

/** The least that tells one step from another. */
export const WATCH_LIGHTLY = `subscription Watch($filter: TransactionUpdateFilter, $after: Cursor) {
  ${WATCH} { cursor event { version } transaction { id } }
}`;

export const WATCH_BALANCE = `subscription Watch($accountId: ID!, $after: Cursor) {
  update: balanceUpdates(accountId: $accountId, after: $after) { cursor account { id } balance { version } }
}`;

export function readStep(message: Message): Delivery | null {
  const { event, transaction } = message;
  return event && transaction ? { id: transaction.id, version: event.version } : null;
}

export function readBalance(message: Message): Delivery | null {
  const { account, balance } = message;
  return account && balance ? { id: account.id, version: balance.version } : null;
}
