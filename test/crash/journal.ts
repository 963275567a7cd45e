/** What the API acknowledged to the payers, and may never take back. Amounts are in minor units. */
export type Operation =
  | 'createTransaction'
  | 'captureTransaction'
  | 'cancelTransaction'
  | 'refundTransaction'
  | 'fundSandbox'
  | 'createCustomer';

export interface Acknowledged {
  readonly operation: Operation;
  readonly idempotencyKey: string;
  /** The member of the result union. */
  readonly typename: string;
  /** Id of what was made or changed; null for a failure. */
  readonly id: string | null;
  readonly status: string | null;
  /** The Transaction that was captured, canceled or refunded. */
  readonly targetId: string | null;
  readonly amountMinor: bigint;
  /** For a creation: MANUAL ones are held first. */
  readonly isHeld: boolean;
  /** The effect was there already when the answer came: an earlier try was answered into the void. */
  readonly replayed: boolean;
  readonly attempts: number;
}

/** Kept in memory by the test: what is not in it was never promised. */
export interface Journal {
  readonly acknowledged: readonly Acknowledged[];
  /** Answers that no client should ever get from blind retries. */
  readonly refusals: readonly string[];
  record(entry: Acknowledged): void;
  refuse(what: string): void;
}

export function createJournal(): Journal {
  const acknowledged: Acknowledged[] = [];
  const refusals: string[] = [];
  return {
    acknowledged,
    refusals,
    record: (entry) => acknowledged.push(entry),
    refuse: (what) => refusals.push(what),
  };
}

/** True when the answer says that it took effect. */
export function isSuccess(entry: Pick<Acknowledged, 'id'>): boolean {
  return entry.id !== null;
}
