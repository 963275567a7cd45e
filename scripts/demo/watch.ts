import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** What one WebSocket saw of the treasury's transactions. */
export interface Watch {
  /** Milliseconds from the event's commit to its arrival here, one for each completed transaction. */
  readonly latenciesMs: readonly number[];
  /** Resolves when all these transactions were seen to complete; rejects after `timeoutMs`. */
  until(transactionIds: ReadonlySet<string>, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly accountId: string;
}

const WATCH = `subscription Watch($accountId: ID!, $after: Cursor) {
  transactionUpdates(filter: { accountId: $accountId }, after: $after) {
    cursor
    event { version kind status occurredAt }
    transaction { id externalId status }
  }
}`;

interface Update {
  readonly transactionUpdates: {
    readonly cursor: string;
    readonly event: {
      readonly version: number;
      readonly kind: string;
      readonly status: string;
      readonly occurredAt: string;
    } | null;
    readonly transaction: { readonly id: string } | null;
  };
}

const RESUMES_MAX = 100;

/** Opens the stream and resolves once it is live. It resumes by cursor when the socket is cut, so it misses nothing. */
export async function watchTreasury(options: WatchOptions): Promise<Watch> {
  const latenciesMs: number[] = [];
  const completed = new Set<string>();
  let cursor: string | null = null;
  let changed = (): void => undefined;
  let live = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    live = resolve;
  });
  const client = createClient({
    url: options.url,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${options.apiKey}` },
    retryAttempts: RESUMES_MAX,
    shouldRetry: () => true,
  });

  const receive = ({ transactionUpdates: update }: Update): void => {
    cursor = update.cursor;
    live();
    if (update.event?.kind !== 'COMPLETED' || !update.transaction) return;
    if (completed.has(update.transaction.id)) throw new Error(`${update.transaction.id} was told twice`);
    latenciesMs.push(Date.now() - Date.parse(update.event.occurredAt));
    completed.add(update.transaction.id);
    changed();
  };
  // graphql-ws repeats the subscribe message after a reconnect; the getter gives it the cursor of that moment.
  const variables = {
    accountId: options.accountId,
    get after() {
      return cursor;
    },
  };
  const failed = new Promise<never>((_, reject) => {
    client.subscribe<Update>(
      { query: WATCH, variables },
      {
        next: (message) =>
          message.data ? receive(message.data) : reject(new Error(JSON.stringify(message.errors))),
        error: reject,
        complete: () => undefined,
      },
    );
  });
  failed.catch(() => undefined);
  await Promise.race([opened, failed]);

  return {
    latenciesMs,
    async until(transactionIds, timeoutMs) {
      const seen = (async () => {
        while ([...transactionIds].some((id) => !completed.has(id))) {
          await new Promise<void>((resolve) => {
            changed = resolve;
          });
        }
      })();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`not every transaction was seen to complete within ${timeoutMs} ms`)),
          timeoutMs,
        );
      });
      await Promise.race([seen, failed, late]).finally(() => clearTimeout(timer));
    },
    close: async () => client.dispose(),
  };
}
