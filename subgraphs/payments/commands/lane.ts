import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { type Answer, type CommandLane, createCommandLane } from '../../../platform/commandLane.ts';
import { type Database, violatedConstraint } from '../../../platform/postgres.ts';
import type { PaymentsCommand } from '../domain/command.ts';
import { EXTERNAL_ID_KEY } from '../store/findExternalIds.ts';
import { runBatch } from './runBatch.ts';

export type PaymentsLane = CommandLane<PaymentsCommand>;

/** The winner has committed when the loser is told, so that the second attempt finds it; more is for luck. */
const EXTERNAL_ID_ATTEMPTS_MAX = 3;

/**
 * The one lane of this subgraph. Several processes may each run one: row locks, not the lane, keep money right.
 *
 * @param database role omsx_payments_writer
 */
export function createPaymentsLane(database: Database, assets: AssetCatalogue): PaymentsLane {
  const lane = createCommandLane<PaymentsCommand>({
    name: 'payments',
    database,
    handle: (tx, commands) => runBatch(tx, commands, assets),
  });
  return { submit: (command) => submitPastRace(lane, command), drain: () => lane.drain() };
}

/** A command that lost the race for an externalId is decided once more, and then comes to ExternalIdTaken. */
async function submitPastRace(lane: PaymentsLane, command: PaymentsCommand): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await lane.submit(command);
    } catch (error) {
      if (violatedConstraint(error) !== EXTERNAL_ID_KEY || attempt >= EXTERNAL_ID_ATTEMPTS_MAX) throw error;
    }
  }
}
