import { ensureSystemAccounts, type SystemAccount } from '../../../ledger/open.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { assetOfRail } from '../../../rails/bank/catalog/bankRails.ts';
import { lockPayableAccounts } from '../../../rails/bank/externalAccounts/payableAccounts.ts';
import {
  lockMicroDeposits,
  type MicroRows,
  NO_MICRO_ROWS,
} from '../../../rails/bank/microDeposits/lockMicroDeposits.ts';
import { lockOrders } from '../../../rails/bank/orders.ts';
import { lockReceipts, type ReceiptRow } from '../../../rails/bank/receipts.ts';
import { findItemReferences, lockItems } from '../../../rails/bank/reconcile/items.ts';
import {
  type AskedMovement,
  findNamedMovements,
  readBookings,
} from '../../../rails/bank/reconcile/readBookings.ts';
import { bookingKey } from '../../../rails/bank/reconcile/sides.ts';
import { lockLines } from '../../../rails/bank/statements/lines.ts';
import type { BankFacts } from '../domain/bank.ts';
import { systemKey } from '../domain/chain.ts';
import { isPayout, type PaymentsCommand } from '../domain/command.ts';
import { accountsOf, type Quote } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import { readPlatformFees } from '../store/quotes/platformFees.ts';
import { readAcceptedQuotes } from '../store/quotes/readAccepted.ts';

import { microIdsOf, microSystemAccounts } from './microDeposits/microOfBatch.ts';
import { lineAccounts } from './reconciliation/lineAccounts.ts';

export type BankRows = Pick<BankFacts, 'orders' | 'receipts' | 'lines' | 'items' | 'bookings'> & {
  readonly micro: MicroRows;
};

const NO_ROWS: BankRows = { orders: new Map(), receipts: new Map(), micro: NO_MICRO_ROWS };

/**
 * Locks what commands act on in the bank's schema, which comes after the chain's and before Transactions. Asks nothing
 * where nothing does. A cancellation may be of a payout: only the row itself can tell.
 */
export async function lockBank(tx: Tx, commands: readonly PaymentsCommand[]): Promise<BankRows> {
  const [orderIds, receiptIds]: [Uuid[], Uuid[]] = [[], []];
  const [lineIds, itemIds]: [Uuid[], Uuid[]] = [[], []];
  const named: AskedMovement[] = [];
  for (const command of commands) {
    switch (command.operation) {
      case 'settleOrder':
      case 'cancelTransaction':
      case 'finalizeTransaction':
        orderIds.push(command.transactionId);
        break;
      case 'settleReceipt':
      case 'assignReceipt':
        receiptIds.push(command.receiptId);
        break;
      case 'settleLine':
      case 'assignBankBooking':
      case 'takeBankBookingAsFee':
        lineIds.push(command.lineId);
        break;
      case 'resolveReconciliationItem':
        itemIds.push(command.itemId);
        if (command.movement) named.push({ ...command.movement, organizationId: command.organizationId });
        break;
    }
  }
  const microIds = microIdsOf(commands);
  const count = orderIds.length + receiptIds.length + lineIds.length + itemIds.length + microIds.length;
  if (count === 0) return NO_ROWS;
  const about = await findMovements(tx, itemIds, named);
  orderIds.push(...about.orderIds);
  receiptIds.push(...about.receiptIds);
  lineIds.push(...about.lineIds);
  const [orders, receipts, lines, items, bookings] = await Promise.all([
    lockOrders(tx, orderIds),
    lockReceipts(tx, receiptIds),
    lockLines(tx, lineIds),
    lockItems(tx, { ...about, ids: itemIds, lineIds }),
    itemIds.length === 0 ? [] : readBookings(tx, about.orderIds, about.receiptIds),
  ]);
  return {
    ...{ orders, receipts, lines, items },
    bookings: new Map(bookings.map((one) => [bookingKey(one), one])),
    micro: await lockMicroDeposits(tx, microIds),
  };
}

/** What items are about, and the movements that people name: before anything is locked, as neither changes. */
async function findMovements(tx: Tx, itemIds: readonly Uuid[], named: readonly AskedMovement[]) {
  const [references, movements] = await Promise.all([
    findItemReferences(tx, itemIds),
    findNamedMovements(tx, named),
  ]);
  const found = [...references, ...movements];
  return {
    orderIds: found.flatMap(({ orderId }) => orderId ?? []),
    receiptIds: found.flatMap(({ receiptId }) => receiptId ?? []),
    lineIds: references.flatMap(({ lineId }) => lineId ?? []),
  };
}

/** What else deciding about banks needs, before Accounts are locked: the accounts that stand for rails, and suspense. */
export async function readBank(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  rows: BankRows,
  stored: ReadonlyMap<Uuid, Transaction>,
): Promise<Omit<BankFacts, 'externalAccounts'>> {
  const wanted = [...systemAccountsOf(commands, rows, stored).values()];
  const [ids, returnedQuotes, platformFees] = await Promise.all([
    ensureSystemAccounts(tx, wanted),
    readReturnedQuotes(tx, rows, stored),
    readPlatformFees(tx, [...rows.receipts.values()].filter(isConverting)),
  ]);
  const systemAccounts = new Map(
    wanted.map((account, index) => [systemKey(account), present(ids[index], 'a system account')]),
  );
  return { ...rows, systemAccounts, returnedQuotes, platformFees };
}

/** True for what becomes another Asset as it is credited, and is not in the books yet. */
function isConverting({ convertsTo, settledVersion }: ReceiptRow): boolean {
  return convertsTo !== null && settledVersion === 0;
}

/** A quoted payout that came back goes the way of its Quote. */
function readReturnedQuotes(
  tx: Tx,
  { orders }: BankRows,
  stored: ReadonlyMap<Uuid, Transaction>,
): Promise<BankFacts['returnedQuotes']> {
  const returned = [...orders.values()].filter(({ state }) => state === 'RETURNED');
  return readAcceptedQuotes(
    tx,
    returned.flatMap(({ id }) => (stored.get(id)?.quoteId == null ? [] : [id])),
  );
}

/** Each once. */
function systemAccountsOf(
  commands: readonly PaymentsCommand[],
  rows: BankRows,
  stored: ReadonlyMap<Uuid, Transaction>,
): ReadonlyMap<string, SystemAccount> {
  const { orders, receipts } = rows;
  const wanted = new Map<string, SystemAccount>();
  const want = (account: SystemAccount) => wanted.set(systemKey(account), account);
  for (const command of commands) {
    if (!isPayout(command)) continue;
    const { organizationId, rail: place } = command;
    want({ organizationId, kind: 'CLEARING', asset: assetOfRail(place), place });
  }
  for (const { id, organizationId, rail, state } of orders.values()) {
    const asset = stored.get(id)?.sourceAsset ?? assetOfRail(rail);
    if (state === 'RETURNED') want({ organizationId, kind: 'SUSPENSE', asset });
  }
  for (const receipt of receipts.values()) {
    const { organizationId, rail: place, asset, convertsTo } = receipt;
    want({ organizationId, kind: 'CLEARING', asset, place });
    want({ organizationId, kind: 'SUSPENSE', asset });
    if (convertsTo === null || !isConverting(receipt)) continue;
    for (const kind of ['CONVERSION', 'FEES'] as const) {
      want({ organizationId, kind, asset });
      want({ organizationId, kind, asset: convertsTo });
    }
  }
  for (const account of lineAccounts(commands, rows)) want(account);
  for (const account of microSystemAccounts(commands, rows.micro)) want(account);
  return wanted;
}

/** Accounts that the bank's part of a batch posts to; those of locked Transactions not among them. */
export function bankAccountIds({
  systemAccounts,
  receipts,
  returnedQuotes,
}: Omit<BankFacts, 'externalAccounts'>): readonly Uuid[] {
  const credited = [...receipts.values()].flatMap(({ accountId, feeAccountId }) =>
    [accountId ?? [], feeAccountId ?? []].flat(),
  );
  const conversions = [...returnedQuotes.values()].flatMap(accountsOf);
  return [...systemAccounts.values(), ...credited, ...conversions];
}

/** Keeps the places outside that a batch may pay to as they are: last of all that is locked. */
export function lockPlaces(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  quotes: ReadonlyMap<Uuid, Quote>,
  stored: ReadonlyMap<Uuid, Transaction>,
): Promise<BankFacts['externalAccounts']> {
  const ids = new Set<Uuid>();
  for (const command of commands) {
    const id = placeOf(command, quotes, stored);
    if (id != null) ids.add(id);
  }
  return lockPayableAccounts(tx, [...ids]);
}

function placeOf(
  command: PaymentsCommand,
  quotes: ReadonlyMap<Uuid, Quote>,
  stored: ReadonlyMap<Uuid, Transaction>,
): Uuid | null | undefined {
  switch (command.operation) {
    case 'createTransaction':
      return 'externalAccountId' in command ? command.externalAccountId : null;
    case 'createQuote':
      return 'externalAccountId' in command.destination ? command.destination.externalAccountId : null;
    case 'acceptQuote':
      return quotes.get(command.quoteId)?.externalAccountId;
    case 'approveTransaction':
    case 'decideReview':
      return command.transactionId && stored.get(command.transactionId)?.destinationExternalAccountId;
    default:
      return null;
  }
}
