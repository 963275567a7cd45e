import { ensureSystemAccounts, type SystemAccount } from '../../../ledger/open.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import {
  lockMicroDeposits,
  type MicroRows,
  NO_MICRO_ROWS,
} from '../../../rails/bank/microDeposits/lockMicroDeposits.ts';
import { lockOrders } from '../../../rails/bank/orders.ts';
import { RAIL_FACTS } from '../../../rails/bank/railFacts.ts';
import { lockReceipts } from '../../../rails/bank/receipts.ts';
import type { BankFacts } from '../domain/bank.ts';
import { systemKey } from '../domain/chain.ts';
import { isPayout, type PaymentsCommand } from '../domain/command.ts';
import { microIdsOf, microSystemAccounts } from './microDeposits/microOfBatch.ts';

export type BankRows = Pick<BankFacts, 'orders' | 'receipts'> & { readonly micro: MicroRows };

const NO_ROWS: BankRows = { orders: new Map(), receipts: new Map(), micro: NO_MICRO_ROWS };

/**
 * Locks what commands act on in the bank's schema, which comes after the chain's and before Transactions. Asks nothing
 * where nothing does. A cancellation may be of a payout: only the row itself can tell.
 */
export async function lockBank(tx: Tx, commands: readonly PaymentsCommand[]): Promise<BankRows> {
  const [orderIds, receiptIds]: [Uuid[], Uuid[]] = [[], []];
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
    }
  }
  const microIds = microIdsOf(commands);
  if (orderIds.length + receiptIds.length + microIds.length === 0) return NO_ROWS;
  const [orders, receipts] = await Promise.all([lockOrders(tx, orderIds), lockReceipts(tx, receiptIds)]);
  return { orders, receipts, micro: await lockMicroDeposits(tx, microIds) };
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
  { orders, receipts, micro }: BankRows,
): ReadonlyMap<string, SystemAccount> {
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
  for (const account of microSystemAccounts(commands, micro)) want(account);
  return wanted;
}

/** Accounts that the bank's part of a batch posts to; those of locked Transactions not among them. */
export function bankAccountIds({ systemAccounts, receipts }: BankFacts): readonly Uuid[] {
  const credited = [...receipts.values()].flatMap(({ accountId }) => accountId ?? []);
  return [...systemAccounts.values(), ...credited];
}
