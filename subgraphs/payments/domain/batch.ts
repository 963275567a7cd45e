import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { type Balance, balanceOf } from '../../../ledger/balance.ts';
import type { LedgerState } from '../../../ledger/state.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { BUILT_IN, type Catalog } from '../../../rails/bank/catalog/catalog.ts';
import type { MicroRows } from '../../../rails/bank/microDeposits/lockMicroDeposits.ts';
import type { HeldArrival } from '../../../rails/bank/receiptHolds.ts';
import { type HeldArrivals, heldArrivalsOf } from './arrivals/heldArrivals.ts';
import { type BankBatch, type BankFacts, bankBatch } from './bank.ts';
import { type CashBatch, type CashFacts, cashBatch } from './cash/cashInBatch.ts';
import { type ChainBatch, type ChainFacts, chainBatch } from './chain.ts';
import { type GateFacts, type Gates, gatesOf } from './gates/gatesInBatch.ts';
import { type LimitFacts, type Limits, limitsOf } from './limits/limitsInBatch.ts';
import { type MicroBatch, microBatch } from './microDeposits/microInBatch.ts';
import { type PayoutFacts, type Payouts, payoutsOf } from './payouts/payoutsInBatch.ts';
import { type QuoteBatch, type QuoteFacts, quoteBatch } from './quoteFacts.ts';
import { type RefundBatch, type RefundFacts, refundBatch } from './refunds/refundsInBatch.ts';
import type { Transaction } from './transaction.ts';
import type { TransactionEvent } from './transactionEvent.ts';
import { canMove, isTerminal, TRANSITIONS, type TransactionEventKind } from './transitions.ts';

/** An Account's balance after a step. */
export interface BalanceChange {
  readonly accountId: Uuid;
  readonly asset: string;
  readonly balance: Balance;
}

/** A step of a timeline with all that its event tells. */
export interface Step {
  readonly event: TransactionEvent;
  /** As it is after the step. */
  readonly transaction: Transaction;
  /** Accounts whose balance the step changed; empty when it moved nothing. */
  readonly balances: readonly BalanceChange[];
}

/**
 * What deciding sees and changes: locked Transactions and the ledger's Accounts, with the changes of this batch
 * on top. It is written once at the end of the batch and ends with its tx.
 */
export interface Batch {
  /** The database's clock after the locks. */
  readonly now: Date;
  readonly assets: AssetCatalogue;
  /** What is known of rails between banks. */
  readonly catalog: Catalog;
  readonly ledger: LedgerState;
  readonly newId: () => Uuid;
  /** Transactions as the table has them, locked. */
  readonly stored: ReadonlyMap<Uuid, Transaction>;
  /** The same with this batch's changes, and those it made. */
  readonly transactions: Map<Uuid, Transaction>;
  /** Who has an externalId, by `externalIdKey`. */
  readonly externalIds: Map<string, Uuid>;
  readonly created: Set<Uuid>;
  readonly changed: Set<Uuid>;
  readonly steps: Step[];
  /** What is known of chains and wanted of them; nothing where no command has to do with one. */
  readonly chain: ChainBatch;
  /** What is known of Quotes and becomes of them; nothing where no command has to do with one. */
  readonly quote: QuoteBatch;
  /** The same of banks. */
  readonly bank: BankBatch;
  /** Micro-deposits that this batch sends or settles. */
  readonly micro: MicroBatch;
  /** The same of cash at counters. */
  readonly cash: CashBatch;
  /** Items of PayoutBatches that this batch pays or ends; nothing where no command has to do with one. */
  readonly payouts: Payouts;
  /** Policies that sources of this batch are under; nothing where there are none. */
  readonly limits: Limits;
  /** Money that arrived and is held back, or was; nothing where no command settles any. */
  readonly arrivals: HeldArrivals;
  /** What payments wait for before their rail is told; nothing where nobody waits. */
  readonly gates: Gates;
  /** What is known of refunds and returns; nothing where no command has to do with either. */
  readonly refunds: RefundBatch;
}

export function createBatch(
  known: Pick<Batch, 'assets' | 'ledger' | 'newId' | 'stored'> & {
    readonly externalIds: ReadonlyMap<string, Uuid>;
    readonly chain?: ChainFacts;
    readonly quote?: QuoteFacts;
    readonly bank?: BankFacts;
    readonly micro?: MicroRows;
    readonly cash?: CashFacts;
    readonly payouts?: PayoutFacts | undefined;
    readonly limits?: LimitFacts | undefined;
    readonly gates?: GateFacts | undefined;
    /** As it is built in when left out. */
    readonly catalog?: Catalog;
    readonly heldArrivals?: readonly HeldArrival[];
    readonly refunds?: RefundFacts;
  },
): Batch {
  return {
    ...known,
    catalog: known.catalog ?? BUILT_IN,
    now: known.ledger.now,
    transactions: new Map(known.stored),
    externalIds: new Map(known.externalIds),
    created: new Set(),
    changed: new Set(),
    steps: [],
    chain: chainBatch(known.chain),
    quote: quoteBatch(known.quote),
    bank: bankBatch(known.bank),
    micro: microBatch(known.micro),
    cash: cashBatch(known.cash),
    payouts: payoutsOf(known.payouts),
    limits: limitsOf(known.limits),
    gates: gatesOf(known.gates),
    arrivals: heldArrivalsOf(known.heldArrivals),
    refunds: refundBatch(known.refunds),
  };
}

export function externalIdKey(organizationId: Uuid, externalId: string): string {
  return `${organizationId} ${externalId}`;
}

/** What a Transaction begins with of its own; all else is the same for each. */
type Draft = Omit<
  Transaction,
  | 'status'
  | 'version'
  | 'capturedAmountMinor'
  | 'refundedAmountMinor'
  | 'refundingAmountMinor'
  | 'holdId'
  | 'moreHoldIds'
  | 'holdExpiresAt'
  | 'failureCode'
  | 'createdAt'
  | 'updatedAt'
  | 'completedAt'
  | 'quoteId'
  | 'reversibleUntil'
  | 'destinationExternalAccountId'
> & { readonly quoteId?: Uuid; readonly destinationExternalAccountId?: Uuid | null };

/** Money that is held from the first step on, and the Accounts whose balance that changed. */
interface HeldFromTheStart {
  readonly change: Partial<Pick<Transaction, 'holdId' | 'moreHoldIds'>>;
  readonly touched: readonly Uuid[];
}

/** Begins a Transaction with its CREATED step. */
export function open(batch: Batch, draft: Draft, held?: HeldFromTheStart): Transaction {
  const transaction: Transaction = {
    quoteId: null,
    destinationExternalAccountId: null,
    ...draft,
    status: TRANSITIONS.CREATED.to,
    version: 1,
    capturedAmountMinor: 0n,
    refundedAmountMinor: 0n,
    refundingAmountMinor: 0n,
    holdId: null,
    moreHoldIds: [],
    holdExpiresAt: null,
    failureCode: null,
    createdAt: batch.now,
    updatedAt: batch.now,
    completedAt: null,
    reversibleUntil: null,
    ...held?.change,
  };
  batch.created.add(draft.id);
  if (draft.externalId !== null) {
    batch.externalIds.set(externalIdKey(draft.organizationId, draft.externalId), draft.id);
  }
  const { touched = [] } = held ?? {};
  put(batch, transaction, 'CREATED', { amountMinor: draft.sourceAmountMinor, touched });
  return transaction;
}

/** Moves a Transaction on by one step. Callers have asked `canMove`; an illegal move here is a bug. */
export function advance(
  batch: Batch,
  before: Transaction,
  kind: TransactionEventKind,
  change: Partial<Transaction>,
  details: StepDetails,
): Transaction {
  const isReversible = before.finality === 'PROVISIONAL';
  invariant(
    canMove(before.status, kind, isReversible),
    `${kind} cannot follow on ${before.status}, ${before.finality}`,
  );
  const after = {
    ...before,
    ...change,
    status: TRANSITIONS[kind].to,
    version: before.version + 1,
    updatedAt: batch.now,
  };
  if (!batch.created.has(after.id)) batch.changed.add(after.id);
  put(batch, after, kind, details);
  return after;
}

export interface StepDetails extends Partial<TransactionEvent> {
  /** Accounts whose balance the step's Journal changed. */
  readonly touched?: readonly Uuid[];
}

function put(batch: Batch, transaction: Transaction, kind: TransactionEventKind, details: StepDetails): void {
  const { touched = [], ...fields } = details;
  batch.transactions.set(transaction.id, transaction);
  batch.steps.push({
    transaction,
    balances: touched.map((accountId) => balanceChange(batch, accountId)),
    event: {
      leg: null,
      amountMinor: null,
      relatedTransactionId: null,
      chainTransactionId: null,
      transactionHash: null,
      reasonCode: null,
      reasonMessage: null,
      reasonRetryable: null,
      nextAction: null,
      expectedBy: null,
      ...fields,
      id: batch.newId(),
      transactionId: transaction.id,
      version: transaction.version,
      kind,
      status: transaction.status,
      asset: fields.leg === 'DESTINATION' ? transaction.destinationAsset : transaction.sourceAsset,
      terminal: isTerminal(transaction.status, transaction.finality === 'PROVISIONAL'),
      occurredAt: batch.now,
    },
  });
}

function balanceChange(batch: Batch, accountId: Uuid): BalanceChange {
  const account = present(batch.ledger.accounts.get(accountId), 'a posted account');
  return { accountId, asset: account.asset, balance: balanceOf(account) };
}
