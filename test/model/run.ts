import { parseId, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { TransactionStatus } from '../../subgraphs/payments/domain/transitions.ts';
import type { Tenant as CashTenant } from '../cash/world.ts';
import type { Tenant as ChainTenant } from '../payments/onchainWorld.ts';
import type { ModelWorld } from './world.ts';

/** One of each for either history. */
export type Pair<T> = readonly [T, T];

/** Accounts that payments begin at and end at. */
export type Purse = 'USD' | 'EUR' | 'USDC' | 'CUSTOMER';

export const PURSES: Readonly<Record<Purse, { readonly asset: string; readonly startMinor: bigint }>> = {
  USD: { asset: 'USD', startMinor: 30_000n },
  EUR: { asset: 'EUR', startMinor: 20_000n },
  USDC: { asset: 'USDC', startMinor: 100_000_000n },
  CUSTOMER: { asset: 'USD', startMinor: 0n },
};

/** One of the two organizations that the same happens to. */
export interface Side {
  readonly organizationId: Uuid;
  /** Whether those whom it pays may be on a list. */
  readonly isReviewed: boolean;
  /** Who asks: everything but what has to do with compliance. */
  readonly viewer: Viewer;
  /** Who decides. */
  readonly officer: Viewer;
  readonly purses: Readonly<Record<Purse, Uuid>>;
  readonly chain: ChainTenant;
  readonly cash: CashTenant;
  /** Details at a bank that credit USD by themselves. */
  readonly paidTo: { readonly type: 'US_BANK'; readonly accountNumber: string; readonly bankCode: string };
}

/** Where the place outside has got to, whichever rail it is on; null where it was not told. */
export type Outside =
  | 'QUEUED'
  | 'SENT'
  | 'ACCEPTED'
  | 'READY'
  | 'INCLUDED'
  | 'SETTLED'
  | 'REJECTED'
  | 'EXPIRED'
  | 'CANCELED'
  | 'RETURNED';

/** What a Transaction should be, told apart from the code. */
export interface Movement {
  readonly ids: Pair<string>;
  readonly rail: 'BOOK' | 'BANK' | 'FILES' | 'CHAIN' | 'COUNTER' | 'DEPOSIT' | 'ARRIVAL' | 'CASH_IN';
  readonly from: Purse | null;
  /** What `from` is debited; less than was held where less was captured. */
  fromMinor: bigint;
  readonly to: Purse | null;
  readonly toMinor: bigint;
  /** What leaves our books where it is completed. */
  readonly out: { readonly asset: string; readonly amountMinor: bigint } | null;
  /** What `from` has again after a return: fees stay. */
  readonly backMinor: bigint;
  readonly refundOf: Movement | null;
  /** Whether its rail sends back what was settled. */
  readonly isReversible: boolean;
  /** Whether it is held for a capture once nothing else is waited for. */
  readonly isManual: boolean;
  readonly reviewed: boolean;
  isApprovalOpen: boolean;
  isReviewOpen: boolean;
  /** Whether it ended before its rail was told, in one of the histories or both. */
  isUntold: boolean;
  outside: Outside;
  status: TransactionStatus;
  isFinal: boolean;
  isCancelAsked: boolean;
  /** Contradictions that the rail's inbox named. */
  differences: number;
  /** What carries a send; the deposit of money that came by a chain. */
  carriers: Pair<{ readonly id: Uuid; readonly hash: string }> | null;
}

/** Both histories, and what is known of them. */
export interface Run {
  readonly world: ModelWorld;
  readonly sides: Pair<Side>;
  /** Another organization, which has nothing to do with any of it. */
  readonly bystander: Side;
  readonly movements: Movement[];
  readonly cashIns: Pair<string>[];
  /** Statuses in which cash-ins ended. */
  readonly cashInEnds: Map<string, string>;
  /** What counters took for each history, in minor units. */
  taken: bigint;
  /** Messages that were sent, to be sent again. */
  readonly sent: (() => Promise<void>)[];
  /** Whether the two may still not be told apart: what is refused is refused in other words than a bank's. */
  isCompared: boolean;
  /** How many messages of each history a subscriber was told. */
  readonly told: [number, number];
}

export interface Step {
  readonly name: string;
  run(run: Run): Promise<void>;
}

const BEGUN: Omit<Movement, 'ids' | 'rail' | 'fromMinor' | 'backMinor'> = {
  ...{
    from: null,
    to: null,
    toMinor: 0n,
    out: null,
    refundOf: null,
    outside: 'QUEUED',
    status: 'PROCESSING',
  },
  ...{
    isReversible: false,
    isManual: false,
    reviewed: false,
    isApprovalOpen: false,
    isReviewOpen: false,
    isUntold: false,
  },
  ...{ isFinal: false, isCancelAsked: false, differences: 0, carriers: null },
};

type Begun = Pick<Movement, 'ids' | 'rail' | 'fromMinor'> & Partial<Movement>;

export function begin({ movements }: Run, begun: Begun): Movement {
  const movement: Movement = { ...BEGUN, backMinor: begun.fromMinor, ...begun };
  movements.push(movement);
  return movement;
}

/** Those of some rails, of which `index` names one however many there are. */
export function pick(
  { movements }: Run,
  rails: readonly Movement['rail'][],
  index: number,
  isIt: (movement: Movement) => boolean = () => true,
): Movement | undefined {
  const all = movements.filter((one) => rails.includes(one.rail) && isIt(one));
  return all[index % Math.max(all.length, 1)];
}

/** Whether the place outside may be told of it, or was. */
export const isHanded = ({ isApprovalOpen, isReviewOpen, isUntold }: Movement): boolean =>
  !isApprovalOpen && !isReviewOpen && !isUntold;

/** It ends before its rail did anything. */
export function endUnpaid(movement: Movement, status: 'CANCELED' | 'FAILED'): void {
  // A bank by files has no id of what was in none.
  movement.isUntold = !isHanded(movement) || movement.rail === 'FILES';
  [movement.status, movement.isFinal, movement.isApprovalOpen, movement.isReviewOpen] = [
    status,
    true,
    false,
    false,
  ];
  movement.outside = status === 'CANCELED' ? 'CANCELED' : 'REJECTED';
}

export const isOpen = ({ status }: Movement): boolean =>
  status === 'PROCESSING' || status === 'AWAITING_ACTION';

const WENT = new Set<TransactionStatus>(['COMPLETED', 'RETURNED']);

/** Posted and pending of a purse, as they should be. */
export function purseOf({ movements }: Run, purse: Purse): { posted: bigint; pending: bigint } {
  let [posted, pending] = [PURSES[purse].startMinor, 0n];
  for (const one of movements) {
    if (one.from === purse && isOpen(one)) pending -= one.fromMinor;
    if (one.from === purse && WENT.has(one.status)) posted -= one.fromMinor;
    if (one.from === purse && one.status === 'RETURNED') posted += one.backMinor;
    if (one.to === purse && one.status === 'COMPLETED')
      posted += one.rail === 'BOOK' ? one.fromMinor : one.toMinor;
    if (one.to === purse && isOpen(one)) pending += one.toMinor;
  }
  return { posted, pending };
}

export function availableIn(run: Run, purse: Purse): bigint {
  const { posted, pending } = purseOf(run, purse);
  return pending < 0n ? posted + pending : posted;
}

/** What came into our books less what left them, of an Asset, in minor units. */
export function worldOf({ movements }: Run, asset: string): bigint {
  let total = 0n;
  for (const one of Object.values(PURSES)) if (one.asset === asset) total += one.startMinor;
  for (const { rail, to, toMinor, out, status } of movements) {
    const isArrival = (rail === 'ARRIVAL' || rail === 'DEPOSIT') && status === 'COMPLETED';
    if (isArrival && to !== null && PURSES[to].asset === asset) total += toMinor;
    if (out?.asset === asset && status === 'COMPLETED') total -= out.amountMinor;
  }
  return total;
}

/** What a refund gives back; what a counter takes for it comes on top. */
export const refundedMinor = ({ out, fromMinor }: Movement): bigint => out?.amountMinor ?? fromMinor;

/** What is left of a Transaction to be refunded: what went back and what is on its way count. */
export function refundable({ movements }: Run, original: Movement): bigint {
  const live = movements.filter(
    (one) => one.refundOf === original && (isOpen(one) || one.status === 'COMPLETED'),
  );
  const captured = original.rail === 'BOOK' ? original.fromMinor : original.toMinor;
  return live.reduce((left, refund) => left - refundedMinor(refund), captured);
}

/** @param scale how many digits of `minor` are behind the point */
export function decimal(minor: bigint, scale = 2): string {
  const digits = String(minor).padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

export const uuidOf = (id: string): Uuid => parseId('txn', id) as Uuid;
