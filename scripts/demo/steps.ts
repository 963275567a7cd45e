import { openUpdates } from './updates.ts';

/** One step of a Transaction as the subscription told it. */
export interface Step {
  readonly transactionId: string;
  readonly version: number;
  readonly kind: string;
  readonly status: string;
  readonly transactionHash: string | null;
}

/** What one WebSocket saw of a customer's Transactions. */
export interface StepWatch {
  /** Resolves with the first step that meets it, seen before or later; rejects after `timeoutMs`. */
  until(isWanted: (step: Step) => boolean, timeoutMs: number): Promise<Step>;
  close(): Promise<void>;
}

const WATCH = `subscription Watch($customerId: ID!, $after: Cursor) {
  transactionUpdates(filter: { customerId: $customerId }, after: $after) {
    cursor
    event { version kind status transactionHash }
    transaction { id }
  }
}`;

interface Update {
  readonly cursor: string;
  readonly event: Omit<Step, 'transactionId'> | null;
  readonly transaction: { readonly id: string } | null;
}

/** Follows one customer's Transactions. @param options.print is called with each step as it comes */
export async function watchSteps(options: {
  readonly url: string;
  readonly apiKey: string;
  readonly customerId: string;
  readonly print: (step: Step) => void;
}): Promise<StepWatch> {
  const steps: Step[] = [];
  const waiting = new Set<() => void>();
  const updates = await openUpdates<Update>({
    url: options.url,
    apiKey: options.apiKey,
    query: WATCH,
    variables: { customerId: options.customerId },
    receive({ event, transaction }) {
      if (!event || !transaction) return;
      const step = { ...event, transactionId: transaction.id };
      steps.push(step);
      options.print(step);
      for (const look of [...waiting]) look();
    },
  });
  return {
    async until(isWanted, timeoutMs) {
      let look = (): void => undefined;
      const seen = new Promise<Step>((resolve) => {
        look = () => {
          const step = steps.find(isWanted);
          if (step) resolve(step);
        };
        waiting.add(look);
        look();
      });
      return await updates.within(seen, timeoutMs).finally(() => waiting.delete(look));
    },
    close: () => updates.close(),
  };
}
