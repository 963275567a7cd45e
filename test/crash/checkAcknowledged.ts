import type { Facts, StoredTransaction } from './facts.ts';
import { type Acknowledged, isSuccess } from './journal.ts';

/** What was promised to the payers against what the database holds. Pure, so that made-up histories test it. */
export interface BooksFault {
  readonly kind: 'LOST' | 'DOUBLED' | 'WRONG_EFFECT' | 'PHANTOM' | 'DRIFT' | 'STUCK';
  readonly detail: string;
}

type Promised = Pick<Acknowledged, 'operation' | 'idempotencyKey' | 'typename' | 'id' | 'targetId'> &
  Pick<Acknowledged, 'amountMinor' | 'isHeld'>;

/**
 * Every promise was kept exactly once, and nothing happened that nobody asked for.
 *
 * @param openedMinor what the books held before the first of `promises`
 */
export function checkAcknowledged(
  promises: readonly Promised[],
  facts: Facts,
  openedMinor: bigint,
): readonly BooksFault[] {
  const byKey = groupByKey(facts.transactions);
  const byTarget = new Map<string, Promised[]>();
  for (const promise of promises) {
    if (promise.targetId === null || promise.id === null) continue;
    byTarget.set(promise.targetId, [...(byTarget.get(promise.targetId) ?? []), promise]);
  }
  const faults = promises.flatMap((promise) => [
    ...checkResult(promise, facts),
    ...checkEffect(promise, facts, byKey, byTarget),
  ]);
  return [...faults, ...checkNothingElse(promises, byKey), ...checkSums(promises, facts, openedMinor)];
}

/** One row keeps the result of each key, and it is the one that was told. */
function checkResult(promise: Promised, facts: Facts): readonly BooksFault[] {
  const kept = facts.results.get(promise.idempotencyKey) ?? [];
  const name = `${promise.operation} ${promise.idempotencyKey}`;
  if (kept.length === 0) return [{ kind: 'LOST', detail: `${name}: its result was not kept` }];
  if (kept.length > 1) return [{ kind: 'DOUBLED', detail: `${name}: ${kept.length} results` }];
  if (kept[0] === promise.typename) return [];
  return [{ kind: 'WRONG_EFFECT', detail: `${name}: told ${promise.typename}, kept ${kept[0]}` }];
}

function checkEffect(
  promise: Promised,
  facts: Facts,
  byKey: ReadonlyMap<string, readonly StoredTransaction[]>,
  byTarget: ReadonlyMap<string, readonly Promised[]>,
): readonly BooksFault[] {
  const { operation, idempotencyKey } = promise;
  const name = `${operation} ${idempotencyKey}`;
  if (operation === 'createCustomer') {
    return checkCount(name, promise.id === null ? 0 : 1, facts.customers.get(idempotencyKey) ?? 0);
  }
  if (operation !== 'createTransaction' && operation !== 'refundTransaction') return [];
  const stored = byKey.get(idempotencyKey) ?? [];
  const counted = checkCount(name, promise.id === null ? 0 : 1, stored.length);
  const [transaction] = stored;
  if (counted.length > 0 || promise.id === null || !transaction) return counted;
  if (transaction.id !== promise.id) {
    return [{ kind: 'WRONG_EFFECT', detail: `${name}: told ${promise.id}, stored ${transaction.id}` }];
  }
  const expected = expectedOf(promise, byTarget.get(promise.id) ?? []);
  const actual = describe(transaction);
  if (expected.includes(actual)) return [];
  const kind = transaction.status === 'PROCESSING' ? 'STUCK' : 'WRONG_EFFECT';
  return [{ kind, detail: `${name} (${promise.id}): is ${actual}, expected ${expected.join(' or ')}` }];
}

function checkCount(name: string, expected: number, actual: number): readonly BooksFault[] {
  if (actual === expected) return [];
  const kind = actual > expected ? (expected === 0 ? 'PHANTOM' : 'DOUBLED') : 'LOST';
  return [{ kind, detail: `${name}: ${actual} stored, ${expected} expected` }];
}

/** Status, amounts, steps and Transfers in one line, to be compared and to be read. */
function describe(transaction: Omit<StoredTransaction, 'id' | 'key' | 'version'>): string {
  const { status, capturedMinor, refundedMinor, steps, transfers } = transaction;
  return `${status} captured ${capturedMinor} refunded ${refundedMinor} by ${steps} with ${transfers.join(', ')}`;
}

/** The lines that the acknowledged operations on one Transaction allow: two only where a Hold may have run out. */
function expectedOf(creation: Promised, operations: readonly Promised[]): readonly string[] {
  const { amountMinor } = creation;
  const refunds = operations.filter((operation) => operation.operation === 'refundTransaction');
  const refundedMinor = refunds.reduce((sum, refund) => sum + refund.amountMinor, 0n);
  const more = refunds.map(() => ',REFUNDED').join('');
  const taken = (capturedMinor: bigint, steps: string, transfers: readonly string[]): string =>
    describe({ status: 'COMPLETED', capturedMinor, refundedMinor, steps: steps + more, transfers });
  if (!creation.isHeld) return [taken(amountMinor, 'CREATED,COMPLETED', [`SINGLE ${amountMinor}`])];

  const held = `PENDING ${amountMinor}`;
  const resolutions = operations.filter((operation) => operation.operation !== 'refundTransaction');
  const [resolution, second] = resolutions;
  if (second) return [`resolved once, but ${resolutions.length} resolutions were acknowledged`];
  const untaken = { capturedMinor: 0n, refundedMinor: 0n };
  const released = (step: string): string => {
    const transfers = [held, `VOID_PENDING ${amountMinor}`];
    return describe({ ...untaken, status: 'CANCELED', steps: `CREATED,FUNDS_HELD,${step}`, transfers });
  };
  if (resolution?.operation === 'cancelTransaction') return [released('CANCELED')];
  if (resolution?.operation === 'captureTransaction') {
    const transfers = [held, `POST_PENDING ${resolution.amountMinor}`];
    return [taken(resolution.amountMinor, 'CREATED,FUNDS_HELD,CAPTURED,COMPLETED', transfers)];
  }
  const steps = 'CREATED,FUNDS_HELD';
  const open = describe({ ...untaken, status: 'AWAITING_ACTION', steps, transfers: [held] });
  return [open, released('HOLD_EXPIRED')];
}

/** Each stored Transaction was promised under its key. */
function checkNothingElse(
  promises: readonly Promised[],
  byKey: ReadonlyMap<string, readonly StoredTransaction[]>,
): readonly BooksFault[] {
  const known = new Set(promises.map((promise) => promise.idempotencyKey));
  return [...byKey].flatMap(([key, [transaction]]): readonly BooksFault[] =>
    known.has(key) ? [] : [{ kind: 'PHANTOM', detail: `${transaction?.id} under ${key || 'no key'}` }],
  );
}

/** Payments move money between the books and make none: they hold what was funded. */
function checkSums(promises: readonly Promised[], facts: Facts, openedMinor: bigint): readonly BooksFault[] {
  const funded = promises
    .filter((promise) => promise.operation === 'fundSandbox' && isSuccess(promise))
    .reduce((sum, promise) => sum + promise.amountMinor, openedMinor);
  const posted = facts.fundings.reduce((sum, amount) => sum + amount, 0n);
  const faults: BooksFault[] = [];
  if (posted !== funded) faults.push({ kind: 'DRIFT', detail: `${posted} funded, ${funded} acknowledged` });
  if (facts.heldMinor !== funded)
    faults.push({ kind: 'DRIFT', detail: `${facts.heldMinor} held, ${funded} funded` });
  return faults;
}

function groupByKey(
  transactions: readonly StoredTransaction[],
): ReadonlyMap<string, readonly StoredTransaction[]> {
  const groups = new Map<string, StoredTransaction[]>();
  for (const transaction of transactions) {
    groups.set(transaction.key, [...(groups.get(transaction.key) ?? []), transaction]);
  }
  return groups;
}
