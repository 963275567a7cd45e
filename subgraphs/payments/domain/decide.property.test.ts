import fc from 'fast-check';
import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import { formatAmount } from '../../../platform/money.ts';
import type { Batch } from './batch.ts';
import { Books } from './books.fixture.ts';
import type { PaymentsCommand } from './command.ts';

/**
 * Sequences of commands against a reference that knows nothing of journals, versions or batches: what each
 * account can spend and what each transaction has left.
 */
const ACCOUNTS = 3;
const START = 100n;
const HOLD_SECONDS = 60;
const USD = { code: 'USD', scale: 2 };

type Act =
  | {
      readonly do: 'create';
      readonly from: number;
      readonly to: number;
      readonly amount: bigint;
      readonly hold: boolean;
    }
  | { readonly do: 'capture' | 'refund'; readonly which: number; readonly amount: bigint | null }
  | { readonly do: 'cancel' | 'expire'; readonly which: number }
  | { readonly do: 'commit' }
  | { readonly do: 'wait'; readonly seconds: number };

const amount = fc.bigInt({ min: 1n, max: 70n });
const which = fc.nat({ max: 7 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constant('create' as const),
    from: fc.nat({ max: ACCOUNTS - 1 }),
    to: fc.nat({ max: ACCOUNTS - 2 }),
    amount,
    hold: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('capture' as const, 'refund' as const), which, amount: fc.option(amount) }),
  fc.record({ do: fc.constantFrom('cancel' as const, 'expire' as const), which }),
  fc.record({ do: fc.constant('commit' as const) }),
  fc.record({
    do: fc.constant('wait' as const),
    seconds: fc.constantFrom(1, HOLD_SECONDS - 1, HOLD_SECONDS),
  }),
);

interface Known {
  readonly id: Uuid;
  readonly from: number;
  readonly to: number;
  readonly held: bigint;
  readonly expiresAtMs: number;
  readonly isRefund: boolean;
  status: 'AWAITING_ACTION' | 'COMPLETED' | 'CANCELED';
  captured: bigint;
  refunded: bigint;
}

class Reference {
  readonly spendable = Array.from({ length: ACCOUNTS }, () => START);
  readonly known: Known[] = [];

  /** Type of the result that `act` should come to at `nowMs`; takes effect when that is a Transaction. */
  run(act: Exclude<Act, { do: 'commit' | 'wait' }>, to: number, id: Uuid, nowMs: number): string {
    if (act.do === 'create') return this.#move(act.from, to, act.amount, act.hold, id, nowMs, false);
    const subject = this.known[act.which];
    if (!subject) return 'NotFound';
    if (act.do === 'refund') return this.#refund(subject, act.amount, id, nowMs);
    if (subject.status !== 'AWAITING_ACTION') return 'InvalidState';
    const isOver = nowMs >= subject.expiresAtMs;
    if (act.do === 'expire' && !isOver) return 'InvalidState';
    if (act.do !== 'capture') return this.#resolve(subject, 0n);
    if (isOver) return 'InvalidState';
    const taken = act.amount ?? subject.held;
    return taken > subject.held ? 'InvalidInput' : this.#resolve(subject, taken);
  }

  #move(
    from: number,
    to: number,
    moved: bigint,
    hold: boolean,
    id: Uuid,
    nowMs: number,
    isRefund: boolean,
  ): string {
    if ((this.spendable[from] as bigint) < moved) return 'InsufficientFunds';
    this.#add(from, -moved);
    if (!hold) this.#add(to, moved);
    this.known.push({
      id,
      from,
      to,
      held: hold ? moved : 0n,
      expiresAtMs: nowMs + HOLD_SECONDS * 1_000,
      isRefund,
      status: hold ? 'AWAITING_ACTION' : 'COMPLETED',
      captured: hold ? 0n : moved,
      refunded: 0n,
    });
    return 'Transaction';
  }

  #refund(subject: Known, asked: bigint | null, id: Uuid, nowMs: number): string {
    if (subject.isRefund || subject.status !== 'COMPLETED') return 'InvalidState';
    const left = subject.captured - subject.refunded;
    const back = asked ?? left;
    if (back === 0n) return 'InvalidState';
    if (back > left) return 'RefundExceedsCaptured';
    const result = this.#move(subject.to, subject.from, back, false, id, nowMs, true);
    if (result === 'Transaction') subject.refunded += back;
    return result;
  }

  #resolve(subject: Known, taken: bigint): string {
    this.#add(subject.from, subject.held - taken);
    this.#add(subject.to, taken);
    subject.captured = taken;
    subject.status = taken === 0n ? 'CANCELED' : 'COMPLETED';
    return 'Transaction';
  }

  #add(place: number, change: bigint): void {
    this.spendable[place] = (this.spendable[place] as bigint) + change;
  }
}

function commandFor(
  books: Books,
  act: Exclude<Act, { do: 'commit' | 'wait' }>,
  to: number,
  ids: readonly Uuid[],
  known: readonly Known[],
): PaymentsCommand {
  const text = (minor: bigint | null): string | null => (minor === null ? null : formatAmount(minor, USD));
  if (act.do === 'create') {
    const holdSeconds = act.hold ? HOLD_SECONDS : null;
    return books.create(ids[act.from] as Uuid, ids[to] as Uuid, act.amount, { holdSeconds });
  }
  const id = known[act.which]?.id ?? (ids[0] as Uuid);
  if (act.do === 'capture') return books.capture(id, text(act.amount));
  if (act.do === 'refund') return books.refund(id, text(act.amount));
  return act.do === 'cancel' ? books.cancel(id) : books.expire(id);
}

const madeBy = (command: PaymentsCommand): Uuid =>
  command.operation === 'refundTransaction'
    ? command.refundId
    : (('transactionId' in command && command.transactionId) as Uuid);

interface Trace {
  readonly steps: number;
  readonly transfers: number;
  readonly transactions: readonly unknown[];
  readonly accounts: readonly unknown[];
}

const traceOf = ({ steps, ledger, transactions }: Batch): Trace => ({
  steps: steps.length,
  transfers: ledger.newTransfers.length,
  transactions: [...transactions.values()],
  accounts: [...ledger.accounts.values()],
});

test('any sequence of commands comes to what the reference says, and leaves the books in order', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const books = new Books(Array.from({ length: ACCOUNTS }, () => START));
      const reference = new Reference();
      const ids = [...books.accounts.keys()];
      const versions = new Map<Uuid, number[]>();
      const keepVersions = (): void => {
        for (const { event } of books.batch.steps) {
          versions.set(event.transactionId, [...(versions.get(event.transactionId) ?? []), event.version]);
        }
      };
      for (const act of acts) {
        if (act.do === 'commit' || act.do === 'wait') {
          keepVersions();
          if (act.do === 'wait') books.now = new Date(books.now.getTime() + act.seconds * 1_000);
          books.commit();
          continue;
        }
        const to = act.do === 'create' ? (act.from + 1 + act.to) % ACCOUNTS : 0;
        const command = commandFor(books, act, to, ids, reference.known);
        const before = traceOf(books.batch);
        const result: StoredResult = books.decide(command);
        expect(result.type).toBe(reference.run(act, to, madeBy(command), books.now.getTime()));
        if (result.type !== 'Transaction') expect(traceOf(books.batch)).toEqual(before);
      }
      keepVersions();
      expectOrder(books, reference, ids, versions);
    }),
    { numRuns: 300 },
  );
});

function expectOrder(
  books: Books,
  reference: Reference,
  ids: readonly Uuid[],
  versions: ReadonlyMap<Uuid, readonly number[]>,
): void {
  const accounts = ids.map((id) => books.batch.ledger.accounts.get(id));
  expect(
    accounts.map(
      (account) => account && account.creditsPosted - account.debitsPosted - account.debitsPending,
    ),
  ).toEqual(reference.spendable);
  for (const { id, status, captured, refunded } of reference.known) {
    const transaction = books.batch.transactions.get(id);
    expect(transaction).toMatchObject({
      status,
      capturedAmountMinor: captured,
      refundedAmountMinor: refunded,
    });
    expect(refunded <= captured).toBe(true);
    const timeline = versions.get(id) ?? [];
    expect(timeline).toEqual(Array.from({ length: timeline.length }, (_, index) => index + 1));
    expect(transaction?.version).toBe(timeline.length);
  }
  expect(versions.size).toBe(reference.known.length);
}
