import type { PlannedStep, StepKind, Wish } from './outcomes.ts';
import {
  addFault,
  bookEvent,
  bookLine,
  emptyBook,
  type LineFault,
  type SimulatedLine,
  type StatementBook,
} from './statementLines.ts';

/** An order as the simulated bank has it. Amounts are minor units as text. */
export interface SimulatedOrder {
  readonly key: string;
  readonly customer: string;
  readonly asset: string;
  readonly amountMinor: string;
  /** SHA-256 of its bytes: the same key with other bytes is refused. */
  readonly digest: string;
  readonly receivedAtMs: number;
  readonly plan: readonly PlannedStep[];
}

/** An event as it goes out, and how often its callback still has to. */
export interface SimulatedEvent {
  readonly id: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly callbackAtMs: number | null;
  readonly callbacks: number;
}

/** Everything that changes the simulated bank. The journal has them in order, and replaying it gives the same bank. */
export type SimulatorRecord =
  | { readonly type: 'ORDER'; readonly order: SimulatedOrder }
  | {
      readonly type: 'STEP';
      readonly key: string;
      readonly event: SimulatedEvent;
      readonly kind: StepKind;
      readonly reasonCode: string | null;
    }
  | { readonly type: 'ARRIVAL'; readonly controlKey: string; readonly event: SimulatedEvent }
  | { readonly type: 'DELIVERED'; readonly eventId: string }
  | { readonly type: 'SILENT'; readonly key: string }
  | { readonly type: 'WISH'; readonly controlKey: string; readonly customer: string; readonly wish: Wish }
  | { readonly type: 'WISH_TAKEN'; readonly customer: string }
  | {
      readonly type: 'OWN_LINE';
      readonly controlKey: string;
      readonly line: Omit<SimulatedLine, 'balanceMinor'>;
    }
  | {
      readonly type: 'LINE_FAULT';
      readonly controlKey: string;
      readonly customer: string;
      readonly fault: LineFault;
    };

export interface OrderProgress {
  readonly order: SimulatedOrder;
  readonly stepsDone: number;
  /** What it is told to be when it is asked about. */
  readonly fact: StepKind | 'SUBMITTED';
  readonly reasonCode: string | null;
}

export interface SimulatorState {
  readonly orders: Map<string, OrderProgress>;
  readonly events: SimulatedEvent[];
  /** Events whose callback still has to go out, by id, with how often. */
  readonly undelivered: Map<string, { readonly event: SimulatedEvent; readonly left: number }>;
  /** Keys of what it was told to do: told again, it does nothing. */
  readonly controlKeys: Set<string>;
  /** Keys whose first call was answered with silence. */
  readonly silenced: Set<string>;
  readonly wishes: Map<string, readonly Wish[]>;
  /** What its statements say. */
  readonly book: StatementBook;
}

export function emptyState(): SimulatorState {
  return {
    orders: new Map(),
    events: [],
    undelivered: new Map(),
    controlKeys: new Set(),
    silenced: new Set(),
    wishes: new Map(),
    book: emptyBook(),
  };
}

/** Changes the state by one record. */
export function applyRecord(state: SimulatorState, record: SimulatorRecord): void {
  switch (record.type) {
    case 'ORDER':
      state.orders.set(record.order.key, {
        order: record.order,
        stepsDone: 0,
        fact: 'SUBMITTED',
        reasonCode: null,
      });
      return;
    case 'STEP': {
      const progress = state.orders.get(record.key);
      if (progress === undefined) return;
      const { plan } = progress.order;
      // A cancellation is the last thing that happens.
      const stepsDone = record.kind === 'CANCELED' ? plan.length : progress.stepsDone + 1;
      state.orders.set(record.key, {
        ...progress,
        stepsDone,
        fact: record.kind,
        reasonCode: record.reasonCode,
      });
      addEvent(state, record.event);
      bookEvent(state.book, record.event, progress.order.customer);
      return;
    }
    case 'ARRIVAL':
      state.controlKeys.add(record.controlKey);
      addEvent(state, record.event);
      bookEvent(state.book, record.event, null);
      return;
    case 'OWN_LINE':
      state.controlKeys.add(record.controlKey);
      bookLine(state.book, record.line);
      return;
    case 'LINE_FAULT':
      state.controlKeys.add(record.controlKey);
      addFault(state.book, record.customer, record.fault);
      return;
    case 'DELIVERED': {
      const waiting = state.undelivered.get(record.eventId);
      if (waiting === undefined) return;
      if (waiting.left <= 1) state.undelivered.delete(record.eventId);
      else state.undelivered.set(record.eventId, { ...waiting, left: waiting.left - 1 });
      return;
    }
    case 'SILENT':
      state.silenced.add(record.key);
      return;
    case 'WISH':
      state.controlKeys.add(record.controlKey);
      state.wishes.set(record.customer, [...(state.wishes.get(record.customer) ?? []), record.wish]);
      return;
    case 'WISH_TAKEN':
      state.wishes.set(record.customer, (state.wishes.get(record.customer) ?? []).slice(1));
      return;
  }
}

function addEvent(state: SimulatorState, event: SimulatedEvent): void {
  state.events.push(event);
  if (event.callbackAtMs !== null) state.undelivered.set(event.id, { event, left: event.callbacks });
}
