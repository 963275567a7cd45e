import { openUpdates } from '../../scripts/demo/updates.ts';
import type { Credentials } from '../payments/ours.ts';

/** A step that a subscriber was told of, and when it was told. */
export interface Told {
  readonly transactionId: string;
  readonly kind: string;
  readonly transactionHash: string | null;
  readonly atMs: number;
}

interface Update {
  readonly cursor: string;
  readonly event: { readonly kind: string; readonly transactionHash: string | null } | null;
  readonly transaction: { readonly id: string } | null;
}

const WATCH = `subscription Watch($after: Cursor) {
  transactionUpdates(after: $after) { cursor event { kind transactionHash } transaction { id } }
}`;
const POLL_MS = 50;

/** One subscriber of everything that the organization does. */
export async function watchAll({ ws, apiKey }: Credentials) {
  const told: Told[] = [];
  const counts = new Map<string, number>();
  const updates = await openUpdates<Update>({
    url: ws,
    apiKey,
    query: WATCH,
    variables: {},
    receive({ event, transaction }) {
      if (!event || !transaction) return;
      told.push({ ...event, transactionId: transaction.id, atMs: Date.now() });
      counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1);
    },
  });
  const count = (kind: string): number => counts.get(kind) ?? 0;
  return {
    told,
    count,
    /** Until so many steps of this kind were told since the beginning. @throws after `timeoutMs` */
    async until(kind: string, total: number, timeoutMs: number): Promise<void> {
      const deadline = Date.now() + timeoutMs;
      while (count(kind) < total) {
        if (Date.now() > deadline)
          throw new Error(`${count(kind)} of ${total} ${kind} after ${timeoutMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    close: () => updates.close(),
  };
}

export type Timeline = Awaited<ReturnType<typeof watchAll>>;
