import { Bell } from '../../../platform/feed/bell.ts';
import { listenForHints } from '../../../platform/feed/hint.ts';
import { newUuid } from '../../../platform/id.ts';
import { type LeasedLoop, startLeasedLoop } from '../../../platform/leasedLoop.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { ROUND_START, reconcileRound } from '../../../rails/bank/reconcile/reconcileRound.ts';
import { RECONCILE_CHANNEL } from '../../../rails/bank/statements/insertStatement.ts';

const LEASE_MS = 10_000;
const POLL_MS = 2_000;
/** After a round that did not come to the end of what is open. */
const MORE_PAUSE_MS = 50;
/** How long a line of a bank may be ahead of our books before it is told as missing there. */
export const GRACE_MS = 10_000;

/**
 * Compares books and banks, in one process of a deployment at a time: when lines come, when somebody asks, and every two
 * seconds, as it is our books that may be late.
 *
 * @param deps.database role omsx_payments_writer
 */
export function startReconciling(deps: {
  readonly database: Database;
  readonly url: string;
  readonly logger: Logger;
  readonly graceMs?: number;
}): LeasedLoop {
  const { database, url, logger, graceMs = GRACE_MS } = deps;
  const bell = new Bell();
  const hints = listenForHints({
    url,
    name: 'omsx reconciler',
    channel: RECONCILE_CHANNEL,
    logger,
    onHint: () => bell.ring(),
  });
  const loop = startLeasedLoop({
    database,
    logger,
    name: 'reconciliation',
    holder: newUuid(),
    lifetimeMs: LEASE_MS,
    bell,
    work: async (_, signal) => {
      let position = ROUND_START;
      while (!signal.aborted) {
        position = await reconcileRound({ database, graceMs }, position);
        const isAll = position.ofIds === ROUND_START.ofIds && position.withoutId === ROUND_START.withoutId;
        // What is new comes when its turn does: begun anew at each hint, a round would never come to the end of many.
        await bell.wait(isAll ? POLL_MS : MORE_PAUSE_MS);
      }
    },
  });
  return {
    async stop() {
      await Promise.all([loop.stop(), hints.close()]);
    },
  };
}
