import { openUpdates } from './updates.ts';

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
  readonly cursor: string;
  readonly event: { readonly kind: string; readonly occurredAt: string } | null;
  readonly transaction: { readonly id: string } | null;
}

/** Follows the Transactions of the treasury's account. */
export async function watchTreasury(options: WatchOptions): Promise<Watch> {
  const latenciesMs: number[] = [];
  const completed = new Set<string>();
  let changed = (): void => undefined;
  const updates = await openUpdates<Update>({
    url: options.url,
    apiKey: options.apiKey,
    query: WATCH,
    variables: { accountId: options.accountId },
    receive({ event, transaction }) {
      if (event?.kind !== 'COMPLETED' || !transaction) return;
      if (completed.has(transaction.id)) throw new Error(`${transaction.id} was told twice`);
      latenciesMs.push(Date.now() - Date.parse(event.occurredAt));
      completed.add(transaction.id);
      changed();
    },
  });
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
      await updates.within(seen, timeoutMs);
    },
    close: () => updates.close(),
  };
}
