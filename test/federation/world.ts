import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { createEntityCache } from '../../platform/cache.ts';
import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { connectRedis } from '../../platform/redis.ts';
import type { Subgraph } from '../../platform/subgraph.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { sandboxVerifier } from '../../rails/bank/externalAccounts/instantVerifier.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { CASH_SIMULATOR } from '../../rails/cash/simulator/client.ts';
import { screeningOfMode } from '../../rails/screening/screeningOfMode.ts';
import { createLocalTransport } from '../../router/transport/local.ts';
import { ensureSandboxOrganization } from '../../subgraphs/accounts/commands/bootstrap.ts';
import { createAccounts } from '../../subgraphs/accounts/main.ts';
import { ENTITIES } from '../../subgraphs/accounts/store/entities.ts';
import { createPayments } from '../../subgraphs/payments/main.ts';
import { createWallets, type WalletsOptions } from '../../subgraphs/wallets/main.ts';
import { createTestDatabase } from '../harness/database.ts';
import { readTestEnvironment } from '../harness/environment.ts';
import { openTestPipeline } from '../harness/router.ts';
import { openTestVault } from '../harness/vault.ts';

const PEPPER = 'a pepper for tests that is long enough';

/** The three subgraphs behind the engine, in this process, on a database of their own. */
export interface World {
  readonly databaseUrl: string;
  readonly apiSchema: GraphQLSchema;
  readonly subgraphs: readonly Subgraph[];
  readonly authenticate: (token: string) => Promise<Viewer | null>;
  /** A new organization and a Viewer of it with every scope. */
  addOrganization(name: string): Promise<{ readonly viewer: Viewer; readonly apiKey: string }>;
  /** Runs a document, which must be valid, as `viewer`. */
  run(
    viewer: Viewer,
    document: string,
    variables?: Readonly<Record<string, unknown>>,
  ): Promise<ExecutionResult>;
  close(): Promise<void>;
}

/** @param options.cached with the entity cache in Redis, as in production; without it each read is a statement */
export async function createWorld(
  options: { readonly cached: boolean } & Pick<WalletsOptions, 'chains'>,
): Promise<World> {
  const owned = await createTestDatabase();
  const logger = createLogger({ name: 'test', level: 'silent' });
  const { redisUrl } = readTestEnvironment();
  const redis = options.cached && redisUrl ? await connectRedis({ url: redisUrl, logger }) : null;
  const parts = { databaseUrl: owned.url, logger, cache: createEntityCache(redis) };
  const keyVault = await openTestVault();
  const sandbox = { instantVerifier: sandboxVerifier, issuesSandboxDetails: true };
  const screening = screeningOfMode('sandbox');
  const accounts = await createAccounts({ ...parts, keyPepper: PEPPER, keyVault, screening, ...sandbox });
  const chains = options.chains === undefined ? {} : { chains: options.chains };
  const wallets = await createWallets({ ...parts, mode: 'SANDBOX', ...chains });
  // Nobody takes the orders further: what is asked here is how they are made.
  const bank = { adapter: SIMULATOR, vault: keyVault };
  const cash = { adapter: CASH_SIMULATOR, vault: await openTestVault() };
  const payments = await createPayments({ ...parts, bank, cash });
  const subgraphs = [accounts, wallets, payments];
  const router = await openTestPipeline({
    transports: subgraphs.map(createLocalTransport),
    logger,
    // Tests here ask for everything at once.
    protection: {
      limits: { aliasesMax: 50_000, selectionsMax: 100_000, tokensMax: 100_000 },
      demand: { mode: 'measure' },
    },
  });
  return {
    databaseUrl: owned.url,
    apiSchema: router.apiSchema,
    subgraphs,
    authenticate: accounts.authenticate,
    async addOrganization(name) {
      const database = await openDatabase({
        url: owned.url,
        role: 'omsx_accounts_writer',
        poolMax: 1,
        entities: ENTITIES,
      });
      const { organizationId, apiKey } = await ensureSandboxOrganization({ database, name, pepper: PEPPER });
      await database.close();
      const viewer: Viewer = {
        organizationId,
        kind: 'KEY',
        subjectId: formatId('key', newUuid()),
        scopes: ['*'],
      };
      return { viewer, apiKey: apiKey ?? '' };
    },
    async run(viewer, text, variables = {}) {
      const result = await router.run(viewer, text, variables);
      const [fault] = result.errors ?? [];
      if (fault?.extensions.code === 'GRAPHQL_VALIDATION_FAILED')
        throw new Error(`${fault.message} in ${text}`);
      return result;
    },
    async close() {
      await router.close();
      for (const subgraph of subgraphs) await subgraph.close();
      await redis?.close();
      await owned.drop();
    },
  };
}

/** Ids of everything that one organization has, by prefix. */
export type Inventory = Readonly<
  Record<'org' | 'key' | 'cus' | 'acc' | 'wal' | 'txn' | 'quo' | 'xac' | 'vac' | 'csh', string>
> & {
  /** A held transaction, which could be captured or canceled. */
  readonly heldId: string;
  readonly treasuryId: string;
};

interface Created {
  readonly result: {
    readonly __typename: string;
    readonly id?: string;
    readonly apiKey?: { readonly id: string };
    readonly message?: string;
  };
}

const TEN_DOLLARS = {
  amount: '10.00',
  fixedSide: 'SOURCE',
  sourceAsset: 'USD',
  destinationAsset: 'USD',
  expiresInSeconds: 900,
} as const;

/** Details that the sandbox gives out. */
const US = { type: 'US_BANK' };
const VAC = 'VirtualAccount';

/** Cash that nobody pays in: no network is asked here. */
const AT_COUNTERS = { network: 'COUNTERS_US', amount: '100', asset: 'USD' };

/** An external account that any owner may have. */
const PLACE = {
  type: 'CLABE',
  accountNumber: '032180000118359719',
  ownerName: 'Some Body',
  verification: 'ATTESTATION',
  attestation: 'seen on a statement',
};

/** Gives an organization a customer, accounts, a wallet, money, and transactions in several states. */
export async function furnish(world: World, viewer: Viewer): Promise<Inventory> {
  let keys = 0;
  async function mutate(
    field: string,
    success: string,
    input: Readonly<Record<string, unknown>>,
    selection = 'id',
  ): Promise<Created['result']> {
    const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { result: ${field}(input: $input) { __typename ... on ${success} { ${selection} } ... on Failure { message } } }`;
    const { data, errors } = await world.run(viewer, text, { input });
    const { result } = (data ?? {}) as unknown as Created;
    if (errors || result?.__typename !== success)
      throw new Error(`${field}: ${JSON.stringify(errors ?? result)}`);
    return result;
  }
  const idOf = async (...call: Parameters<typeof mutate>): Promise<string> =>
    (await mutate(...call)).id as string;
  const key = (): { idempotencyKey: string } => ({ idempotencyKey: `furnish-${++keys}` });

  const apiKey = (
    await mutate(
      'createApiKey',
      'CreatedApiKey',
      { name: 'a key', scopes: ['accounts:read'] },
      'apiKey { id }',
    )
  ).apiKey?.id as string;
  const cus = await idOf('createCustomer', 'Customer', {
    ...key(),
    type: 'INDIVIDUAL',
    firstName: 'Some',
    lastName: 'Body',
    externalId: 'somebody',
  });
  const treasuryId = await idOf('createAccount', 'Account', { ...key(), asset: 'USD', name: 'Treasury' });
  const acc = await idOf('createAccount', 'Account', { ...key(), asset: 'USD', customerId: cus });
  const wal = await idOf('createWallet', 'Wallet', {
    ...key(),
    asset: 'USD',
    network: 'LEDGER',
    customerId: cus,
  });
  await mutate(
    'fundSandbox',
    'SandboxFunding',
    { ...key(), destinationId: treasuryId, amount: '1000.00' },
    'amount { amount }',
  );
  const pay = (more: Readonly<Record<string, unknown>>): Promise<string> =>
    idOf('createTransaction', 'Transaction', {
      ...key(),
      sourceId: treasuryId,
      destinationId: wal,
      amount: '10.00',
      asset: 'USD',
      ...more,
    });
  const txn = await pay({ externalId: 'a payment', metadata: [{ key: 'a', value: 'b' }] });
  await pay({ destinationId: acc });
  await idOf('refundTransaction', 'Transaction', { ...key(), id: txn, amount: '1.00' });
  const heldId = await pay({ captureMethod: 'MANUAL' });
  const sides = { sourceId: treasuryId, destinationId: wal };
  const quo = await idOf('createQuote', 'Quote', { ...key(), ...sides, ...TEN_DOLLARS });
  const xac = await idOf('createExternalAccount', 'ExternalAccount', { ...key(), ...PLACE, customerId: cus });
  const vac = await idOf('createVirtualAccount', VAC, { ...key(), ...US, destinationId: acc });
  const org = formatId('org', viewer.organizationId);
  const csh = await idOf('createCashIn', 'CashIn', { ...key(), ...AT_COUNTERS, destinationId: treasuryId });
  return { org, key: apiKey, cus, acc, wal, txn, quo, xac, vac, csh, heldId, treasuryId };
}

/** A well-formed id that names nothing. */
export function nobody(
  prefix:
    | 'org'
    | 'key'
    | 'cus'
    | 'acc'
    | 'wal'
    | 'txn'
    | 'quo'
    | 'chx'
    | 'xac'
    | 'vac'
    | 'dep'
    | 'csh'
    | 'apr'
    | 'rev',
): string {
  return formatId(prefix, newUuid() as Uuid);
}
