import type { LedgerIds } from '../../../ledger/state.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { MicroRows } from '../../../rails/bank/microDeposits/lockMicroDeposits.ts';
import type { ChainRows } from '../../../rails/onchain/settlements.ts';
import type { BankFacts } from '../domain/bank.ts';
import type { CashFacts } from '../domain/cash/cashInBatch.ts';
import type { ChainFacts } from '../domain/chain.ts';
import type { PaymentsCommand, ResolveItemCommand } from '../domain/command.ts';
import type { QuoteFacts } from '../domain/quoteFacts.ts';
import { lineTransferIds } from '../domain/reconciliation.ts';
import type { RefundFacts } from '../domain/refunds/refundsInBatch.ts';
import type { Transaction } from '../domain/transaction.ts';
import { itemTransferIds } from '../domain/writeOff.ts';
import type { AskedExternalId } from '../store/findExternalIds.ts';
import type { OwnedId } from '../store/lockTransactions.ts';
import { bankAccountIds } from './bankFacts.ts';
import { cashAccountIds } from './cash/cashFacts.ts';
import { chainAccountIds } from './chainFacts.ts';
import { quoteAccountIds } from './quoteFacts.ts';
import { refundAccountIds } from './refunds/refundFacts.ts';

/** Transactions that must be there already, each once. */
export function touchedBy(
  commands: readonly PaymentsCommand[],
  deposits: ChainRows['deposits'],
): readonly OwnedId[] {
  const touched = new Map<Uuid, OwnedId>();
  for (const command of commands) {
    const id = touchedIdOf(command, deposits);
    if (id) touched.set(id, { organizationId: command.organizationId, id });
  }
  return [...touched.values()];
}

function touchedIdOf(command: PaymentsCommand, deposits: ChainRows['deposits']): Uuid | null | undefined {
  switch (command.operation) {
    case 'createTransaction':
    case 'settleFee':
    case 'createQuote':
    case 'acceptQuote':
    case 'expireQuote':
    case 'setPlatformFee':
    case 'settleReceipt':
    case 'assignReceipt':
    case 'setDefaultReturnPolicy':
    case 'settleLine':
    case 'resolveReconciliationItem':
    case 'assignBankBooking':
    case 'takeBankBookingAsFee':
    case 'assignDeposit':
    case 'sendMicroDeposits':
    case 'settleMicroDeposits':
    case 'createCashIn':
    case 'refreshCashIn':
    case 'cancelCashIn':
    case 'expireCashIn':
    case 'settleCashReceipt':
    case 'assignCashReceipt':
      return null;
    case 'settleDeposit':
      return deposits.get(command.depositId)?.transactionId;
    default:
      return command.transactionId;
  }
}

export function externalIdsOf(commands: readonly PaymentsCommand[]): readonly AskedExternalId[] {
  return commands.flatMap((command) => {
    const externalId = 'externalId' in command ? command.externalId : null;
    return externalId === null ? [] : [{ organizationId: command.organizationId, externalId }];
  });
}

export function ledgerIdsOf(
  commands: readonly PaymentsCommand[],
  stored: ReadonlyMap<Uuid, Transaction>,
  facts: {
    readonly chain: ChainFacts | undefined;
    readonly bank: Omit<BankFacts, 'externalAccounts'>;
    readonly cash: CashFacts;
    readonly quote: QuoteFacts;
    readonly refunds: RefundFacts;
    readonly micro: MicroRows;
  },
): LedgerIds {
  const { chain, bank, cash, quote, refunds, micro } = facts;
  const accountIds = new Set<Uuid>([
    ...(chain ? chainAccountIds(chain) : []),
    ...bankAccountIds(bank),
    ...cashAccountIds(commands, cash),
    ...quoteAccountIds(commands, quote),
    ...refundAccountIds(commands, refunds),
  ]);
  const pendingIds = new Set<Uuid>();
  for (const command of commands) {
    if (command.operation === 'createTransaction') {
      accountIds.add(command.source.accountId);
      if ('destination' in command) accountIds.add(command.destination.accountId);
    }
    if (command.operation === 'sendMicroDeposits') accountIds.add(command.source.accountId);
    if ('account' in command) accountIds.add(command.account.accountId);
  }
  for (const { sourceAccountId, destinationAccountId, holdId, moreHoldIds } of stored.values()) {
    accountIds.add(sourceAccountId).add(destinationAccountId);
    if (holdId !== null) pendingIds.add(holdId);
    for (const id of moreHoldIds) pendingIds.add(id);
  }
  for (const { accountId, holdId } of micro.rows.values()) {
    accountIds.add(accountId);
    pendingIds.add(holdId);
  }
  return {
    accountIds: [...accountIds],
    pendingIds: [...pendingIds],
    transferIds: [
      ...commands.flatMap((command) => transferIdsOf(command, bank)),
      ...[...(bank.items?.keys() ?? [])].flatMap(itemTransferIds),
    ],
  };
}

/** Of every Journal that the command may post. */
function transferIdsOf(command: PaymentsCommand, bank: Omit<BankFacts, 'externalAccounts'>): readonly Uuid[] {
  switch (command.operation) {
    case 'settleDeposit':
      return [command.journalId, ...command.moreJournalIds, command.depositId];
    case 'settleFee':
      return [command.chainTransactionId];
    case 'createQuote':
    case 'expireQuote':
    case 'setPlatformFee':
    case 'setDefaultReturnPolicy':
    case 'dismissRefund':
      return [];
    case 'settleOrder':
      return [command.journalId, command.returnJournalId];
    case 'settleReceipt':
    case 'settleCashReceipt':
      return [command.journalId, command.receiptId];
    case 'settleLine':
    case 'assignBankBooking':
    case 'takeBankBookingAsFee':
      return lineTransferIds(command.lineId);
    case 'resolveReconciliationItem':
      return resolvedLineIds(command, bank);
    case 'settleMicroDeposits':
      return [command.journalId, ...command.returnJournalIds];
    case 'createCashIn':
    case 'refreshCashIn':
    case 'cancelCashIn':
    case 'expireCashIn':
      return [];
    default:
      return [command.journalId];
  }
}

function resolvedLineIds(
  { itemId }: ResolveItemCommand,
  { items }: Pick<BankFacts, 'items'>,
): readonly Uuid[] {
  const lineId = items?.get(itemId)?.lineId ?? null;
  return lineId === null ? [] : lineTransferIds(lineId);
}
