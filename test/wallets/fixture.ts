import type { ExecutionResult } from 'graphql';
import pg from 'pg';
import { registerHolders } from '../../ledger/open.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Subgraph } from '../../platform/subgraph.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { createWallets } from '../../subgraphs/wallets/main.ts';
import { createTestDatabase } from '../harness/database.ts';

/** A sandbox of two organizations with a customer each, on a database of its own. */
export interface Fixture {
  readonly url: string;
  readonly wallets: Subgraph;
  readonly ours: Party;
  readonly theirs: Party;
  readonly accountsWriter: Database;
  /** Another Customer of `ours`. */
  addCustomer(organizationId: Uuid): Promise<Uuid>;
  /** Rows as superuser, whom no policy holds back. */
  rows<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface Party {
  readonly organizationId: Uuid;
  readonly customerId: Uuid;
  readonly viewer: Viewer;
}

export async function openFixture(mode: 'SANDBOX' | 'LIVE' = 'SANDBOX'): Promise<Fixture> {
  const database = await createTestDatabase();
  const accountsWriter = await openDatabase({
    url: database.url,
    role: 'omsx_accounts_writer',
    poolMax: 1,
  });
  const root = new pg.Client({ connectionString: database.url });
  await root.connect();
  const wallets = await createWallets({
    databaseUrl: database.url,
    logger: createLogger({ level: 'silent', name: 'test' }),
    mode,
  });
  const addCustomer = async (organizationId: Uuid): Promise<Uuid> => {
    const id = newUuid();
    await accountsWriter.write((tx) => registerHolders(tx, [{ id, organizationId, kind: 'CUSTOMER' }]));
    return id;
  };
  const addParty = async (): Promise<Party> => {
    const organizationId = newUuid();
    await accountsWriter.write((tx) =>
      registerHolders(tx, [{ id: organizationId, organizationId, kind: 'ORGANIZATION' }]),
    );
    return {
      organizationId,
      customerId: await addCustomer(organizationId),
      viewer: { organizationId, kind: 'KEY', subjectId: 'key', scopes: ['*'] },
    };
  };
  return {
    url: database.url,
    wallets,
    ours: await addParty(),
    theirs: await addParty(),
    accountsWriter,
    addCustomer,
    rows: async (sql, values = []) => (await root.query(sql, [...values])).rows,
    close: async () => {
      await Promise.all([wallets.close(), accountsWriter.close(), root.end()]);
      await database.drop();
    },
  };
}

/** Runs `query` in the subgraph. */
export async function run(
  wallets: Subgraph,
  viewer: Viewer,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<ExecutionResult> {
  return wallets.execute({ query, variables, viewer, requestId: 'test' });
}

// biome-ignore lint/suspicious/noExplicitAny: what a test reads out of a response is what it asserts
export type Answer = any;

/** The data of a request that must not have errors. */
export async function ask(
  wallets: Subgraph,
  viewer: Viewer,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const result = await run(wallets, viewer, query, variables);
  expect(result.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(result.data));
}

/** Counts what reaches Postgres, BEGIN, COMMIT and set_config aside, however it is sent. */
export async function countStatements(work: () => Promise<unknown>): Promise<number> {
  const spy = jest.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const texts = spy.mock.calls.map(([query]) => {
      const asked = query as unknown as string | { readonly text: string };
      return typeof asked === 'string' ? asked : asked.text;
    });
    return texts.filter((text) => !/^(BEGIN|COMMIT|ROLLBACK|select set_config)/i.test(text)).length;
  } finally {
    spy.mockRestore();
  }
}

export const CREATE_WALLET = `mutation ($input: CreateWalletInput!) {
  createWallet(input: $input) {
    __typename
    ... on Wallet {
      id status name address createdAt
      network { code kind } asset { code scale } customer { id } account { id }
    }
    ... on Failure { code message retryable }
    ... on InvalidInput { field value expected }
    ... on NotFound { id }
    ... on AssetNotOnNetwork { networkCode: network assetCode: asset }
    ... on IdempotencyKeyReused { idempotencyKey }
  }
}`;

export const FUND_SANDBOX = `mutation ($input: FundSandboxInput!) {
  fundSandbox(input: $input) {
    __typename
    ... on SandboxFunding { account { id } amount { amount asset { code } } }
    ... on Failure { code message retryable }
    ... on InvalidInput { field value expected }
    ... on NotFound { id }
    ... on AccountClosed { accountId }
    ... on IdempotencyKeyReused { idempotencyKey }
  }
}`;

let keyLast = 0;
export function newKey(): string {
  keyLast += 1;
  return `key-${keyLast}`;
}

/** Opens a wallet that must open, and gives its id. */
export async function createWallet(
  wallets: Subgraph,
  viewer: Viewer,
  input: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const data = await ask(wallets, viewer, CREATE_WALLET, {
    input: { idempotencyKey: newKey(), network: 'LEDGER', asset: 'USD', ...input },
  });
  expect(data.createWallet.__typename).toBe('Wallet');
  return data.createWallet.id;
}
