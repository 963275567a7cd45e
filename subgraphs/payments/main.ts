import { loadAssets } from '../../ledger/assets.ts';
import { ApiError } from '../../platform/errors.ts';
import { createSubgraph } from '../../platform/graphql.ts';
import type { Logger } from '../../platform/log.ts';
import { openDatabase } from '../../platform/postgres.ts';
import type { RateSettings } from '../../platform/rateSettings.ts';
import { requireRealClock } from '../../platform/sandboxClock.ts';
import type { Subgraph } from '../../platform/subgraph.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import { BUILT_IN, type Catalog } from '../../rails/bank/catalog/catalog.ts';
import type { SimulatorEndpoint } from '../../rails/bank/simulator/client.ts';
import type { ScreeningProvider } from '../../rails/screening/provider.ts';
import { screeningOfMode } from '../../rails/screening/screeningOfMode.ts';
import { openRates } from './adapters/rates/openRates.ts';
import type { CashConnection } from './commands/cash/readPickup.ts';
import { createApprovalPolicyLane } from './commands/gates/policyLane.ts';
import { createPaymentsLane, type PaymentsLane } from './commands/lane.ts';
import { createLimitsLane } from './commands/limits/lane.ts';
import { createPayoutsLane } from './commands/payouts/lane.ts';
import type { BankConnection } from './commands/places.ts';
import { createReconciliationLane } from './commands/reconciliation/lane.ts';
import { createScreenedLane } from './commands/screening/screenedLane.ts';
import { sealedSubjects } from './commands/screening/sealedSubjects.ts';
import { createPayoutsContext } from './context/payouts.ts';
import type { Context } from './context.ts';
import type { RateProvider } from './domain/rateProvider.ts';
import { createGateLoaders } from './loaders/gates.ts';
import { createPayoutLoaders } from './loaders/payouts.ts';
import { createLoaders } from './loaders.ts';
import { scopes } from './resolvers/scopes.ts';
import { resolvers } from './resolvers.ts';
import { batchTransactions } from './store/batchTransactions.ts';
import { quoteSubjects } from './store/screening/quoteSubjects.ts';
import { startWorkers } from './workers/startWorkers.ts';

export interface PaymentsOptions {
  readonly databaseUrl: string;
  readonly logger: Logger;
  /** Connections for reads. */
  readonly poolMax?: number;
  /** Whether this process releases Holds that ran out, settles what chains decided and pays PayoutBatches; any number may. */
  readonly runsWorkers?: boolean;
  /** Sandbox when left out: what nothing is configured for has play prices there. */
  readonly mode?: 'sandbox' | 'live';
  /** Where exchange rates come from: settings, or somebody who knows. */
  readonly rates?: RateSettings | RateProvider;
  /** Who takes orders to banks; nobody when left out. */
  readonly bank?: BankConnection;
  /** What is known of rails between banks; as it is built in when left out. */
  readonly catalog?: Catalog;
  /** The simulated bank that sandbox mutations tell what to do. Left out in live mode. */
  readonly simulator?: SimulatorEndpoint;
  /** Who takes codes and pickups at counters; nobody when left out. */
  readonly cash?: CashConnection;
  /** The simulated counters that sandbox mutations tell what to do. Left out in live mode. */
  readonly cashSimulator?: SimulatorEndpoint;
  /** Seals the keys of webhook endpoints; without it none can be made. */
  readonly vault?: () => Promise<KeyVault>;
  /** How long a bank's line may be ahead of our books before it is told as missing there; 10 s when left out. */
  readonly reconcileGraceMs?: number;
  /** Whether endpoints on this machine may be made, for trying things out. */
  readonly webhookLoopback?: boolean;
  /** Who says whom money may go to and come from; the sandbox's own list where it is left out there. */
  readonly screening?: ScreeningProvider;
}

/** The running subgraph, and its lane for those who send it commands from within. */
export interface Payments extends Subgraph {
  readonly lane: PaymentsLane;
  /** Statements sent so far on behalf of reads, for tests that count them. */
  readCount(): number;
}

const POOL_MAX_DEFAULT = 10;
/** One for each lane, one for the workers' looks at what is due. */
const WRITER_POOL_MAX = 3;

/** Opens the pools and starts what runs by itself. @throws when Postgres cannot be reached. */
export async function createPayments(options: PaymentsOptions): Promise<Payments> {
  const { databaseUrl: url, logger, poolMax = POOL_MAX_DEFAULT, runsWorkers = true } = options;
  const { mode = 'sandbox', rates: source, reconcileGraceMs } = options;
  const rates = source && 'rateOf' in source ? source : openRates(source, mode);
  if (mode === 'live') await requireRealClock(url);
  const reads = await openDatabase({ url, role: 'omsx_payments', poolMax });
  const writes = await openDatabase({ url, role: 'omsx_payments_writer', poolMax: WRITER_POOL_MAX });
  const assets = await loadAssets(reads);
  const findTransactions = batchTransactions(reads);
  const { catalog = BUILT_IN } = options;
  const screener = { provider: options.screening ?? screeningOfMode(mode), logger };
  const openSubject = sealedSubjects(options.bank?.vault ?? null);
  const find = { findQuoteSubject: quoteSubjects(writes, openSubject), openSubject };
  const lane = createScreenedLane(createPaymentsLane(writes, assets, catalog), screener, find);
  const payoutsLane = createPayoutsLane(writes);
  const limits = createLimitsLane(writes);
  const policyLane = createApprovalPolicyLane(writes);
  const reconciliation = createReconciliationLane(writes);
  const work = { url, database: writes, lane, rates, logger };
  const grace = reconcileGraceMs === undefined ? {} : { graceMs: reconcileGraceMs };
  const workers = runsWorkers ? startWorkers({ ...work, ...grace, payoutsLane }) : [];
  const { vault = noVault, webhookLoopback: allowsLoopback = false } = options;
  const webhooks = { writes, vault, allowsLoopback };
  const subgraph = createSubgraph<Context>({
    name: 'payments',
    resolvers,
    scopes,
    logger,
    contextFor: (viewer, requestId) => ({
      viewer,
      requestId,
      idempotentReplay: false,
      reads,
      loaders: createLoaders(reads, findTransactions, viewer),
      assets,
      lane,
      rates,
      ways: { reads, bank: options.bank ?? null, vault },
      catalog,
      simulator: options.simulator ?? null,
      clock: mode === 'sandbox' ? writes : null,
      cash: { connection: options.cash ?? null, simulator: options.cashSimulator ?? null },
      limits,
      gates: { policyLane, loaders: createGateLoaders(reads, viewer) },
      reconciliation,
      payouts: createPayoutsContext(payoutsLane, writes, createPayoutLoaders(reads, viewer)),
      webhooks,
    }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all([lane.drain(), payoutsLane.drain(), limits.drain(), policyLane.drain()]);
      await reconciliation.drain();
      await Promise.all([reads.close(), writes.close()]);
    },
  });
  return { ...subgraph, lane, readCount: () => reads.statementCount() };
}

function noVault(): Promise<KeyVault> {
  return Promise.reject(
    new ApiError('UNAVAILABLE', 'there is no vault that could seal keys; nothing happened'),
  );
}
