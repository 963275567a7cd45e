import { loadAssets } from '../../ledger/assets.ts';
import { createEntityCache, type EntityCache } from '../../platform/cache.ts';
import { createSubgraph } from '../../platform/graphql.ts';
import type { Logger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Subgraph } from '../../platform/subgraph.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import { placeKeyOf } from '../../rails/bank/externalAccounts/fingerprint.ts';
import type { InstantVerifier } from '../../rails/bank/externalAccounts/instantVerifier.ts';
import { randomAmounts, sandboxAmounts } from '../../rails/bank/externalAccounts/microDeposits.ts';
import { createSandboxIssuer } from '../../rails/bank/virtualAccounts/issuer.ts';
import type { ScreeningProvider } from '../../rails/screening/provider.ts';
import { createCustomerVault } from './adapters/customerVault.ts';
import type { KycProvider } from './adapters/kycProvider.ts';
import { MANUAL_KYC } from './adapters/manualKyc.ts';
import { createAuthenticator } from './commands/authenticate.ts';
import { createAccountsLane } from './commands/lane.ts';
import { createContext, type Services } from './context.ts';
import type { Authenticate } from './domain/access.ts';
import { resolvers, SCOPE_OF_FIELD } from './resolvers.ts';
import { cachedCustomers } from './store/customers.ts';
import { ENTITIES } from './store/entities.ts';
import { startAskingKyc } from './workers/askKyc.ts';
import { createKeyUse } from './workers/keyUse.ts';
import { RESCREEN_PAUSE_MS, startRescreening } from './workers/rescreen.ts';

export interface AccountsOptions {
  /** Logs in as whoever may act as omsx_accounts and omsx_accounts_writer. */
  readonly databaseUrl: string;
  readonly logger: Logger;
  /** Secret of the deployment under which API keys are stored; changing it ends every key. */
  readonly keyPepper: string;
  /** Seals what is known of customers, and numbers and names of places outside; whoever sends there opens them with the same. */
  readonly keyVault: KeyVault;
  /** Whom checks of customers are asked of; without one each is decided by hand. */
  readonly kyc?: KycProvider;
  /** Who says whom customers resemble. */
  readonly screening: ScreeningProvider;
  /** Between looks whether the lists changed, and at whom nobody could say anything of. */
  readonly rescreenPauseMs?: number;
  /** Before an unanswered check is asked again, and how long an answer is waited for. */
  readonly kycRetryMs?: number;
  readonly kycTimeoutMs?: number;
  /** Who says at once whose a place outside is; left out where nobody does. */
  readonly instantVerifier?: InstantVerifier;
  /** Whether the sandbox's issuer gives out bank details, which no bank knows. */
  readonly issuesSandboxDetails?: boolean;
  /** Without one every read goes to Postgres. */
  readonly cache?: EntityCache;
  readonly readConnectionsMax?: number;
  readonly writeConnectionsMax?: number;
}

export interface Accounts extends Subgraph {
  readonly authenticate: Authenticate;
  /** Statements sent by requests and by the lane since the start. */
  statementCount(): { readonly read: number; readonly written: number };
}

const KYC_RETRY_MS = 5_000;
const KYC_TIMEOUT_MS = 10_000;
const READ_CONNECTIONS_MAX = 8;
/** The lane takes one at a time; the others look up keys. */
const WRITE_CONNECTIONS_MAX = 4;
/** For checks, for screening, and for the lease of that. */
const WORK_CONNECTIONS_MAX = 2;

/** Opens the accounts subgraph. `close` answers what is queued, writes what was noted and closes the pools. */
export async function createAccounts(options: AccountsOptions): Promise<Accounts> {
  const { logger, keyPepper } = options;
  const [reader, writer] = await openBoth(options);
  const closeBoth = async (): Promise<void> => {
    await Promise.all([reader.close(), writer.close()]);
  };
  const assets = await loadAssets(reader).catch(async (error: unknown) => {
    await closeBoth();
    throw error;
  });
  const customers = cachedCustomers(reader, options.cache ?? createEntityCache(null));
  const services: Services = {
    reader,
    writer,
    customers,
    lane: createAccountsLane(writer),
    vault: createCustomerVault(options.keyVault),
    screener: { provider: options.screening, logger },
    keyVault: options.keyVault,
    assets,
    keyPepper,
    placeKey: placeKeyOf(keyPepper),
    microAmounts: options.issuesSandboxDetails === true ? sandboxAmounts : randomAmounts,
    instantVerifier: options.instantVerifier ?? null,
    virtualAccountIssuer: options.issuesSandboxDetails === true ? createSandboxIssuer(writer) : null,
  };
  const asking = await openAsking(options, services).catch(async (error: unknown) => {
    await closeBoth();
    throw error;
  });
  const keyUse = createKeyUse({ writer, logger });
  const subgraph = createSubgraph({
    name: 'accounts',
    resolvers,
    scopes: SCOPE_OF_FIELD,
    contextFor: (viewer, requestId) => createContext(services, viewer, requestId),
    logger,
    async close() {
      await asking.close();
      await services.lane.drain();
      await keyUse.close();
      await closeBoth();
    },
  });
  return {
    ...subgraph,
    authenticate: createAuthenticator({ writer, keyPepper, noteUse: keyUse.note }),
    statementCount: () => ({ read: reader.statementCount(), written: writer.statementCount() }),
  };
}

/** The workers have connections of their own, so that no request waits for what a provider is asked. */
async function openAsking(
  options: AccountsOptions,
  { lane, vault }: Services,
): Promise<{ close(): Promise<void> }> {
  const { databaseUrl: url, logger, kyc = MANUAL_KYC } = options;
  const database = await openDatabase({ url, role: 'omsx_accounts_writer', poolMax: WORK_CONNECTIONS_MAX });
  const asking = startAskingKyc({
    database,
    lane,
    vault,
    provider: kyc,
    logger,
    retryMs: options.kycRetryMs ?? KYC_RETRY_MS,
    timeoutMs: options.kycTimeoutMs ?? KYC_TIMEOUT_MS,
  });
  const rescreening = startRescreening({
    database,
    lane,
    vault,
    provider: options.screening,
    logger,
    pauseMs: options.rescreenPauseMs ?? RESCREEN_PAUSE_MS,
  });
  return {
    async close() {
      await Promise.all([asking.stop(), rescreening.stop()]);
      await database.close();
    },
  };
}

/** Both pools or none: a start that fails half-way leaves no connection behind. */
async function openBoth(options: AccountsOptions): Promise<readonly [Database, Database]> {
  const { databaseUrl: url, readConnectionsMax, writeConnectionsMax } = options;
  const [reader, writer] = await Promise.allSettled([
    openDatabase({
      url,
      role: 'omsx_accounts',
      poolMax: readConnectionsMax ?? READ_CONNECTIONS_MAX,
      entities: ENTITIES,
    }),
    openDatabase({
      url,
      role: 'omsx_accounts_writer',
      poolMax: writeConnectionsMax ?? WRITE_CONNECTIONS_MAX,
      entities: ENTITIES,
    }),
  ]);
  if (reader.status === 'fulfilled' && writer.status === 'fulfilled') return [reader.value, writer.value];
  for (const database of [reader, writer]) if (database.status === 'fulfilled') await database.value.close();
  throw reader.status === 'rejected' ? reader.reason : (writer as PromiseRejectedResult).reason;
}
