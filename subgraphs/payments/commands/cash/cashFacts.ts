import { ensureSystemAccounts, type SystemAccount } from '../../../../ledger/open.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { CASH } from '../../../../rails/cash/cash.ts';
import {
  askToCancelCash,
  insertCashOrders,
  lockCashOrders,
  settleCashOrders,
} from '../../../../rails/cash/orders.ts';
import { lockCashReceipts, settleCashReceipts } from '../../../../rails/cash/receipts.ts';
import { externalIdKey } from '../../domain/batch.ts';
import type { CashBatch, CashFacts } from '../../domain/cash/cashInBatch.ts';
import { isPickup } from '../../domain/cash/command.ts';
import { systemKey } from '../../domain/chain.ts';
import type { PaymentsCommand } from '../../domain/command.ts';
import type { Transaction } from '../../domain/transaction.ts';
import {
  findCashInExternalIds,
  insertCashIns,
  lockCashIns,
  updateCashIns,
} from '../../store/cash/writeCashIns.ts';
import { isRefunding, refundedBy } from '../refunds/refundFacts.ts';
import { changesOf } from '../writeBank.ts';

export type CashRows = Pick<CashFacts, 'cashIns' | 'orders' | 'receipts'>;

/** What commands act on, by table. */
interface Touched {
  readonly receiptIds: readonly Uuid[];
  readonly cashInIds: readonly Uuid[];
  readonly orderIds: readonly Uuid[];
}

function touchedBy(commands: readonly PaymentsCommand[]): Touched {
  const [receiptIds, cashInIds, orderIds]: [Uuid[], Uuid[], Uuid[]] = [[], [], []];
  for (const command of commands) {
    switch (command.operation) {
      case 'settleCashOrder':
        orderIds.push(command.transactionId);
        if (command.cashInId !== null) cashInIds.push(command.cashInId);
        break;
      // Of a pickup, perhaps: only the row itself can tell.
      case 'cancelTransaction':
        orderIds.push(command.transactionId);
        break;
      case 'settleCashReceipt':
        receiptIds.push(command.receiptId);
        if (command.cashInId !== null) cashInIds.push(command.cashInId);
        break;
      case 'assignCashReceipt':
        receiptIds.push(command.receiptId);
        break;
      case 'refreshCashIn':
      case 'cancelCashIn':
      case 'expireCashIn':
        cashInIds.push(command.cashInId);
        break;
    }
  }
  return { receiptIds, cashInIds, orderIds };
}

/** True where `lockCash` has to be waited for before Transactions are locked, as it waits itself. */
export function locksCashIns(commands: readonly PaymentsCommand[]): boolean {
  const { receiptIds, cashInIds } = touchedBy(commands);
  return receiptIds.length + cashInIds.length > 0;
}

/**
 * Locks what commands act on: receipts, then CashIns, then orders, those of the CashIns' codes among them; after the bank's
 * and before Transactions. Asks nothing where nothing does.
 */
export async function lockCash(tx: Tx, commands: readonly PaymentsCommand[]): Promise<CashRows> {
  const { receiptIds, cashInIds, orderIds } = touchedBy(commands);
  if (receiptIds.length + cashInIds.length === 0) {
    return { receipts: new Map(), cashIns: new Map(), orders: await lockCashOrders(tx, orderIds) };
  }
  const [receipts, cashIns] = await Promise.all([
    lockCashReceipts(tx, receiptIds),
    lockCashIns(tx, cashInIds),
  ]);
  const codes = [...cashIns.values()].map(({ orderId }) => orderId);
  const orders = await lockCashOrders(tx, [...new Set([...orderIds, ...codes])]);
  return { receipts, cashIns, orders };
}

/** What else deciding about cash needs, before Accounts are locked: the accounts that stand for it, and fees. */
export async function readCash(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  rows: CashRows,
  stored: ReadonlyMap<Uuid, Transaction>,
): Promise<CashFacts> {
  const wanted = [...systemAccountsOf(commands, rows, stored).values()];
  const asked = commands.flatMap((command) => {
    const { organizationId, operation } = command;
    const externalId = operation === 'createCashIn' ? command.externalId : null;
    return externalId === null ? [] : [{ organizationId, externalId }];
  });
  const [ids, taken] = await Promise.all([
    ensureSystemAccounts(tx, wanted),
    findCashInExternalIds(tx, asked),
  ]);
  const systemAccounts = new Map(
    wanted.map((account, index) => [systemKey(account), present(ids[index], 'a system account')]),
  );
  const externalIds = new Map(
    taken.map(({ organizationId, externalId, id }) => [externalIdKey(organizationId, externalId), id]),
  );
  return { ...rows, systemAccounts, externalIds };
}

/** Each once. */
function systemAccountsOf(
  commands: readonly PaymentsCommand[],
  { receipts }: CashRows,
  stored: ReadonlyMap<Uuid, Transaction>,
): ReadonlyMap<string, SystemAccount> {
  const wanted = new Map<string, SystemAccount>();
  const want = (account: SystemAccount) => wanted.set(systemKey(account), account);
  for (const command of commands) {
    const { organizationId } = command;
    const asset = pickedUpAsset(command, stored);
    if (asset !== null) {
      want({ organizationId, kind: 'CLEARING', asset, place: CASH });
      want({ organizationId, kind: 'FEES', asset });
    }
    if (command.operation === 'createCashIn') want({ organizationId, kind: 'FEES', asset: command.asset });
  }
  for (const { organizationId, asset } of receipts.values()) {
    want({ organizationId, kind: 'CLEARING', asset, place: CASH });
    want({ organizationId, kind: 'SUSPENSE', asset });
  }
  return wanted;
}

/** What a command may hold for somebody who picks it up as cash; null for what holds nothing of the kind. */
function pickedUpAsset(command: PaymentsCommand, stored: ReadonlyMap<Uuid, Transaction>): string | null {
  if (isPickup(command)) return command.asset;
  const refunded = isRefunding(command) ? refundedBy(command, stored) : null;
  return refunded?.sourceRail === CASH ? refunded.sourceAsset : null;
}

/** Accounts that the cash part of a batch posts to or asks about; those of locked Transactions not among them. */
export function cashAccountIds(
  commands: readonly PaymentsCommand[],
  { systemAccounts, cashIns }: CashFacts,
): readonly Uuid[] {
  const named = commands.flatMap((command) => {
    if (command.operation === 'createCashIn') return command.destination.accountId;
    return command.operation === 'assignCashReceipt' ? command.account.accountId : [];
  });
  const credited = [...cashIns.values()].flatMap(({ accountId, feesAccountId }) => [
    accountId,
    feesAccountId,
  ]);
  return [...systemAccounts.values(), ...named, ...credited];
}

/** Writes the cash part of a batch; nothing for a batch without one. Retry only with the whole tx. */
export async function writeCash(tx: Tx, cash: CashBatch): Promise<void> {
  const cashInsOf = (ids: ReadonlySet<Uuid>) =>
    [...ids].map((id) => present(cash.cashIns.get(id), `cash-in ${id}`));
  await Promise.all([
    insertCashIns(tx, cashInsOf(cash.created)),
    updateCashIns(tx, cashInsOf(cash.changed)),
    insertCashOrders(tx, cash.newOrders),
    askToCancelCash(tx, [...cash.cancelAsks]),
    settleCashOrders(tx, changesOf(cash.settledOrders, cash.storedOrders, cash.orders)),
    settleCashReceipts(tx, changesOf(cash.settledReceipts, cash.storedReceipts, cash.receipts)),
  ]);
}
