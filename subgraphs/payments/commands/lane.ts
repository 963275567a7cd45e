import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { type Answer, type CommandLane, createCommandLane } from '../../../platform/commandLane.ts';
import { type Database, violatedConstraint } from '../../../platform/postgres.ts';
import { BUILT_IN, type Catalog } from '../../../rails/bank/catalog/catalog.ts';
import type { PaymentsCommand } from '../domain/command.ts';
import type { Quote } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import { CASH_IN_EXTERNAL_ID_KEY } from '../store/cash/writeCashIns.ts';
import { EXTERNAL_ID_KEY } from '../store/findExternalIds.ts';
import { runBatch } from './runBatch.ts';

/** What a command came to, with the Transaction that it made or changed. */
export interface PaymentsAnswer extends Answer {
  /** As the batch left it at its commit; null when nothing was done or when it was done by an earlier request. */
  readonly transaction: Transaction | null;
  /** The same of a Quote. */
  readonly quote: Quote | null;
}

export interface PaymentsLane {
  /** Safe to retry with the same key. @throws {LaneFullError} when too much is queued. */
  submit(command: PaymentsCommand): Promise<PaymentsAnswer>;
  drain(): Promise<void>;
}

/** The winner has committed when the loser is told, so that the second attempt finds it; more is for luck. */
const EXTERNAL_ID_ATTEMPTS_MAX = 3;
const EXTERNAL_ID_KEYS: readonly string[] = [EXTERNAL_ID_KEY, CASH_IN_EXTERNAL_ID_KEY];

/**
 * The one lane of this subgraph. Several processes may each run one: row locks, not the lane, keep money right.
 * The Transaction goes back with the answer, because reading each after its commit took four times as long as
 * the batch that made it.
 *
 * @param database role omsx_payments_writer
 * @param catalog what is known of rails between banks; as it is built in when left out
 */
export function createPaymentsLane(
  database: Database,
  assets: AssetCatalogue,
  catalog: Catalog = BUILT_IN,
): PaymentsLane {
  // By command, as the lane itself knows results only; a batch that runs again sets its own anew.
  const decided = new WeakMap<PaymentsCommand, Pick<PaymentsAnswer, 'transaction' | 'quote'>>();
  const lane = createCommandLane<PaymentsCommand>({
    name: 'payments',
    database,
    async handle(tx, commands, alongside) {
      const outcomes = await runBatch(tx, commands, { assets, catalog, alongside });
      for (const [index, command] of commands.entries()) {
        const { transaction = null, quote = null } = outcomes[index] ?? {};
        decided.set(command, { transaction, quote });
      }
      return outcomes;
    },
  });
  return {
    async submit(command) {
      const answer = await submitPastRace(lane, command);
      const made = answer.replayed ? undefined : decided.get(command);
      return { ...answer, transaction: made?.transaction ?? null, quote: made?.quote ?? null };
    },
    drain: () => lane.drain(),
  };
}

/** A command that lost the race for an externalId is decided once more, and then comes to ExternalIdTaken. */
async function submitPastRace(lane: CommandLane<PaymentsCommand>, command: PaymentsCommand): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await lane.submit(command);
    } catch (error) {
      const isRace = EXTERNAL_ID_KEYS.includes(violatedConstraint(error) ?? '');
      if (!isRace || attempt >= EXTERNAL_ID_ATTEMPTS_MAX) throw error;
    }
  }
}
