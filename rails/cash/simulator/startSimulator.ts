import { listEvents, type Reply } from '../../bank/simulator/bank.ts';
import { openJournalOf } from '../../bank/simulator/journal.ts';
import {
  routeOrder,
  type Simulator,
  type SimulatorOptions,
  serveSimulator,
} from '../../bank/simulator/serveSimulator.ts';
import {
  askCash,
  type CashJournal,
  cancelCash,
  collectCash,
  passCashTime,
  payCash,
  setCashOutcome,
  submitCash,
} from './counters.ts';
import { applyCashRecord, emptyCashState } from './state.ts';

/** Networks of counters that do what they are told, for the sandbox and for tests. No cash goes anywhere. */
export async function startCashSimulator(options: SimulatorOptions): Promise<Simulator> {
  const journal = openJournalOf(options.journalPath, emptyCashState(), applyCashRecord);
  return await serveSimulator(options, {
    journal,
    passTime: (nowMs) => passCashTime(journal, nowMs),
    route: (asked, bytes, since) => route(journal, asked, bytes, since),
  });
}

function route(journal: CashJournal, asked: string, bytes: Uint8Array, since: string): Reply {
  if (asked === 'GET /events') return listEvents(journal, since);
  if (asked === 'POST /control/outcome') return setCashOutcome(journal, bytes);
  if (asked === 'POST /control/payment') return payCash(journal, bytes, Date.now());
  if (asked === 'POST /control/pickup') return collectCash(journal, bytes, Date.now());
  return routeOrder(asked, {
    submit: (key) => submitCash(journal, key, bytes, Date.now()),
    ask: (key) => askCash(journal, key),
    cancel: (key) => cancelCash(journal, key, Date.now()),
  });
}
