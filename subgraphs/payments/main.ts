import { loadAssets } from '../../ledger/assets.ts';
import { createSubgraph } from '../../platform/graphql.ts';
import type { Logger } from '../../platform/log.ts';
import { openDatabase } from '../../platform/postgres.ts';
import type { Subgraph } from '../../platform/subgraph.ts';
import { createPaymentsLane, type PaymentsLane } from './commands/lane.ts';
import { createLimitsLane } from './commands/limits/lane.ts';
import { createPayoutsLane } from './commands/payouts/lane.ts';
import { createPayoutsContext } from './context/payouts.ts';
import type { Context } from './context.ts';
import { createPayoutLoaders } from './loaders/payouts.ts';
import { createLoaders } from './loaders.ts';
import { resolvers, scopes } from './resolvers.ts';
import { batchTransactions } from './store/batchTransactions.ts';
import { startHoldExpiry } from './workers/expireHolds.ts';
import { startPayouts } from './workers/payPayouts.ts';
import { startChainSettlement } from './workers/settleChain.ts';

export interface PaymentsOptions {
  readonly databaseUrl: string;
  readonly logger: Logger;
  /** Connections for reads. */
  readonly poolMax?: number;
  /** Whether this process releases Holds that ran out, settles what chains decided and pays PayoutBatches; any number may. */
  readonly runsWorkers?: boolean;
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
  const reads = await openDatabase({ url, role: 'omsx_payments', poolMax });
  const writes = await openDatabase({ url, role: 'omsx_payments_writer', poolMax: WRITER_POOL_MAX });
  const assets = await loadAssets(reads);
  const findTransactions = batchTransactions(reads);
  const lane = createPaymentsLane(writes, assets);
  const payoutsLane = createPayoutsLane(writes);
  const limits = createLimitsLane(writes);
  const expiry = runsWorkers ? startHoldExpiry({ database: writes, lane, logger }) : undefined;
  const settling = runsWorkers ? startChainSettlement({ url, database: writes, lane, logger }) : undefined;
  const paying = runsWorkers ? startPayouts({ url, database: writes, lane, logger }) : undefined;
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
      limits,
      payouts: createPayoutsContext(payoutsLane, writes, createPayoutLoaders(reads, viewer)),
    }),
    close: async () => {
      await Promise.all([expiry?.stop(), settling?.stop(), paying?.stop()]);
      await Promise.all([lane.drain(), payoutsLane.drain(), limits.drain()]);
      await Promise.all([reads.close(), writes.close()]);
    },
  });
  return { ...subgraph, lane, readCount: () => reads.statementCount() };
}
