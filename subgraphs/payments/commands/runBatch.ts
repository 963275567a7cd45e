import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { flushState, lockState } from '../../../ledger/state.ts';
import type { Alongside, Outcome } from '../../../platform/commandLane.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Catalog } from '../../../rails/bank/catalog/catalog.ts';
import { itemEventsOf } from '../../../rails/bank/reconcile/itemEvent.ts';
import type { ChainRows } from '../../../rails/onchain/settlements.ts';
import { type Batch, createBatch, externalIdKey } from '../domain/batch.ts';
import type { PaymentsCommand } from '../domain/command.ts';
import { decide } from '../domain/decide.ts';
import type { Quote } from '../domain/quote.ts';
import { NO_QUOTES } from '../domain/quoteFacts.ts';
import type { Transaction } from '../domain/transaction.ts';
import { cashInEventOf } from '../events/cash.ts';
import { gateEventOf } from '../events/gates.ts';
import { eventOf, quoteEventOf } from '../events.ts';
import { findExternalIds } from '../store/findExternalIds.ts';
import { insertEvents } from '../store/insertEvents.ts';
import { insertMetadata } from '../store/insertMetadata.ts';
import { insertTransactions } from '../store/insertTransactions.ts';
import { lockLimits } from '../store/limits/lockLimits.ts';
import { lockTransactions } from '../store/lockTransactions.ts';
import { lockPayouts } from '../store/payouts/lockPayouts.ts';
import { updateTransactions } from '../store/updateTransactions.ts';
import { lockBank, lockPlaces, readBank } from './bankFacts.ts';
import { lockCash, locksCashIns, readCash, writeCash } from './cash/cashFacts.ts';
import { lockChain, readChain } from './chainFacts.ts';
import { readGateFacts, writeGatesOf } from './gates/gatesOfBatch.ts';
import { externalIdsOf, ledgerIdsOf, touchedBy } from './idsOfBatch.ts';
import { limitIdsOf, writeLimitsOf } from './limits/limitsOfBatch.ts';
import { microEventsOf, writeMicro } from './microDeposits/microOfBatch.ts';
import { payoutEventsOf, payoutItemIdsOf, writePayouts } from './payouts/payoutsOfBatch.ts';
import { readQuotes, writeQuotes } from './quoteFacts.ts';
import { isRefunding, mayEndRefund, readRefunds, writeRefunds } from './refunds/refundFacts.ts';
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

interface BatchParts {
  readonly assets: AssetCatalogue;
  readonly catalog: Catalog;
  /** Takes what the batch writes, as `Handle` does. */
  readonly alongside: Alongside;
}

/**
 * Decides and writes a batch: lock Transactions, PayoutBatches, limits and Accounts, decide in order, write. A batch that only
 * creates waits for the database twice here, whatever its size; one that touches Transactions, three times.
 */
export async function runBatch(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  { assets, catalog, alongside }: BatchParts,
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
  alongside(Promise.all([write(tx, batch, assets), keepScreenings(tx, batch, commands, outcomes)]));
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
    readCash(tx, commands, cashRows, stored),
    readRefunds(tx, commands, stored, quote.quotes),
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

/** Everything is sent before anything is awaited, so that what is sent after the call comes after all of it. */
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
