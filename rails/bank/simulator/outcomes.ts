/** What the simulator can be told to do with an order. */
export const OUTCOMES = [
  'SETTLE',
  'REJECT',
  'RETURN',
  'LATE',
  'DUPLICATE',
  'OUT_OF_ORDER',
  'LOST_CALLBACK',
  'TIMEOUT_DONE',
  'TIMEOUT_NOT_DONE',
  'CRASH',
  'SLOW',
  'ACCEPT_ONLY',
  'REJECT_AFTER_SETTLED',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What an order is told to come to. */
export interface Wish {
  readonly outcome: Outcome;
  /** Of a rejection or a return; the outcome's own when null. */
  readonly reasonCode: string | null;
  /** Before it settles or comes back; the outcome's own when null. */
  readonly delayMs: number | null;
}

/** By the last two digits of the minor units: an amount that ends in .92 comes back. */
const BY_AMOUNT: ReadonlyMap<bigint, Outcome> = new Map([
  [88n, 'ACCEPT_ONLY'],
  [89n, 'REJECT_AFTER_SETTLED'],
  [90n, 'SLOW'],
  [91n, 'REJECT'],
  [92n, 'RETURN'],
  [93n, 'LATE'],
  [94n, 'DUPLICATE'],
  [95n, 'OUT_OF_ORDER'],
  [96n, 'LOST_CALLBACK'],
  [97n, 'TIMEOUT_DONE'],
  [98n, 'TIMEOUT_NOT_DONE'],
  [99n, 'CRASH'],
]);

/** A reference such as `sim:RETURN` or `sim:REJECT:AC04`. */
const BY_REFERENCE = /\bsim:([A-Z_]+)(?::([A-Z0-9]{2,8}))?\b/;

/** What an order asks for itself, by its reference before its amount; to be settled when neither says anything. */
export function wishOf(reference: string | null, amountMinor: bigint): Wish {
  const [, named, reasonCode = null] = BY_REFERENCE.exec(reference ?? '') ?? [];
  const outcome = OUTCOMES.find((one) => one === named) ?? BY_AMOUNT.get(amountMinor % 100n) ?? 'SETTLE';
  return { outcome, reasonCode, delayMs: null };
}

export type StepKind = 'ACCEPTED' | 'SETTLED' | 'REJECTED' | 'RETURNED' | 'CANCELED';

/** Something that the simulator will say of an order. */
export interface PlannedStep {
  readonly kind: StepKind;
  /** After the order came. */
  readonly afterMs: number;
  /** The callback goes out so much later; null when none does. */
  readonly callbackAfterMs: number | null;
  readonly callbacks: number;
  readonly reasonCode: string | null;
}

const ACCEPT_MS = 20;
const SETTLE_MS = 60;
const RETURN_MS = 300;
const LATE_MS = 3_000;
const DISORDER_MS = 250;
const REJECT_CODE = 'AC04';
const RETURN_CODE = 'AC03';

/** The life of an order by its wish, in the order in which it happens at the bank. */
export function planOf({ outcome, reasonCode, delayMs }: Wish): readonly PlannedStep[] {
  const accepted = step('ACCEPTED', ACCEPT_MS);
  const settled = step('SETTLED', delayMs ?? (outcome === 'LATE' ? LATE_MS : SETTLE_MS));
  switch (outcome) {
    case 'REJECT':
      return [step('REJECTED', delayMs ?? ACCEPT_MS, reasonCode ?? REJECT_CODE)];
    case 'ACCEPT_ONLY':
      return [accepted];
    case 'RETURN':
      return [
        accepted,
        step('SETTLED', SETTLE_MS),
        step('RETURNED', delayMs ?? RETURN_MS, reasonCode ?? RETURN_CODE),
      ];
    case 'REJECT_AFTER_SETTLED':
      return [accepted, settled, step('REJECTED', settled.afterMs + RETURN_MS, reasonCode ?? REJECT_CODE)];
    case 'DUPLICATE':
      return [accepted, settled].map((one) => ({ ...one, callbacks: 3 }));
    case 'OUT_OF_ORDER':
      return [{ ...accepted, callbackAfterMs: DISORDER_MS }, settled];
    case 'LOST_CALLBACK':
      return [accepted, settled].map((one) => ({ ...one, callbackAfterMs: null }));
    default:
      return [accepted, settled];
  }
}

function step(kind: StepKind, afterMs: number, reasonCode: string | null = null): PlannedStep {
  return { kind, afterMs, reasonCode, callbackAfterMs: 0, callbacks: 1 };
}
