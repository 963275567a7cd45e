import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { flushState, type LedgerIds, lockState } from '../../../ledger/state.ts';
import type { Outcome } from '../../../platform/commandLane.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Catalog } from '../../../rails/bank/catalog/catalog.ts';
import type { MicroRows } from '../../../rails/bank/microDeposits/lockMicroDeposits.ts';
import { itemEventsOf } from '../../../rails/bank/reconcile/itemEvent.ts';
import type { ChainRows } from '../../../rails/onchain/settlements.ts';
import type { BankFacts } from '../domain/bank.ts';
import { type Batch, createBatch, externalIdKey } from '../domain/batch.ts';
import type { CashFacts } from '../domain/cash/cashInBatch.ts';
import type { ChainFacts } from '../domain/chain.ts';
import type { PaymentsCommand, ResolveItemCommand } from '../domain/command.ts';
import { decide } from '../domain/decide.ts';
import type { Quote } from '../domain/quote.ts';
import { NO_QUOTES, type QuoteFacts } from '../domain/quoteFacts.ts';
import { lineTransferIds } from '../domain/reconciliation.ts';
import type { RefundFacts } from '../domain/refunds/refundsInBatch.ts';
import type { Transaction } from '../domain/transaction.ts';
import { cashInEventOf } from '../events/cash.ts';
import { gateEventOf } from '../events/gates.ts';
import { eventOf, quoteEventOf } from '../events.ts';
import { type AskedExternalId, findExternalIds } from '../store/findExternalIds.ts';
import { insertEvents } from '../store/insertEvents.ts';
import { insertMetadata } from '../store/insertMetadata.ts';
import { insertTransactions } from '../store/insertTransactions.ts';
import { lockLimits } from '../store/limits/lockLimits.ts';
import { lockTransactions, type OwnedId } from '../store/lockTransactions.ts';
import { lockPayouts } from '../store/payouts/lockPayouts.ts';
import { updateTransactions } from '../store/updateTransactions.ts';
import { bankAccountIds, lockBank, lockPlaces, readBank } from './bankFacts.ts';
import { cashAccountIds, lockCash, locksCashIns, readCash, writeCash } from './cash/cashFacts.ts';
import { chainAccountIds, lockChain, readChain } from './chainFacts.ts';
import { readGateFacts, writeGatesOf } from './gates/gatesOfBatch.ts';
import { limitIdsOf, writeLimitsOf } from './limits/limitsOfBatch.ts';
import { microEventsOf, writeMicro } from './microDeposits/microOfBatch.ts';
import { payoutEventsOf, payoutItemIdsOf, writePayouts } from './payouts/payoutsOfBatch.ts';
import { quoteAccountIds, readQuotes, writeQuotes } from './quoteFacts.ts';
import {
  isRefunding,
  mayEndRefund,
  readRefunds,
  refundAccountIds,
  writeRefunds,
} from './refunds/refundFacts.ts';
import { readHeldArrivals, writeHeldArrivals } from './screening/heldArrivals.ts';
import { keepScreenings } from './screening/keepScreenings.ts';
import { writeBank } from './writeBank.ts';
import { writeChain } from './writeChain.ts';

export interface PaymentsOutcome extends Outcome {
  /** What the command made or changed, as it is at the end of the batch; null when it was refused. */
  readonly transaction: Transaction | null;
  /** The same of a Quote. */
  readonly quote: Quote | null;
}

/**
 * Decides and writes a batch: lock Transactions, PayoutBatches, limits and Accounts, decide in order, write. A batch that only
 * creates waits for the database twice here, whatever its size; one that touches Transactions, three times.
 */
export async function runBatch(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  assets: AssetCatalogue,
  catalog: Catalog,
): Promise<readonly PaymentsOutcome[]> {
  const batch = await lock(tx, commands, assets, catalog);
  const outcomes = commands.map((command): Outcome => {
    const stepsBefore = batch.steps.length;
    const quoteStepsBefore = batch.quote.steps.length;
    const gateStepsBefore = batch.gates.steps.length;
    const itemStepsBefore = batch.bank.itemSteps.length;
    const cashStepsBefore = batch.cash.steps.length;
    const result = decide(batch, command);
    const told = batch.quote.steps.slice(quoteStepsBefore).map(quoteEventOf);
    const waits = batch.gates.steps.slice(gateStepsBefore).map(gateEventOf);
    const items = itemEventsOf(batch.bank.itemSteps.slice(itemStepsBefore));
    const cash = batch.cash.steps.slice(cashStepsBefore).map(cashInEventOf);
    const own = batch.steps.slice(stepsBefore).map(eventOf);
    return { result, events: [...own, ...told, ...waits, ...items, ...cash] };
  });
  const told = [...payoutEventsOf(batch), ...microEventsOf(batch)];
  await Promise.all([write(tx, batch, assets), keepScreenings(tx, batch, commands, outcomes)]);
  return outcomes.map((outcome, index) => ({
    ...outcome,
    // What the whole batch did to PayoutBatches is told once, after all else.
    events: index === outcomes.length - 1 ? [...outcome.events, ...told] : outcome.events,
    transaction: transactionOf(batch, outcome),
    quote: quoteOf(batch, outcome),
  }));
}

function transactionOf(batch: Batch, { result }: Outcome): Transaction | null {
  if (result.type !== 'Transaction') return null;
  return present(batch.transactions.get(result.transactionId as Uuid), 'the transaction of a result');
}

function quoteOf(batch: Batch, { result }: Outcome): Quote | null {
  if (result.type !== 'Quote') return null;
  return present(batch.quote.quotes.get(result.quoteId as Uuid), 'the quote of a result');
}

async function lock(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  assets: AssetCatalogue,
  catalog: Catalog,
): Promise<Batch> {
  const locking = sent(Promise.resolve(lockChain(tx, commands)));
  // Sent behind the other without waiting for it, but where a deposit says which Transaction is its own.
  const lockingBank = sent(lockBank(tx, commands));
  const lockingCash = sent(lockCash(tx, commands));
  if (locksCashIns(commands)) await lockingCash;
  const deposits = commands.some(isDeposit) ? (await locking).deposits : NO_DEPOSITS;
  const lockingTransactions = sent(
    lockTransactions(tx, touchedBy(commands, deposits), commands.some(mayEndRefund)),
  );
  const readingQuotes = sent(readQuotes(tx, commands));
  const lockingPayouts = sent(lockPayouts(tx, payoutItemIdsOf(commands)));
  // Sent without waiting, too, but where a Quote says whose money it is.
  const quotes = commands.some(isAcceptance) ? (await readingQuotes).quotes : NO_QUOTES.quotes;
  // The same of a refund, whose original says who pays.
  const refunded = commands.some(isRefunding) ? await lockingTransactions : NO_TRANSACTIONS;
  const [rows, bankRows, cashRows, stored, quote, payouts, limits, gates] = await Promise.all([
    locking,
    lockingBank,
    lockingCash,
    lockingTransactions,
    readingQuotes,
    lockingPayouts,
    lockLimits(tx, limitIdsOf(commands, quotes, refunded)),
    readGateFacts(tx, commands, quotes),
  ]);
  const [chain, bank, cash, refunds] = await Promise.all([
    readChain(tx, commands, rows),
    readBank(tx, commands, bankRows, stored),
    readCash(tx, commands, cashRows),
    readRefunds(tx, commands, stored),
  ]);
  const { micro } = bankRows;
  const [taken, arrivals, ledger] = await Promise.all([
    findExternalIds(tx, externalIdsOf(commands)),
    readHeldArrivals(tx, commands),
    lockState(tx, ledgerIdsOf(commands, stored, { chain, bank, cash, quote, refunds, micro })),
  ]);
  const externalAccounts = await lockPlaces(tx, commands, quote.quotes, stored);
  return createBatch({
    assets,
    catalog,
    ledger,
    newId: newUuid,
    stored,
    ...(chain ? { chain } : {}),
    quote,
    bank: { ...bank, externalAccounts },
    micro,
    cash,
    payouts,
    limits,
    gates,
    heldArrivals: arrivals,
    refunds,
    externalIds: new Map(
      taken.map(({ organizationId, externalId, id }) => [externalIdKey(organizationId, externalId), id]),
    ),
  });
}

/** For what is awaited later: when something before it fails it is awaited by nobody, and must not end the process. */
function sent<Result>(answer: Promise<Result>): Promise<Result> {
  answer.catch(() => undefined);
  return answer;
}

const NO_TRANSACTIONS: ReadonlyMap<Uuid, Transaction> = new Map();

const NO_DEPOSITS: ChainRows['deposits'] = new Map();

function isAcceptance({ operation }: PaymentsCommand): boolean {
  return operation === 'acceptQuote';
}

function isDeposit({ operation }: PaymentsCommand): boolean {
  return operation === 'settleDeposit';
}

/** Everything is sent before anything is awaited. */
async function write(tx: Tx, batch: Batch, assets: AssetCatalogue): Promise<void> {
  const now = (id: Uuid): Transaction => present(batch.transactions.get(id), `transaction ${id}`);
  const made = [...batch.created].map(now);
  await Promise.all([
    insertTransactions(tx, made),
    insertMetadata(tx, made),
    updateTransactions(
      tx,
      [...batch.changed].map((id) => ({
        before: present(batch.stored.get(id), `stored ${id}`),
        after: now(id),
      })),
    ),
    insertEvents(tx, batch.steps),
    flushState(tx, batch.ledger),
    writeChain(tx, batch.chain),
    writeQuotes(tx, batch.quote),
    writeBank(tx, batch.bank),
    writeHeldArrivals(tx, batch.arrivals),
    writeMicro(tx, batch),
    writeCash(tx, batch.cash),
    writePayouts(tx, batch, assets),
    writeLimitsOf(tx, batch),
    writeGatesOf(tx, batch),
    writeRefunds(tx, batch),
  ]);
}

/** Transactions that must be there already, each once. */
function touchedBy(
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

function externalIdsOf(commands: readonly PaymentsCommand[]): readonly AskedExternalId[] {
  return commands.flatMap((command) => {
    const externalId = 'externalId' in command ? command.externalId : null;
    return externalId === null ? [] : [{ organizationId: command.organizationId, externalId }];
  });
}

function ledgerIdsOf(
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
    transferIds: commands.flatMap((command) => transferIdsOf(command, bank)),
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
