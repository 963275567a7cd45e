import type { SystemAccount } from '../../../../ledger/open.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { CODE_SECONDS } from '../../../../rails/cash/networks.ts';
import type { CashOrderRow, NewCashOrder } from '../../../../rails/cash/orders.ts';
import type { CashReceiptRow } from '../../../../rails/cash/receipts.ts';
import type { Batch } from '../batch.ts';
import { systemKey } from '../chain.ts';
import type { CashIn, CashInStepKind } from './cashIn.ts';

/** What a batch knows of cash before it decides. */
export interface CashFacts {
  readonly cashIns: ReadonlyMap<Uuid, CashIn>;
  readonly orders: ReadonlyMap<Uuid, CashOrderRow>;
  readonly receipts: ReadonlyMap<Uuid, CashReceiptRow>;
  /** By `systemKey`. */
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
  /** Who has an externalId among CashIns, by `externalIdKey`. */
  readonly externalIds: ReadonlyMap<string, Uuid>;
}

/** Something that happened to a CashIn, to be told. */
export interface CashInStep {
  readonly id: Uuid;
  readonly kind: CashInStepKind;
  /** As it is after it. */
  readonly cashIn: CashIn;
}

/** The same with the changes of this batch on top, and what is to be written. */
export interface CashBatch {
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
  readonly storedOrders: ReadonlyMap<Uuid, CashOrderRow>;
  readonly storedReceipts: ReadonlyMap<Uuid, CashReceiptRow>;
  readonly cashIns: Map<Uuid, CashIn>;
  readonly orders: Map<Uuid, CashOrderRow>;
  readonly receipts: Map<Uuid, CashReceiptRow>;
  readonly externalIds: Map<string, Uuid>;
  readonly created: Set<Uuid>;
  readonly changed: Set<Uuid>;
  readonly steps: CashInStep[];
  readonly newOrders: NewCashOrder[];
  readonly cancelAsks: Set<Uuid>;
  readonly settledOrders: Set<Uuid>;
  readonly settledReceipts: Set<Uuid>;
}

export function cashBatch(facts?: CashFacts): CashBatch {
  const { cashIns, orders = new Map(), receipts = new Map(), systemAccounts = new Map() } = facts ?? {};
  return {
    systemAccounts,
    storedOrders: orders,
    storedReceipts: receipts,
    cashIns: new Map(cashIns),
    orders: new Map(orders),
    receipts: new Map(receipts),
    externalIds: new Map(facts?.externalIds),
    created: new Set(),
    changed: new Set(),
    steps: [],
    newOrders: [],
    cancelAsks: new Set(),
    settledOrders: new Set(),
    settledReceipts: new Set(),
  };
}

/** The system account that `lock` has made sure of. */
export function cashAccount(batch: Batch, wanted: SystemAccount): Uuid {
  return present(batch.cash.systemAccounts.get(systemKey(wanted)), systemKey(wanted));
}

/** The CashIn as this batch sees it; null also for another organization's. */
export function findOwnCashIn(batch: Batch, organizationId: Uuid, id: Uuid): CashIn | null {
  const cashIn = batch.cash.cashIns.get(id);
  return cashIn?.organizationId === organizationId ? cashIn : null;
}

/** Begins a CashIn, or moves it on, with the event that tells of it. */
export function putCashIn(
  batch: Batch,
  kind: CashInStepKind,
  before: CashIn,
  change: Partial<CashIn> = {},
): CashIn {
  const { cash } = batch;
  const isNew = kind === 'Created';
  const cashIn: CashIn = isNew
    ? before
    : { ...before, ...change, version: before.version + 1, updatedAt: batch.now };
  if (isNew) cash.created.add(cashIn.id);
  else if (!cash.created.has(cashIn.id)) cash.changed.add(cashIn.id);
  cash.cashIns.set(cashIn.id, cashIn);
  cash.steps.push({ id: batch.newId(), kind, cashIn });
  return cashIn;
}

/** Changes what nobody is told of. */
export function amendCashIn(batch: Batch, before: CashIn, change: Partial<CashIn>): CashIn {
  const cashIn = { ...before, ...change, updatedAt: batch.now };
  if (!batch.cash.created.has(cashIn.id)) batch.cash.changed.add(cashIn.id);
  batch.cash.cashIns.set(cashIn.id, cashIn);
  return cashIn;
}

/** When a code that is asked for now can be paid by no more: the one place that says so. */
export function codeExpiry(batch: Batch): Date {
  return new Date(batch.now.getTime() + CODE_SECONDS * 1_000);
}

/** Queues the code that a CashIn has from now on. */
export function queueCode(batch: Batch, cashIn: CashIn, adapter: string): void {
  const { id: cashInId, orderId: id, organizationId, accountId, network, asset } = cashIn;
  batch.cash.newOrders.push({
    ...{ id, organizationId, kind: 'CODE', accountId, cashInId, adapter, network, asset },
    ...{ amountMinor: cashIn.amountMinor, recipientMask: null, sealed: null, expiresAt: cashIn.expiresAt },
  });
}

/** Says that the books are where the order is now. */
export function putSettledCashOrder(batch: Batch, row: CashOrderRow): void {
  batch.cash.orders.set(row.id, { ...row, settledVersion: row.version, settledState: row.state });
  batch.cash.settledOrders.add(row.id);
}

/** As `putSettledCashOrder`, for a receipt. */
export function putSettledCashReceipt(batch: Batch, row: CashReceiptRow): void {
  batch.cash.receipts.set(row.id, { ...row, settledVersion: row.version });
  batch.cash.settledReceipts.add(row.id);
}
