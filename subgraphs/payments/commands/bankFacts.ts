import { ensureSystemAccounts, type SystemAccount } from '../../../ledger/open.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { lockOrders } from '../../../rails/bank/orders.ts';
import { RAIL_FACTS } from '../../../rails/bank/railFacts.ts';
import { lockReceipts } from '../../../rails/bank/receipts.ts';
import { findItemReferences, lockItems } from '../../../rails/bank/reconcile/items.ts';
import { lockLines } from '../../../rails/bank/statements/lines.ts';
import type { BankFacts } from '../domain/bank.ts';
import { systemKey } from '../domain/chain.ts';
import { isPayout, type PaymentsCommand } from '../domain/command.ts';
import { stateAfter } from '../domain/decideResolveItem.ts';
import { accountsOfLine } from '../domain/reconciliation.ts';

export type BankRows = Pick<BankFacts, 'orders' | 'receipts' | 'lines' | 'items'>;

const NO_ROWS: BankRows = { orders: new Map(), receipts: new Map() };

/**
 * Locks what commands act on in the bank's schema, which comes after the chain's and before Transactions. Asks nothing
 * where nothing does. A cancellation may be of a payout: only the row itself can tell.
 */
export async function lockBank(tx: Tx, commands: readonly PaymentsCommand[]): Promise<BankRows> {
  const [orderIds, receiptIds]: [Uuid[], Uuid[]] = [[], []];
  const [lineIds, itemIds]: [Uuid[], Uuid[]] = [[], []];
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
        lineIds.push(command.lineId);
        break;
      case 'resolveReconciliationItem':
        itemIds.push(command.itemId);
        break;
    }
  }
  if (orderIds.length + receiptIds.length + lineIds.length + itemIds.length === 0) return NO_ROWS;
  for (const { orderId, receiptId, lineId } of await findItemReferences(tx, itemIds)) {
    if (orderId !== null) orderIds.push(orderId);
    if (receiptId !== null) receiptIds.push(receiptId);
    if (lineId !== null) lineIds.push(lineId);
  }
  const [orders, receipts, lines, items] = await Promise.all([
    lockOrders(tx, orderIds),
    lockReceipts(tx, receiptIds),
    lockLines(tx, lineIds),
    lockItems(tx, itemIds),
  ]);
  return { orders, receipts, lines, items };
}

/** What else deciding about banks needs, before Accounts are locked: the accounts that stand for rails, and suspense. */
export async function readBank(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  rows: BankRows,
): Promise<BankFacts> {
  const wanted = [...systemAccountsOf(commands, rows).values()];
  const ids = await ensureSystemAccounts(tx, wanted);
  const systemAccounts = new Map(
    wanted.map((account, index) => [systemKey(account), present(ids[index], 'a system account')]),
  );
  return { ...rows, systemAccounts };
}

/** Each once. */
function systemAccountsOf(
  commands: readonly PaymentsCommand[],
  rows: BankRows,
): ReadonlyMap<string, SystemAccount> {
  const { orders, receipts } = rows;
  const wanted = new Map<string, SystemAccount>();
  const want = (account: SystemAccount) => wanted.set(systemKey(account), account);
  for (const command of commands) {
    if (!isPayout(command)) continue;
    const { organizationId, rail: place } = command;
    want({ organizationId, kind: 'CLEARING', asset: RAIL_FACTS[place].asset, place });
  }
  for (const { organizationId, rail, state } of orders.values()) {
    if (state === 'RETURNED') want({ organizationId, kind: 'SUSPENSE', asset: RAIL_FACTS[rail].asset });
  }
  for (const { organizationId, rail: place, asset } of receipts.values()) {
    want({ organizationId, kind: 'CLEARING', asset, place });
    want({ organizationId, kind: 'SUSPENSE', asset });
  }
  for (const account of lineAccountsOf(commands, rows)) want(account);
  return wanted;
}

function lineAccountsOf(
  commands: readonly PaymentsCommand[],
  { lines, items }: BankRows,
): readonly SystemAccount[] {
  return commands.flatMap((command) => {
    if (command.operation === 'settleLine') {
      const line = lines?.get(command.lineId);
      return line ? accountsOfLine(line, line.state) : [];
    }
    if (command.operation !== 'resolveReconciliationItem') return [];
    const item = items?.get(command.itemId);
    const line = item?.lineId ? lines?.get(item.lineId) : undefined;
    return item && line
      ? accountsOfLine({ ...line, rail: item.rail ?? line.rail }, stateAfter(command.action))
      : [];
  });
}

/** Accounts that the bank's part of a batch posts to; those of locked Transactions not among them. */
export function bankAccountIds({ systemAccounts, receipts }: BankFacts): readonly Uuid[] {
  const credited = [...receipts.values()].flatMap(({ accountId }) => accountId ?? []);
  return [...systemAccounts.values(), ...credited];
}
