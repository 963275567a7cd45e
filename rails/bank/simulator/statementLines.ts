import type { SimulatedEvent } from './state.ts';

/** A line of the simulated bank's statements. Amounts are minor units as text, negative when money leaves. */
export interface SimulatedLine {
  readonly id: string;
  /** For whom the bank holds the account; null for what is nobody's. */
  readonly customer: string | null;
  readonly asset: string;
  readonly amountMinor: string;
  readonly bookedAt: string;
  readonly endToEndId: string | null;
  /** Account of the other side; null for what the bank did on its own. */
  readonly counterparty: string | null;
  readonly text: string;
  /** Of the account of this customer in this asset, after the line. */
  readonly balanceMinor: string;
}

/** What can go wrong with the next line of a customer. */
export const LINE_FAULTS = ['OMIT', 'DUPLICATE', 'AMOUNT', 'NO_ID'] as const;
export type LineFaultKind = (typeof LINE_FAULTS)[number];

export interface LineFault {
  readonly kind: LineFaultKind;
  /** AMOUNT: what the bank takes or keeps besides, signed, as text. */
  readonly byMinor: string;
}

/** The lines so far, and what is to go wrong with the next ones. */
export interface StatementBook {
  readonly lines: SimulatedLine[];
  readonly balances: Map<string, bigint>;
  readonly faults: Map<string, readonly LineFault[]>;
}

export function emptyBook(): StatementBook {
  return { lines: [], balances: new Map(), faults: new Map() };
}

type Draft = Omit<SimulatedLine, 'balanceMinor'>;

/** Books a line as it is. */
export function bookLine(book: StatementBook, draft: Draft): void {
  const account = `${draft.customer} ${draft.asset}`;
  const balance = (book.balances.get(account) ?? 0n) + BigInt(draft.amountMinor);
  book.balances.set(account, balance);
  book.lines.push({ ...draft, balanceMinor: String(balance) });
}

/** Lets something go wrong with the customer's next line of an order or an arrival. */
export function addFault(book: StatementBook, customer: string, fault: LineFault): void {
  book.faults.set(customer, [...(book.faults.get(customer) ?? []), fault]);
}

/** What an event has moved on the customer's account, with whatever was told to go wrong. */
export function bookEvent(book: StatementBook, event: SimulatedEvent, customer: string | null): void {
  const draft = draftOf(event, customer);
  if (draft === null) return;
  const [fault, ...more] = book.faults.get(draft.customer ?? '') ?? [];
  if (fault !== undefined) book.faults.set(draft.customer ?? '', more);
  for (const line of spoiled(draft, fault)) bookLine(book, line);
}

function spoiled(draft: Draft, fault: LineFault | undefined): readonly Draft[] {
  switch (fault?.kind) {
    case 'OMIT':
      return [];
    case 'DUPLICATE':
      return [draft, { ...draft, id: `${draft.id}-2` }];
    case 'AMOUNT':
      return [{ ...draft, amountMinor: String(BigInt(draft.amountMinor) + BigInt(fault.byMinor)) }];
    case 'NO_ID':
      return [{ ...draft, endToEndId: null, counterparty: null }];
    default:
      return [draft];
  }
}

/** Null for an event that moves nothing. */
function draftOf({ id, json }: SimulatedEvent, customer: string | null): Draft | null {
  const { kind, asset, amountMinor, occurredAt } = json;
  const base = { id: `line-${id}`, asset: String(asset), bookedAt: String(occurredAt) };
  if (json.type === 'ARRIVAL') {
    return {
      ...base,
      customer: String(json.customer),
      amountMinor: String(amountMinor),
      endToEndId: String(json.receiptId),
      counterparty: String(json.payerAccount),
      text: String(json.reference),
    };
  }
  if (kind !== 'SETTLED' && kind !== 'RETURNED') return null;
  const isReturn = kind === 'RETURNED';
  return {
    ...base,
    customer,
    amountMinor: isReturn ? String(amountMinor) : `-${amountMinor}`,
    endToEndId: String(json.orderKey),
    counterparty: null,
    text: isReturn ? 'Returned payment' : 'Payment',
  };
}
