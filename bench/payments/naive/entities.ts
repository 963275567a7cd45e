import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';

/** The columns of our own tables that a payment needs; what is left out has a default or may be null. */
export interface AccountRow {
  readonly id: string;
  readonly organizationId: string;
  readonly holderId: string;
  readonly asset: string;
  readonly closedAt: Date | null;
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPosted: bigint;
  readonly version: bigint;
}

export interface TransactionRow {
  readonly id: string;
  readonly organizationId: string;
  readonly status: string;
  readonly version: number;
  readonly sourceAccountId: string;
  readonly destinationAccountId: string;
  readonly sourceAsset: string;
  readonly sourceAmount: bigint;
}

export interface IdempotencyRow {
  readonly organizationId: string;
  readonly operation: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly result: { readonly transactionId: string };
}

type Row = Readonly<Record<string, unknown>>;
type Column = EntitySchemaColumnOptions;

/** TypeORM hands int8 and numeric over as text. */
const transformer = { to: (value: unknown) => value, from: (value: string) => BigInt(value) };

const uuid = (name: string): Column => ({ type: 'uuid', name });
const text = (name: string): Column => ({ type: 'text', name });
const time = (name: string): Column => ({ type: 'timestamptz', name });
const flag = (name: string): Column => ({ type: 'boolean', name });
const integer = (name: string): Column => ({ type: 'integer', name });
const int8 = (name: string): Column => ({ type: 'bigint', name, transformer });
const amount = (name: string): Column => ({
  type: 'numeric',
  name,
  precision: 38,
  scale: 0,
  transformer,
});
const optional = (column: Column): Column => ({ ...column, nullable: true });
const primary = (column: Column): Column => ({ ...column, primary: true });

export const Account = new EntitySchema<AccountRow>({
  name: 'Account',
  schema: 'ledger',
  tableName: 'account',
  columns: {
    id: primary(uuid('id')),
    organizationId: uuid('organization_id'),
    holderId: uuid('holder_id'),
    asset: text('asset'),
    closedAt: optional(time('closed_at')),
    debitsPending: amount('debits_pending'),
    debitsPosted: amount('debits_posted'),
    creditsPosted: amount('credits_posted'),
    version: int8('version'),
  },
});

export const Transfer = new EntitySchema<Row>({
  name: 'Transfer',
  schema: 'ledger',
  tableName: 'transfer',
  columns: {
    id: primary(uuid('id')),
    organizationId: uuid('organization_id'),
    journalId: uuid('journal_id'),
    kind: text('kind'),
    debitAccountId: uuid('debit_account_id'),
    creditAccountId: uuid('credit_account_id'),
    asset: text('asset'),
    amount: amount('amount'),
    transactionId: uuid('transaction_id'),
    debitVersion: int8('debit_version'),
    debitPostedAfter: amount('debit_posted_after'),
    debitDebitsPendingAfter: amount('debit_debits_pending_after'),
    debitCreditsPendingAfter: amount('debit_credits_pending_after'),
    creditVersion: int8('credit_version'),
    creditPostedAfter: amount('credit_posted_after'),
    creditDebitsPendingAfter: amount('credit_debits_pending_after'),
    creditCreditsPendingAfter: amount('credit_credits_pending_after'),
    createdAt: time('created_at'),
  },
});

export const Transaction = new EntitySchema<TransactionRow & Row>({
  name: 'Transaction',
  schema: 'payments',
  tableName: 'transaction',
  columns: {
    id: primary(uuid('id')),
    organizationId: uuid('organization_id'),
    type: text('type'),
    status: text('status'),
    finality: text('finality'),
    captureMethod: text('capture_method'),
    version: integer('version'),
    sourceRail: text('source_rail'),
    sourceAccountId: uuid('source_account_id'),
    sourceIsWallet: flag('source_is_wallet'),
    sourceAsset: text('source_asset'),
    sourceAmount: amount('source_amount'),
    destinationRail: text('destination_rail'),
    destinationAccountId: uuid('destination_account_id'),
    destinationIsWallet: flag('destination_is_wallet'),
    destinationAsset: text('destination_asset'),
    destinationAmount: amount('destination_amount'),
    capturedAmount: amount('captured_amount'),
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
    completedAt: time('completed_at'),
  },
});

export const TransactionEvent = new EntitySchema<Row>({
  name: 'TransactionEvent',
  schema: 'payments',
  tableName: 'transaction_event',
  columns: {
    transactionId: primary(uuid('transaction_id')),
    version: primary(integer('version')),
    id: uuid('id'),
    organizationId: uuid('organization_id'),
    kind: text('kind'),
    status: text('status'),
    amount: amount('amount'),
    terminal: flag('terminal'),
    occurredAt: time('occurred_at'),
  },
});

/** `xid`, `seq` and `occurred_at` are the database's. */
export const OutboxEvent = new EntitySchema<Row>({
  name: 'OutboxEvent',
  schema: 'platform',
  tableName: 'outbox',
  columns: {
    id: primary(uuid('id')),
    organizationId: uuid('organization_id'),
    type: text('type'),
    aggregateId: uuid('aggregate_id'),
    version: integer('version'),
    subjects: { type: 'uuid', array: true },
    payload: { type: 'jsonb' },
  },
});

export const Idempotency = new EntitySchema<IdempotencyRow>({
  name: 'Idempotency',
  schema: 'platform',
  tableName: 'idempotency',
  columns: {
    organizationId: primary(uuid('organization_id')),
    operation: primary(text('operation')),
    key: primary(text('key')),
    fingerprint: text('fingerprint'),
    result: { type: 'jsonb' },
  },
});

export const ENTITIES = [Account, Transfer, Transaction, TransactionEvent, OutboxEvent, Idempotency];
