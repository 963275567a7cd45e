import type { SystemAccount } from '../../../ledger/open.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { PayableAccount } from '../../../rails/bank/externalAccounts/payableAccounts.ts';
import type { NewOrder, OrderRow } from '../../../rails/bank/orders.ts';
import type { RateWait, ReceiptRow } from '../../../rails/bank/receipts.ts';
import type { ItemStep } from '../../../rails/bank/reconcile/itemEvent.ts';
import type { ItemDecision, ItemRow } from '../../../rails/bank/reconcile/items.ts';
import type { OurBooking } from '../../../rails/bank/reconcile/sides.ts';
import type { Link } from '../../../rails/bank/reconcile/writeMatches.ts';
import type { LineRow } from '../../../rails/bank/statements/lines.ts';
import type { Batch } from './batch.ts';
import { systemKey } from './chain.ts';
import type { Quote } from './quote.ts';
import type { PlatformFee } from './quoteFacts.ts';

/** What a batch knows of banks before it decides. */
export interface BankFacts {
  readonly orders: ReadonlyMap<Uuid, OrderRow>;
  readonly receipts: ReadonlyMap<Uuid, ReceiptRow>;
  /** Places outside that are paid to, locked. */
  readonly externalAccounts: ReadonlyMap<Uuid, PayableAccount>;
  /** Quotes of payouts that have come back, by their Transactions. */
  readonly returnedQuotes: ReadonlyMap<Uuid, Quote>;
  /** By `feeKey`: what is charged for converting what arrived; left out where nothing is converted. */
  readonly platformFees?: ReadonlyMap<string, PlatformFee>;
  /** Left out where no command has to do with one. */
  readonly lines?: ReadonlyMap<Uuid, LineRow>;
  readonly items?: ReadonlyMap<Uuid, ItemRow>;
  /** What orders and receipts that items are about, or that people name, are in our books; by `bookingKey`. */
  readonly bookings?: ReadonlyMap<string, OurBooking>;
  /** By `systemKey`. */
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
}

/** The same with the changes of this batch on top, and what is to be written. */
export interface BankBatch {
  readonly externalAccounts: ReadonlyMap<Uuid, PayableAccount>;
  readonly returnedQuotes: ReadonlyMap<Uuid, Quote>;
  readonly platformFees: ReadonlyMap<string, PlatformFee>;
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
  readonly storedOrders: ReadonlyMap<Uuid, OrderRow>;
  readonly storedReceipts: ReadonlyMap<Uuid, ReceiptRow>;
  readonly orders: Map<Uuid, OrderRow>;
  readonly receipts: Map<Uuid, ReceiptRow>;
  readonly settledOrders: Set<Uuid>;
  readonly settledReceipts: Set<Uuid>;
  /** Receipts that wait for a rate from now on, or still. */
  readonly rateWaits: RateWait[];
  readonly newOrders: NewOrder[];
  readonly cancelAsks: Set<Uuid>;
  readonly storedLines: ReadonlyMap<Uuid, LineRow>;
  readonly lines: Map<Uuid, LineRow>;
  readonly settledLines: Set<Uuid>;
  readonly items: Map<Uuid, ItemRow>;
  readonly bookings: Map<string, OurBooking>;
  readonly itemDecisions: ItemDecision[];
  /** Which lines Bookings turned out to be. */
  readonly links: Link[];
  /** Items whose write-off is taken back. */
  readonly reversals: ItemRow[];
  /** What became of items, to be told. */
  readonly itemSteps: ItemStep[];
}

export function bankBatch(facts?: BankFacts): BankBatch {
  const { orders = new Map(), receipts = new Map(), systemAccounts = new Map() } = facts ?? {};
  const { lines = new Map(), items = new Map(), bookings = new Map() } = facts ?? {};
  return {
    externalAccounts: facts?.externalAccounts ?? new Map(),
    returnedQuotes: facts?.returnedQuotes ?? new Map(),
    platformFees: facts?.platformFees ?? new Map(),
    systemAccounts,
    storedOrders: orders,
    storedReceipts: receipts,
    orders: new Map(orders),
    receipts: new Map(receipts),
    settledOrders: new Set(),
    settledReceipts: new Set(),
    rateWaits: [],
    newOrders: [],
    cancelAsks: new Set(),
    storedLines: lines,
    lines: new Map(lines),
    settledLines: new Set(),
    items: new Map(items),
    bookings: new Map(bookings),
    itemDecisions: [],
    links: [],
    reversals: [],
    itemSteps: [],
  };
}

/** The system account that `lock` has made sure of. */
export function bankAccount(batch: Batch, wanted: SystemAccount): Uuid {
  return present(batch.bank.systemAccounts.get(systemKey(wanted)), systemKey(wanted));
}

/** Says that the books are where the order is now. */
export function putSettledOrder(batch: Batch, row: OrderRow): void {
  batch.bank.orders.set(row.id, { ...row, settledVersion: row.version, settledState: row.state });
  batch.bank.settledOrders.add(row.id);
}

/** As `putSettledOrder`, for a receipt. */
export function putSettledReceipt(batch: Batch, row: ReceiptRow): void {
  batch.bank.receipts.set(row.id, { ...row, settledVersion: row.version });
  batch.bank.settledReceipts.add(row.id);
}

/** As `putSettledOrder`, for a line. */
export function putSettledLine(batch: Batch, row: LineRow): void {
  batch.bank.lines.set(row.id, { ...row, settledVersion: row.version });
  batch.bank.settledLines.add(row.id);
}
