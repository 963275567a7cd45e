import { createHash } from 'node:crypto';
import { newUuid } from '../../../platform/id.ts';
import {
  amountOf,
  MalformedMessageError,
  parseObject,
  placeOf,
  TEXT_LENGTH_MAX,
  textOf,
} from './eventJson.ts';
import type { Journal } from './journal.ts';
import { OUTCOMES, planOf, type StepKind, type Wish, wishOf } from './outcomes.ts';
import type { OrderProgress } from './state.ts';

/** How a call is answered; SILENCE keeps it waiting until the caller gives up, CRASH ends the process instead. */
export type Reply =
  | { readonly type: 'JSON'; readonly status: number; readonly body: object; readonly delayMs: number }
  | { readonly type: 'SILENCE' }
  | { readonly type: 'CRASH' };

const SLOW_MS = 1_500;
const EVENTS_PAGE = 100;
const DELAY_MS_MAX = 86_400_000;

/** Takes an order, once for each key: what comes again is told what became of it. @throws {MalformedMessageError} */
export function submitOrder(journal: Journal, key: string, bytes: Uint8Array, nowMs: number): Reply {
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
  const amountMinor = amountOf(message);
  const reference = message.reference === null ? null : textOf(message, 'reference');
  const wish = takeWish(journal, key, customer, wishOf(reference, amountMinor));
  if (wish.outcome === 'TIMEOUT_NOT_DONE') {
    journal.write({ type: 'SILENT', key });
    return { type: 'SILENCE' };
  }
  const order = { key, customer, digest, asset: textOf(message, 'asset'), amountMinor: String(amountMinor) };
  journal.write({ type: 'ORDER', order: { ...order, receivedAtMs: nowMs, plan: planOf(wish) } });
  if (wish.outcome === 'TIMEOUT_DONE') return { type: 'SILENCE' };
  if (wish.outcome === 'CRASH') return { type: 'CRASH' };
  return json(
    200,
    { fact: 'SUBMITTED', reasonCode: null, reference: key },
    wish.outcome === 'SLOW' ? SLOW_MS : 0,
  );
}

/** What was told beforehand comes first; an order that met silence once is settled when it comes again. */
function takeWish(journal: Journal, key: string, customer: string, own: Wish): Wish {
  const [first] = journal.state.wishes.get(customer) ?? [];
  if (journal.state.silenced.has(key)) return { outcome: 'SETTLE', reasonCode: null, delayMs: null };
  if (first === undefined) return own;
  journal.write({ type: 'WISH_TAKEN', customer });
  return first;
}

export function askOrder({ state }: Journal, key: string): Reply {
  const known = state.orders.get(key);
  return known === undefined ? json(404, { fault: 'no such order' }) : json(200, answerOf(known));
}

/** Calls off what is not settled yet. */
export function cancelOrder(journal: Journal, key: string, nowMs: number): Reply {
  const known = journal.state.orders.get(key);
  if (known !== undefined && (known.fact === 'SUBMITTED' || known.fact === 'ACCEPTED')) {
    writeStep(
      journal,
      known,
      { kind: 'CANCELED', callbackAfterMs: 0, callbacks: 1, reasonCode: null },
      nowMs,
    );
  }
  return askOrder(journal, key);
}

/** Events after a position, which is the number of the last one that was read. */
export function listEvents(
  { state }: { readonly state: { readonly events: readonly { readonly json: object }[] } },
  since: string,
): Reply {
  const asked = /^\d{1,12}$/.test(since) ? Number.parseInt(since, 10) : 0;
  // A journal that was thrown away begins anew, and whoever read further in the old one begins with it.
  const from = asked <= state.events.length ? asked : 0;
  const page = state.events.slice(from, from + EVENTS_PAGE);
  return json(200, { events: page.map(({ json: event }) => event), next: String(from + page.length) });
}

/** Says beforehand what the customer's next order comes to; told again under its key, it does nothing. */
export function setOutcome(journal: Journal, bytes: Uint8Array): Reply {
  const body = parseObject(bytes);
  const controlKey = textOf(body, 'key');
  const outcome = OUTCOMES.find((one) => one === body.outcome);
  if (outcome === undefined) throw new MalformedMessageError(`an outcome of ${OUTCOMES.join(', ')}`);
  const reasonCode = typeof body.reasonCode === 'string' ? body.reasonCode.slice(0, TEXT_LENGTH_MAX) : null;
  const delayMs = typeof body.delayMs === 'number' ? Math.min(Math.max(0, body.delayMs), DELAY_MS_MAX) : null;
  const customer = textOf(body, 'customer');
  if (!journal.state.controlKeys.has(controlKey)) {
    journal.write({ type: 'WISH', controlKey, customer, wish: { outcome, reasonCode, delayMs } });
  }
  return json(200, { done: true });
}

/** Money arrives for a customer. */
export function deposit(journal: Journal, bytes: Uint8Array, nowMs: number): Reply {
  const body = parseObject(bytes);
  const controlKey = textOf(body, 'key');
  const event = {
    type: 'ARRIVAL',
    id: newUuid(),
    receiptId: newUuid(),
    customer: textOf(body, 'customer'),
    rail: textOf(body, 'rail'),
    asset: textOf(body, 'asset'),
    amountMinor: String(amountOf(body)),
    reference: textOf(body, 'reference'),
    payerAccount: textOf(body, 'payerAccount'),
    ...(body.payerName === undefined ? {} : { payerName: textOf(body, 'payerName') }),
    ...(typeof body.payer === 'object' && body.payer !== null ? { payer: body.payer } : {}),
    paidTo: placeOf(body.paidTo ?? null),
    occurredAt: new Date(nowMs).toISOString(),
  };
  if (!journal.state.controlKeys.has(controlKey)) {
    journal.write({
      type: 'ARRIVAL',
      controlKey,
      event: { id: event.id, json: event, callbackAtMs: nowMs, callbacks: 1 },
    });
  }
  return json(200, { done: true });
}

/** Lets happen what is due by the plans of all orders. */
export function passTime(journal: Journal, nowMs: number): void {
  for (const progress of journal.state.orders.values()) {
    const next = progress.order.plan[progress.stepsDone];
    if (next !== undefined && progress.order.receivedAtMs + next.afterMs <= nowMs) {
      writeStep(journal, progress, next, nowMs);
    }
  }
}

function writeStep(
  journal: Journal,
  { order }: OrderProgress,
  step: {
    readonly kind: StepKind;
    readonly callbackAfterMs: number | null;
    readonly callbacks: number;
    readonly reasonCode: string | null;
  },
  nowMs: number,
): void {
  const { kind, callbackAfterMs, callbacks, reasonCode } = step;
  const { key, asset, amountMinor } = order;
  const id = newUuid();
  const occurredAt = new Date(nowMs).toISOString();
  const event = {
    id,
    json: { type: 'ORDER', id, orderKey: key, kind, asset, amountMinor, reasonCode, occurredAt },
    callbackAtMs: callbackAfterMs === null ? null : nowMs + callbackAfterMs,
    callbacks,
  };
  journal.write({ type: 'STEP', key, kind, reasonCode, event });
}

function answerOf({ order, fact, reasonCode }: OrderProgress): object {
  return { fact, reasonCode, reference: order.key };
}

export function json(status: number, body: object, delayMs = 0): Reply {
  return { type: 'JSON', status, body, delayMs };
}
