import type { Uuid } from '../../platform/id.ts';

/** What a payout should be, told apart from the code: where the bank is, and where the books were settled last. */
export interface ModelPayout {
  readonly id: string;
  readonly uuid: Uuid;
  /** What the source is debited. */
  readonly amountMinor: bigint;
  /** What the order says, in the asset of its rail. */
  readonly orderMinor: bigint;
  readonly asset: string;
  /** What the source has again after a return: fees stay. */
  readonly backMinor: bigint;
  bank: 'QUEUED' | 'SENT' | 'ACCEPTED' | 'SETTLED' | 'REJECTED' | 'CANCELED' | 'RETURNED';
  books: 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'CANCELED' | 'RETURNED';
  isFinal: boolean;
  differences: number;
}

export type Fact = 'ACCEPTED' | 'SETTLED' | 'REJECTED' | 'CANCELED' | 'RETURNED';
export const FACTS: readonly Fact[] = ['ACCEPTED', 'SETTLED', 'REJECTED', 'CANCELED', 'RETURNED'];

/** Earlier chapters of each story: told late, they are no news and no difference. */
const STORY: Readonly<Record<string, readonly Fact[]>> = {
  SETTLED: ['ACCEPTED', 'SETTLED'],
  REJECTED: ['ACCEPTED', 'REJECTED'],
  CANCELED: ['ACCEPTED', 'CANCELED'],
  RETURNED: ['ACCEPTED', 'SETTLED', 'RETURNED'],
};

export function tellModel(payout: ModelPayout, fact: Fact, isRightAmount: boolean): void {
  const { bank } = payout;
  if (!isRightAmount || bank === 'QUEUED') payout.differences += 1;
  else if (bank === 'SENT' || bank === 'ACCEPTED') payout.bank = fact;
  else if (bank === 'SETTLED' && fact === 'RETURNED' && !payout.isFinal) payout.bank = 'RETURNED';
  else if (!STORY[bank]?.includes(fact)) payout.differences += 1;
}

const BOOKS = {
  QUEUED: 'PROCESSING',
  SENT: 'PROCESSING',
  ACCEPTED: 'PROCESSING',
  SETTLED: 'COMPLETED',
  REJECTED: 'FAILED',
  CANCELED: 'CANCELED',
  RETURNED: 'RETURNED',
} as const;

export function settleModel(payout: ModelPayout, isReversible: boolean): void {
  payout.books = BOOKS[payout.bank];
  // Where the rail sends nothing back, what is settled is final; the order itself is told so by the window only.
  if (payout.books === 'RETURNED' || (payout.books === 'COMPLETED' && !isReversible)) payout.isFinal = true;
}

/** Posted and pending of the account that all payouts come from. */
export function expectedBalance(startMinor: bigint, payouts: readonly ModelPayout[]): string {
  let [posted, pending] = [startMinor, 0n];
  for (const { books, amountMinor, backMinor } of payouts) {
    if (books === 'RETURNED') posted -= amountMinor - backMinor;
    if (books === 'COMPLETED') posted -= amountMinor;
    if (books === 'PROCESSING') pending -= amountMinor;
  }
  return pending === 0n ? `${posted}` : `${posted} and ${pending}`;
}
