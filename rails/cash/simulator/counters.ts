import { createHash, randomInt } from 'node:crypto';
import { newUuid } from '../../../platform/id.ts';
import { json, type Reply } from '../../bank/simulator/bank.ts';
import { amountOf, MalformedMessageError, parseObject, textOf } from '../../bank/simulator/eventJson.ts';
import type { JournalOf } from '../../bank/simulator/journal.ts';
import type { CashFactKind } from '../orderStates.ts';
import {
  CASH_OUTCOMES,
  type CashOutcomeWish,
  type CashProgress,
  type CashRecord,
  type CashState,
  type SimulatedCash,
} from './state.ts';

export type CashJournal = JournalOf<CashState, CashRecord>;

const SLOW_MS = 1_500;
const LATE_MS = 1_000;
/** So late is the callback that a later one overtakes. */
const DISORDER_MS = 400;
const CODE_DIGITS = 12;
const CODE_GROUP = 1_000_000;
const REFUSED = 'REFUSED';

/** Takes what is asked, once for each key: what comes again is told what became of it. @throws {MalformedMessageError} */
export function submitCash(journal: CashJournal, key: string, bytes: Uint8Array, nowMs: number): Reply {
  const { state } = journal;
  const digest = createHash('sha256').update(bytes).digest('hex');
  const known = state.orders.get(key);
  if (known !== undefined) {
    return known.order.digest === digest
      ? json(200, answerOf(known))
      : json(409, { fault: 'the key has other bytes' });
  }
  const message = parseObject(bytes);
  const customer = textOf(message, 'customer');
  const outcome = takeWish(journal, key, customer);
  if (outcome === 'TIMEOUT_NOT_DONE') {
    journal.write({ type: 'SILENT', key });
    return { type: 'SILENCE' };
  }
  const isLater = outcome === 'LATE' || outcome === 'OUT_OF_ORDER';
  const order: SimulatedCash = {
    ...{ key, customer, digest, outcome, code: makeCode(), kind: textOf(message, 'kind') },
    ...{ network: textOf(message, 'network'), asset: textOf(message, 'asset') },
    amountMinor: String(amountOf(message)),
    readyAtMs: isLater ? nowMs + LATE_MS : nowMs,
    expiresAtMs: Date.parse(textOf(message, 'expiresAt')),
  };
  journal.write({ type: 'ORDER', order });
  passOrder(journal, key, nowMs);
  if (outcome === 'TIMEOUT_DONE') return { type: 'SILENCE' };
  if (outcome === 'CRASH') return { type: 'CRASH' };
  return { ...askCash(journal, key), ...(outcome === 'SLOW' ? { delayMs: SLOW_MS } : {}) } as Reply;
}

/** What was told beforehand comes first; what met silence once is done when it comes again. */
function takeWish(journal: CashJournal, key: string, customer: string): CashOutcomeWish {
  const [first] = journal.state.wishes.get(customer) ?? [];
  if (journal.state.silenced.has(key) || first === undefined) return 'READY';
  journal.write({ type: 'WISH_TAKEN', customer });
  return first;
}

function makeCode(): string {
  const group = () => String(randomInt(CODE_GROUP)).padStart(CODE_DIGITS / 2, '0');
  return `${group()}${group()}`;
}

export function askCash({ state }: CashJournal, key: string): Reply {
  const known = state.orders.get(key);
  return known === undefined ? json(404, { fault: 'no such order' }) : json(200, answerOf(known));
}

/** Makes sure that it can be used no more, where it still can. */
export function cancelCash(journal: CashJournal, key: string, nowMs: number): Reply {
  const known = journal.state.orders.get(key);
  if (known?.fact === 'SUBMITTED' || known?.fact === 'READY') step(journal, known, 'CANCELED', nowMs);
  return askCash(journal, key);
}

/** Says beforehand what the customer's next code or pickup comes to. */
export function setCashOutcome(journal: CashJournal, bytes: Uint8Array): Reply {
  const body = parseObject(bytes);
  const outcome = CASH_OUTCOMES.find((one) => one === body.outcome);
  if (outcome === undefined) throw new MalformedMessageError(`an outcome of ${CASH_OUTCOMES.join(', ')}`);
  return once(journal, body, () => {
    journal.write({ type: 'WISH', customer: textOf(body, 'customer'), outcome });
    return true;
  });
}

/**
 * Somebody pays at a counter. It takes the money where the code can be used; `anyway` also where it cannot, which networks
 * promise not to do.
 */
export function payCash(journal: CashJournal, bytes: Uint8Array, nowMs: number): Reply {
  const body = parseObject(bytes);
  const customer = textOf(body, 'customer');
  const amountMinor = String(amountOf(body));
  return once(journal, body, () => {
    const known = ownOrder(journal, textOf(body, 'orderKey'), customer);
    if (known === undefined || known.order.kind !== 'CODE') return false;
    if (known.fact !== 'READY' && body.anyway !== true) return false;
    const { key, network, asset } = known.order;
    const id = newUuid();
    const occurredAt = new Date(nowMs).toISOString();
    const event = {
      ...{ type: 'PAYMENT', id, receiptId: newUuid(), customer, orderKey: key, network, asset, amountMinor },
      occurredAt,
    };
    const { callbackAtMs, callbacks } = callbackOf(known.order.outcome, 'SETTLED', nowMs);
    const kind = known.fact === 'READY' ? 'SETTLED' : known.fact;
    journal.write({
      ...{ type: 'STEP', key, kind, reasonCode: null },
      event: { id, json: event, callbackAtMs, callbacks },
    });
    return true;
  });
}

/** Whoever was named picks the cash up, or nobody does and its time is over. */
export function collectCash(journal: CashJournal, bytes: Uint8Array, nowMs: number): Reply {
  const body = parseObject(bytes);
  const customer = textOf(body, 'customer');
  return once(journal, body, () => {
    const known = ownOrder(journal, textOf(body, 'orderKey'), customer);
    if (known?.order.kind !== 'PICKUP' || known.fact !== 'READY') return false;
    step(journal, known, body.expires === true ? 'EXPIRED' : 'SETTLED', nowMs);
    return true;
  });
}

function ownOrder({ state }: CashJournal, key: string, customer: string): CashProgress | undefined {
  const known = state.orders.get(key);
  return known?.order.customer === customer ? known : undefined;
}

/** Does it once for each control key, and answers what came of the first time. */
function once(journal: CashJournal, body: Readonly<Record<string, unknown>>, work: () => boolean): Reply {
  const controlKey = textOf(body, 'key');
  const known = journal.state.controls.get(controlKey);
  if (known !== undefined) return json(200, { done: known });
  const done = work();
  journal.write({ type: 'CONTROL', controlKey, done });
  return json(200, { done });
}

/** Lets happen what is due. */
export function passCashTime(journal: CashJournal, nowMs: number): void {
  for (const [key, { fact }] of journal.state.orders) {
    if (fact === 'SUBMITTED' || fact === 'READY') passOrder(journal, key, nowMs);
  }
}

function passOrder(journal: CashJournal, key: string, nowMs: number): void {
  const known = journal.state.orders.get(key);
  if (known === undefined) return;
  const { order, fact } = known;
  if (order.expiresAtMs <= nowMs) {
    step(journal, known, 'EXPIRED', nowMs);
  } else if (fact === 'SUBMITTED' && order.readyAtMs <= nowMs) {
    step(journal, known, order.outcome === 'REJECT' ? 'REJECTED' : 'READY', nowMs);
  }
}

function step(journal: CashJournal, { order }: CashProgress, kind: CashFactKind, nowMs: number): void {
  const { key, asset, amountMinor, outcome } = order;
  const id = newUuid();
  const reasonCode = kind === 'REJECTED' ? REFUSED : null;
  const event = {
    ...{ type: 'ORDER', id, orderKey: key, kind, asset, amountMinor, reasonCode },
    code: kind === 'READY' ? order.code : null,
    occurredAt: new Date(nowMs).toISOString(),
  };
  const { callbackAtMs, callbacks } = callbackOf(outcome, kind, nowMs);
  journal.write({ type: 'STEP', key, kind, reasonCode, event: { id, json: event, callbackAtMs, callbacks } });
}

function callbackOf(outcome: CashOutcomeWish, kind: CashFactKind, nowMs: number) {
  if (outcome === 'LOST_CALLBACK') return { callbackAtMs: null, callbacks: 1 };
  const delayMs = outcome === 'OUT_OF_ORDER' && kind === 'READY' ? DISORDER_MS : 0;
  return { callbackAtMs: nowMs + delayMs, callbacks: outcome === 'DUPLICATE' ? 3 : 1 };
}

function answerOf({ order, fact, reasonCode }: CashProgress): object {
  return { fact, reasonCode, reference: order.key, code: fact === 'READY' ? order.code : null };
}
