import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { ROUND_START, reconcileRound } from '../../rails/bank/reconcile/reconcileRound.ts';
import { settleBankRound } from '../../subgraphs/payments/workers/settleBank.ts';
import type { World } from '../bank/world.ts';

/** Lets the comparison and the books follow, a round each at a time, in a world without workers. */
export interface Rounds {
  readonly writes: Database;
  compare(): Promise<void>;
  settle(): Promise<void>;
  /** Books, comparison, books: all that follows from what is stored. */
  work(): Promise<void>;
  close(): Promise<void>;
}

export async function openRounds(world: World): Promise<Rounds> {
  const writes = await openDatabase({ url: world.fixture.url, role: 'omsx_payments_writer', poolMax: 2 });
  const logger = createLogger({ level: 'silent', name: 'test' });
  const rounds: Rounds = {
    writes,
    compare: async () => {
      await reconcileRound({ database: writes, graceMs: 0 }, ROUND_START);
    },
    settle: async () => {
      await settleBankRound({ database: writes, lane: world.fixture.payments.lane, logger }, new Map());
    },
    async work() {
      await rounds.settle();
      await rounds.compare();
      await rounds.settle();
    },
    close: () => writes.close(),
  };
  return rounds;
}
