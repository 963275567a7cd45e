import type { ExecutionResult } from 'graphql';
import { pino } from 'pino';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { sandboxVerifier } from '../../rails/bank/externalAccounts/instantVerifier.ts';
import { screeningOfMode } from '../../rails/screening/screeningOfMode.ts';
import { ensureSandboxOrganization } from '../../subgraphs/accounts/commands/bootstrap.ts';
import { type Accounts, type AccountsOptions, createAccounts } from '../../subgraphs/accounts/main.ts';
import { ENTITIES } from '../../subgraphs/accounts/store/entities.ts';
import { createTestDatabase } from '../harness/database.ts';
import { queryOnce } from '../harness/embedded.ts';
import { openTestVault } from '../harness/vault.ts';

export const PEPPER = 'pepper-of-the-tests-0123456789abcdef';
export const logger = pino({ level: 'silent' });

/** One for all of a file, so that each process opens what another has sealed. */
export const vault = openTestVault();

/** An accounts subgraph on a database of its own, with two organizations that must not see each other. */
export interface World {
  readonly url: string;
  readonly accounts: Accounts;
  /** As role omsx_accounts_writer. */
  readonly writer: Database;
  readonly ours: Party;
  readonly theirs: Party;
  close(): Promise<void>;
}

export interface Party {
  readonly organizationId: Uuid;
  readonly apiKey: string;
  readonly viewer: Viewer;
}

export async function openWorld(more: Partial<AccountsOptions> = {}): Promise<World> {
  const owned = await createTestDatabase();
  const accounts = await openAccounts(owned.url, more);
  const writer = await openDatabase({
    url: owned.url,
    role: 'omsx_accounts_writer',
    poolMax: 3,
    entities: ENTITIES,
  });
  return {
    url: owned.url,
    accounts,
    writer,
    ours: await openParty(writer, 'Ours'),
    theirs: await openParty(writer, 'Theirs'),
    async close() {
      await accounts.close();
      await writer.close();
      await owned.drop();
    },
  };
}

/** One more process of the subgraph on the same database. */
export async function openAccounts(
  databaseUrl: string,
  more: Partial<AccountsOptions> = {},
): Promise<Accounts> {
  return createAccounts({
    databaseUrl,
    logger,
    keyPepper: PEPPER,
    keyVault: await openTestVault(),
    screening: screeningOfMode('sandbox'),
    instantVerifier: sandboxVerifier,
    issuesSandboxDetails: true,
    ...more,
  });
}

async function openParty(database: Database, name: string): Promise<Party> {
  const { organizationId, apiKey } = await ensureSandboxOrganization({ database, name, pepper: PEPPER });
  return { organizationId, apiKey: apiKey ?? '', viewer: viewerOf(organizationId) };
}

export function viewerOf(organizationId: Uuid, ...scopes: readonly string[]): Viewer {
  return {
    organizationId,
    kind: 'KEY',
    subjectId: 'key_test',
    scopes: scopes.length === 0 ? ['*'] : scopes,
  };
}

/** Any JSON, read as the test expects it. */
// biome-ignore lint/suspicious/noExplicitAny: answers are asserted on, field by field.
export type Json = any;

/** Executes a document and gives its data; fails the test on errors. */
export async function run(
  accounts: Accounts,
  viewer: Viewer,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Json> {
  const result = await execute(accounts, viewer, query, variables);
  if (result.errors) throw new Error(result.errors.map((error) => error.message).join('\n'));
  return JSON.parse(JSON.stringify(result.data));
}

export function execute(
  accounts: Accounts,
  viewer: Viewer,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<ExecutionResult> {
  return accounts.execute({ query, variables, viewer, requestId: 'test' });
}

/** Every field of every result, so that a test asserts on the one it means. */
const MUTATION_RESULT = `__typename
  ... on Failure { code message retryable }
  ... on InvalidInput { field value expected }
  ... on NotFound { missing: id }
  ... on IdempotencyKeyReused { idempotencyKey }
  ... on Customer { id type displayName firstName lastName legalName email externalId metadata { key value } createdAt updatedAt }
  ... on ExternalIdTaken { externalId existingId }
  ... on Account { id kind status name normalSide asset { code scale } customer { id } closedAt
    balance { posted { amount } pending { amount } available { amount } version } }
  ... on ExternalAccount { id type status verification declineReason attestation accountNumber bankCode ownerName network
    ownerAddress { line1 city country } customer { id } assets { code } rails verificationTriesLeft verificationExpiresAt
    externalId metadata { key value } }
  ... on ExternalAccountExists { existingId }
  ... on ExternalAccountState { externalAccountId status }
  ... on VerificationFailed { triesLeft }
  ... on AccountNotEmpty { accountId }
  ... on ApiKey { id name prefix scopes lastUsedAt revokedAt }
  ... on CreatedApiKey { secret apiKey { id name prefix scopes lastUsedAt revokedAt } }`;

/** The fragments that a result's union has; others would not validate. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  createCustomer: ['Customer', 'InvalidInput', 'ExternalIdTaken', 'IdempotencyKeyReused'],
  updateCustomer: ['Customer', 'InvalidInput', 'NotFound', 'IdempotencyKeyReused'],
  createAccount: ['Account', 'InvalidInput', 'NotFound', 'IdempotencyKeyReused'],
  closeAccount: ['Account', 'InvalidInput', 'NotFound', 'AccountNotEmpty', 'IdempotencyKeyReused'],
  createExternalAccount: [
    'ExternalAccount',
    'InvalidInput',
    'NotFound',
    'ExternalAccountExists',
    'ExternalIdTaken',
    'IdempotencyKeyReused',
  ],
  verifyExternalAccount: [
    'ExternalAccount',
    'InvalidInput',
    'NotFound',
    'ExternalAccountState',
    'VerificationFailed',
    'IdempotencyKeyReused',
  ],
  closeExternalAccount: ['ExternalAccount', 'InvalidInput', 'NotFound', 'IdempotencyKeyReused'],
  createApiKey: ['CreatedApiKey', 'InvalidInput'],
  revokeApiKey: ['ApiKey', 'NotFound', 'InvalidInput'],
};

/** Runs one mutation with a fresh idempotency key unless the input has one, and gives its result. */
export async function mutate(
  accounts: Accounts,
  viewer: Viewer,
  field: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Json> {
  const isKeyed = !field.endsWith('ApiKey');
  const keyed = isKeyed ? { idempotencyKey: newUuid(), ...input } : input;
  const data = await run(accounts, viewer, mutationOf(field), { input: keyed });
  return data[field];
}

export function mutationOf(field: string): string {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const members = ['Failure', ...(MEMBERS[field] ?? [])];
  const fragments = MUTATION_RESULT.split('... on ')
    .slice(1)
    .filter((fragment) => members.includes(fragment.split(' ', 1)[0] ?? ''))
    .map((fragment) => `... on ${fragment}`);
  return `mutation ($input: ${type}!) { ${field}(input: $input) { __typename ${fragments.join(' ')} } }`;
}

export interface OutboxRow {
  readonly type: string;
  readonly version: number;
  readonly aggregate_id: Uuid;
  readonly organization_id: Uuid;
  readonly subjects: string;
}

/** The events of one aggregate, in the order of its versions. */
export async function eventsOf(world: World, aggregateId: Uuid): Promise<readonly OutboxRow[]> {
  return (await queryOnce(
    world.url,
    `select type, version, aggregate_id, organization_id, subjects::text as subjects
       from platform.outbox where aggregate_id = '${aggregateId}' order by version`,
  )) as readonly OutboxRow[];
}

/** Moves the clock of deadlines on, as `advanceSandboxClock` of the payments subgraph does. */
export async function passTime({ url }: World, ms: number): Promise<void> {
  await queryOnce(url, `update platform.sandbox_clock set ahead_ms = ahead_ms + ${ms}`);
}
