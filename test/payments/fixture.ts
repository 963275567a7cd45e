import type { ExecutionResult } from 'graphql';
import pg from 'pg';
import { closeAccount, ensureSystemAccounts, openAccounts, registerHolders } from '../../ledger/open.ts';
import { postJournals } from '../../ledger/post.ts';
import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { StreamMessage } from '../../schema/events.ts';
import { createPayments, type Payments, type PaymentsOptions } from '../../subgraphs/payments/main.ts';
import { createTestDatabase } from '../harness/database.ts';

/** The payments subgraph on a database of its own, and the ledger to make parties and money with. */
export interface Fixture {
  readonly url: string;
  readonly payments: Payments;
  readonly books: Database;
  addOrganization(): Promise<Uuid>;
  addCustomer(organizationId: Uuid): Promise<Uuid>;
  /** Opens an account with `amountMinor` in it, and gives its uuid. */
  openAccount(organizationId: Uuid, options?: AccountOptions): Promise<Uuid>;
  closeEmptyAccount(id: Uuid): Promise<void>;
  /** Rows as superuser, whom no policy holds back. */
  rows<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface AccountOptions {
  /** The organization's own when left out. */
  readonly customerId?: Uuid;
  readonly asset?: string;
  readonly amountMinor?: bigint;
  readonly backsWallet?: boolean;
}

export type FixtureOptions = Pick<
  PaymentsOptions,
  | 'runsWorkers'
  | 'rates'
  | 'bank'
  | 'simulator'
  | 'vault'
  | 'webhookLoopback'
  | 'mode'
  | 'catalog'
  | 'screening'
  | 'reconcileGraceMs'
  | 'cash'
  | 'cashSimulator'
>;

export async function openFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const database = await createTestDatabase();
  const { url } = database;
  const books = await openDatabase({ url, role: 'omsx_accounts_writer', poolMax: 1 });
  const poster = await openDatabase({ url, role: 'omsx_payments_writer', poolMax: 1 });
  // A pool of one: statements of callers that run at the same time wait for one another in it, which a client will not have.
  const root = new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0 });
  const payments = await createPayments({
    databaseUrl: url,
    logger: createLogger({ level: 'silent', name: 'test' }),
    ...{ runsWorkers: false, ...options },
  });

  async function register(id: Uuid, organizationId: Uuid, kind: 'ORGANIZATION' | 'CUSTOMER'): Promise<Uuid> {
    await books.write((tx) => registerHolders(tx, [{ id, organizationId, kind }]));
    return id;
  }

  async function openAccount(organizationId: Uuid, wanted: AccountOptions = {}): Promise<Uuid> {
    const { customerId, asset = 'USD', amountMinor = 0n, backsWallet = false } = wanted;
    const id = newUuid();
    const kind = customerId ? ('CUSTOMER' as const) : ('TREASURY' as const);
    const opened = await books.write((tx) =>
      openAccounts(tx, [
        { id, organizationId, holderId: customerId ?? organizationId, kind, asset, backsWallet },
      ]),
    );
    expect(opened).toEqual(['OPENED']);
    if (amountMinor > 0n) await fund(organizationId, id, asset, amountMinor);
    return id;
  }

  async function fund(organizationId: Uuid, id: Uuid, asset: string, amount: bigint): Promise<void> {
    await poster.write(async (tx) => {
      const [omnibus] = await ensureSystemAccounts(tx, [{ organizationId, kind: 'OMNIBUS', asset }]);
      const journalId = newUuid();
      const single = {
        kind: 'SINGLE',
        debitAccountId: omnibus as Uuid,
        creditAccountId: id,
        amount,
      } as const;
      const [posted] = await postJournals(tx, [
        { id: journalId, organizationId, transactionId: null, transfers: [{ id: journalId, ...single }] },
      ]);
      expect(posted?.status).toBe('POSTED');
    });
  }

  return {
    url,
    payments,
    books,
    addOrganization: async () => {
      const id = newUuid();
      return register(id, id, 'ORGANIZATION');
    },
    addCustomer: (organizationId) => register(newUuid(), organizationId, 'CUSTOMER'),
    openAccount,
    closeEmptyAccount: async (id) => {
      expect(await books.write((tx) => closeAccount(tx, id))).toBe('CLOSED');
    },
    rows: async (sql, values = []) => (await root.query(sql, [...values])).rows,
    close: async () => {
      await Promise.all([payments.close(), books.close(), poster.close(), root.end()]);
      await database.drop();
    },
  };
}

export function keyOf(organizationId: Uuid, scopes: readonly string[] = ['*']): Viewer {
  return { organizationId, kind: 'KEY', subjectId: 'key', scopes };
}

/** A client token, which sees one Customer only. */
export function clientOf(organizationId: Uuid, customerId: Uuid): Viewer {
  const scopes = ['transactions:read', 'accounts:read'];
  return { organizationId, kind: 'CLIENT', subjectId: 'token', scopes, customerId };
}

let keyLast = 0;
export function newKey(): string {
  keyLast += 1;
  return `key-${keyLast}`;
}

export const acc = (id: Uuid): string => formatId('acc', id);
export const wal = (id: Uuid): string => formatId('wal', id);
export const txn = (id: Uuid): string => formatId('txn', id);

/** Runs `query` in the subgraph; with `event`, as the router does for a message of a stream. */
export async function run(
  payments: Payments,
  viewer: Viewer,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  event?: Readonly<Record<string, StreamMessage>>,
): Promise<ExecutionResult> {
  const request = { query, variables, viewer, requestId: 'test' };
  return payments.execute(event ? { ...request, event } : request);
}

// biome-ignore lint/suspicious/noExplicitAny: what a test reads out of a response is what it asserts
export type Answer = any;

/** The data of a request that must not have errors. */
export async function ask(...args: Parameters<typeof run>): Promise<Answer> {
  const result = await run(...args);
  expect(result.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(result.data));
}

const TRANSACTION = `
  id type status finality captureMethod version amount { amount asset { code scale } }
  capturedAmount { amount } refundedAmount { amount } holdExpiresAt completedAt createdAt updatedAt
  description externalId metadata { key value } refundOf { id } refunds { id }
  source { side rail account { id } wallet { id } customer { id } amount { amount } }
  destination { side rail account { id } wallet { id } customer { id } amount { amount } }
  events {
    id version kind status leg amount { amount } relatedTransaction { id }
    reason { code message retryable } nextAction expectedBy terminal occurredAt
  }`;

const RESULT = `
  __typename
  ... on Transaction { ${TRANSACTION} }
  ... on Failure { code message retryable }
  ... on InvalidInput { field value expected }
  ... on NotFound { missingId: id }
  ... on ExternalIdTaken { existingId }`;

const FUNDS = `... on InsufficientFunds { accountId available { amount } required { amount } }`;
const STATE = `... on InvalidState { transactionId currentStatus: status }`;

const DOCUMENTS = {
  createTransaction: `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) {
    ${RESULT} ${FUNDS} ... on AccountClosed { accountId } ... on AssetMismatch { actual named: expected }
    ... on NotOnChain { accountId } } }`,
  captureTransaction: `mutation ($input: CaptureTransactionInput!) { result: captureTransaction(input: $input) {
    ${RESULT.replace('... on ExternalIdTaken { existingId }', '')} ${STATE} } }`,
  cancelTransaction: `mutation ($input: CancelTransactionInput!) { result: cancelTransaction(input: $input) {
    ${RESULT.replace('... on ExternalIdTaken { existingId }', '')} ${STATE} } }`,
  accelerateTransaction: `mutation ($input: AccelerateTransactionInput!) { result: accelerateTransaction(input: $input) {
    ${RESULT.replace('... on ExternalIdTaken { existingId }', '')} ${STATE} } }`,
  refundTransaction: `mutation ($input: RefundTransactionInput!) { result: refundTransaction(input: $input) {
    ${RESULT} ${FUNDS} ${STATE} ... on RefundExceedsCaptured { refundable { amount } asked: required { amount } } } }`,
} as const;

export type MutationName = keyof typeof DOCUMENTS;

export interface MutationAnswer {
  readonly result: Answer;
  readonly replayed: boolean;
}

/** Sends a mutation, with a fresh key unless `input` has one. */
export async function mutate(
  payments: Payments,
  viewer: Viewer,
  name: MutationName,
  input: Readonly<Record<string, unknown>>,
): Promise<MutationAnswer> {
  const answer = await run(payments, viewer, DOCUMENTS[name], {
    input: { idempotencyKey: newKey(), ...input },
  });
  expect(answer.errors).toBeUndefined();
  const data = JSON.parse(JSON.stringify(answer.data));
  return { result: data.result, replayed: answer.extensions?.idempotentReplay === true };
}

/** A mutation that must succeed, and its Transaction. */
export async function succeed(...args: Parameters<typeof mutate>): Promise<Answer> {
  const { result } = await mutate(...args);
  expect(result).toMatchObject({ __typename: 'Transaction' });
  return result;
}
