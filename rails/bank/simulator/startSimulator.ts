import {
  askOrder,
  cancelOrder,
  deposit,
  listEvents,
  passTime,
  type Reply,
  setOutcome,
  submitOrder,
} from './bank.ts';
import { type Journal, openJournal } from './journal.ts';
import { routeOrder, type Simulator, type SimulatorOptions, serveSimulator } from './serveSimulator.ts';
import { bookOwn, listLines, setLineFault } from './statements.ts';

/** A bank that does what it is told, for the sandbox and for tests. It moves no money anywhere. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const journal = openJournal(options.journalPath);
  return await serveSimulator(options, {
    journal,
    passTime: (nowMs) => passTime(journal, nowMs),
    route: (asked, bytes, since) => route(journal, asked, bytes, since),
  });
}

function route(journal: Journal, asked: string, bytes: Uint8Array, since: string): Reply {
  if (asked === 'GET /events') return listEvents(journal, since);
  if (asked === 'GET /lines') return listLines(journal, since, Date.now());
  if (asked === 'POST /control/line') return bookOwn(journal, bytes, Date.now());
  if (asked === 'POST /control/line-fault') return setLineFault(journal, bytes);
  if (asked === 'POST /control/outcome') return setOutcome(journal, bytes);
  if (asked === 'POST /control/deposit') return deposit(journal, bytes, Date.now());
  return routeOrder(asked, {
    submit: (key) => submitOrder(journal, key, bytes, Date.now()),
    ask: (key) => askOrder(journal, key),
    cancel: (key) => cancelOrder(journal, key, Date.now()),
  });
}
