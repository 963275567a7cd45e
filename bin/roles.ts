import type { Config, SplitRole } from '../platform/config.ts';
import { present } from '../platform/invariant.ts';
import type { Logger } from '../platform/log.ts';
import { opening } from './closers.ts';
import { openTracer } from './openTracer.ts';
import type { Parts } from './parts.ts';

export type RunningRole = {
  /** Null for a role that nobody can call. */
  readonly url: string | null;
  stop(): Promise<void>;
};

/**
 * Each gives the URL it answers at, if it has one. The code of a role is loaded when it starts, because loading all of it takes
 * longer than everything else that a role does before it answers again after a crash.
 */
const STARTERS: Readonly<Record<SplitRole, (parts: Parts) => Promise<string | null>>> = {
  accounts: async (parts) => (await import('./servedSubgraph.ts')).startAccounts(parts),
  wallets: async (parts) => (await import('./servedSubgraph.ts')).startWallets(parts),
  payments: async (parts) => (await import('./servedSubgraph.ts')).startPayments(parts),
  worker: async (parts) => (await import('./worker.ts')).startWorker(parts),
  chain: async (parts) => (await import('./chain.ts')).startChain(parts),
  signer: async (parts) => (await import('./signer.ts')).startSignerRole(parts),
  bank: async (parts) => (await import('./bank.ts')).startBank(parts),
  'bank-simulator': async (parts) => (await import('./bankSimulator.ts')).startBankSimulator(parts),
  cash: async (parts) => (await import('./cash.ts')).startCash(parts),
  'cash-simulator': async (parts) => (await import('./cashSimulator.ts')).startCashCounters(parts),
  router: async (parts) => (await import('./splitRouter.ts')).startSplitRouter(parts),
};

/** One role in this process; the others run elsewhere on the same servers. */
export function startRole(role: SplitRole, config: Config, logger: Logger): Promise<RunningRole> {
  return opening(async (closers) => {
    // What is simulated has a file, and nothing of ours: it is outside.
    const isOutside = role === 'bank-simulator' || role === 'cash-simulator';
    const databaseUrl = isOutside ? '' : present(config.databaseUrls[role], `database URL of ${role}`);
    const tracer = await openTracer({ config, logger, closers });
    const parts: Parts = { config, databaseUrl, redisUrl: config.redisUrl, tracer, logger, closers };
    return { url: await STARTERS[role](parts), stop: () => closers.close() };
  });
}
