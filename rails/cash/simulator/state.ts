import type { SimulatedEvent } from '../../bank/simulator/state.ts';
import type { CashFactKind } from '../orderStates.ts';

/** What the simulated networks can be told to do with a code or a pickup. */
export const CASH_OUTCOMES = [
  'READY',
  'REJECT',
  'LATE',
  'DUPLICATE',
  'OUT_OF_ORDER',
  'LOST_CALLBACK',
  'TIMEOUT_DONE',
  'TIMEOUT_NOT_DONE',
  'CRASH',
  'SLOW',
] as const;
export type CashOutcomeWish = (typeof CASH_OUTCOMES)[number];

/** A code or pickup as the simulated networks have it. Amounts are minor units as text. */
export interface SimulatedCash {
  readonly key: string;
  readonly kind: string;
  readonly customer: string;
  readonly network: string;
  readonly asset: string;
  readonly amountMinor: string;
  /** SHA-256 of its bytes: the same key with other bytes is refused. */
  readonly digest: string;
  readonly outcome: CashOutcomeWish;
  /** What is said at the counter. */
  readonly code: string;
  readonly readyAtMs: number;
  readonly expiresAtMs: number;
}

export interface CashProgress {
  readonly order: SimulatedCash;
  readonly fact: CashFactKind;
  readonly reasonCode: string | null;
}

/** Everything that changes the simulated networks. The journal has them in order. */
export type CashRecord =
  | { readonly type: 'ORDER'; readonly order: SimulatedCash }
  | {
      readonly type: 'STEP';
      readonly key: string;
      readonly kind: CashFactKind;
      readonly reasonCode: string | null;
      readonly event: SimulatedEvent | null;
    }
  | { readonly type: 'CONTROL'; readonly controlKey: string; readonly done: boolean }
  | { readonly type: 'DELIVERED'; readonly eventId: string }
  | { readonly type: 'SILENT'; readonly key: string }
  | { readonly type: 'WISH'; readonly customer: string; readonly outcome: CashOutcomeWish }
  | { readonly type: 'WISH_TAKEN'; readonly customer: string };

export interface CashState {
  readonly orders: Map<string, CashProgress>;
  readonly events: SimulatedEvent[];
  /** Events whose callback still has to go out, by id, with how often. */
  readonly undelivered: Map<string, { readonly event: SimulatedEvent; readonly left: number }>;
  /** What came of what it was told to do, by key: told again, it does nothing. */
  readonly controls: Map<string, boolean>;
  /** Keys whose first call was answered with silence. */
  readonly silenced: Set<string>;
  readonly wishes: Map<string, readonly CashOutcomeWish[]>;
}

export function emptyCashState(): CashState {
  return {
    orders: new Map(),
    events: [],
    undelivered: new Map(),
    controls: new Map(),
    silenced: new Set(),
    wishes: new Map(),
  };
}

/** Changes the state by one record. */
export function applyCashRecord(state: CashState, record: CashRecord): void {
  switch (record.type) {
    case 'ORDER':
      state.orders.set(record.order.key, { order: record.order, fact: 'SUBMITTED', reasonCode: null });
      return;
    case 'STEP': {
      const progress = state.orders.get(record.key);
      if (progress === undefined) return;
      state.orders.set(record.key, { ...progress, fact: record.kind, reasonCode: record.reasonCode });
      if (record.event === null) return;
      state.events.push(record.event);
      if (record.event.callbackAtMs === null) return;
      state.undelivered.set(record.event.id, { event: record.event, left: record.event.callbacks });
      return;
    }
    case 'CONTROL':
      state.controls.set(record.controlKey, record.done);
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
      state.wishes.set(record.customer, [...(state.wishes.get(record.customer) ?? []), record.outcome]);
      return;
    case 'WISH_TAKEN':
      state.wishes.set(record.customer, (state.wishes.get(record.customer) ?? []).slice(1));
      return;
  }
}
