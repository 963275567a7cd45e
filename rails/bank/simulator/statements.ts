import { json, type Reply } from './bank.ts';
import { MalformedMessageError, parseObject, textOf } from './eventJson.ts';
import type { Journal } from './journal.ts';
import { LINE_FAULTS } from './statementLines.ts';

const LINES_PAGE = 100;
const SIGNED_AMOUNT = /^-?[1-9]\d{0,37}$/;
const POSITION = /^\d{1,12}$/;

/** Lines after a position, and up to when what is on the page is all there is. */
export function listLines({ state }: Journal, since: string, nowMs: number): Reply {
  const { lines } = state.book;
  const asked = POSITION.test(since) ? Number.parseInt(since, 10) : 0;
  // A journal that was thrown away begins anew, as with events.
  const from = asked <= lines.length ? asked : 0;
  const page = lines.slice(from, from + LINES_PAGE);
  const next = from + page.length;
  const asOf = next === lines.length ? new Date(nowMs).toISOString() : (page.at(-1)?.bookedAt ?? '');
  return json(200, { lines: page, next: String(next), asOf });
}

/** Books what the bank does on its own: a fee, or money that nobody knows of. Told again under its key, nothing more. */
export function bookOwn(journal: Journal, bytes: Uint8Array, nowMs: number): Reply {
  const body = parseObject(bytes);
  const controlKey = textOf(body, 'key');
  const line = {
    id: `own-${controlKey}`,
    customer: body.customer === null ? null : textOf(body, 'customer'),
    asset: textOf(body, 'asset'),
    amountMinor: signedAmountOf(body, 'amountMinor'),
    bookedAt: new Date(nowMs).toISOString(),
    endToEndId: body.endToEndId == null ? null : textOf(body, 'endToEndId'),
    counterparty: null,
    text: textOf(body, 'text'),
  };
  if (!journal.state.controlKeys.has(controlKey)) journal.write({ type: 'OWN_LINE', controlKey, line });
  return json(200, { done: true });
}

/** Says what goes wrong with the customer's next line. Told again under its key, it does nothing. */
export function setLineFault(journal: Journal, bytes: Uint8Array): Reply {
  const body = parseObject(bytes);
  const controlKey = textOf(body, 'key');
  const kind = LINE_FAULTS.find((one) => one === body.fault);
  if (kind === undefined) throw new MalformedMessageError(`a fault of ${LINE_FAULTS.join(', ')}`);
  const byMinor = kind === 'AMOUNT' ? signedAmountOf(body, 'byMinor') : '0';
  const customer = textOf(body, 'customer');
  if (!journal.state.controlKeys.has(controlKey)) {
    journal.write({ type: 'LINE_FAULT', controlKey, customer, fault: { kind, byMinor } });
  }
  return json(200, { done: true });
}

function signedAmountOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const text = textOf(body, name);
  if (!SIGNED_AMOUNT.test(text))
    throw new MalformedMessageError(`${name} as a whole number of minor units, with a sign`);
  return text;
}
