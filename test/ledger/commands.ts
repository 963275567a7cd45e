import fc from 'fast-check';
import type { LedgerAccount } from '../../ledger/account.ts';
import type { Journal, NewTransfer } from '../../ledger/transfer.ts';
import type { Uuid } from '../../platform/id.ts';
import { NOW, testAccount, testId } from './books.ts';

/** What fast-check makes up and shrinks: numbers that point at accounts, Holds and Journals by position. */
export interface TransferPlan {
  readonly kind: NewTransfer['kind'];
  readonly debit: number;
  readonly credit: number;
  readonly amount: bigint;
  readonly balancing: 'DEBIT' | 'CREDIT' | null;
  readonly closes: 'DEBIT' | 'CREDIT' | null;
  readonly expiresInMs: number | null;
  readonly hold: number;
  readonly wholeHold: boolean;
}

export interface JournalPlan {
  readonly repeat: 'NEW' | 'SAME' | 'OTHER';
  /** Which earlier Journal is repeated. */
  readonly earlier: number;
  readonly isForeign: boolean;
  readonly transfers: readonly TransferPlan[];
}

const side = fc.constantFrom('DEBIT' as const, 'CREDIT' as const);

const transferPlan: fc.Arbitrary<TransferPlan> = fc.record({
  kind: fc.constantFrom('SINGLE', 'SINGLE', 'PENDING', 'POST_PENDING', 'VOID_PENDING'),
  debit: fc.nat(),
  credit: fc.nat(),
  amount: fc.bigInt({ min: 0n, max: 20n }),
  balancing: fc.option(side, { freq: 6 }),
  closes: fc.option(side, { freq: 12 }),
  expiresInMs: fc.option(fc.integer({ min: -1, max: 5 }), { freq: 3 }),
  hold: fc.nat(),
  wholeHold: fc.boolean(),
});

const journalPlan: fc.Arbitrary<JournalPlan> = fc.record({
  repeat: fc.constantFrom('NEW', 'NEW', 'NEW', 'NEW', 'SAME', 'OTHER'),
  earlier: fc.nat(),
  isForeign: fc.integer({ min: 0, max: 11 }).map((dice) => dice === 0),
  transfers: fc.array(transferPlan, { minLength: 1, maxLength: 3 }),
});

/** Up to `lengthMax` Journals. Size `max`, because fast-check otherwise prefers lists of ten or so. */
export function journalPlans(lengthMax: number, lengthMin = 1): fc.Arbitrary<readonly JournalPlan[]> {
  return fc.array(journalPlan, { minLength: lengthMin, maxLength: lengthMax, size: 'max' });
}

/** Ids for one run of plans; another `base` is another set, so that two runs share nothing. */
export interface Scope {
  readonly newId: (number: number) => Uuid;
  readonly organizationId: Uuid;
  readonly otherOrganizationId: Uuid;
  /** What the lifetime of a Hold counts from and in: milliseconds where the clock is ours. */
  readonly now: Date;
  readonly lifetimeUnitMs: number;
}

export const SCOPE_IDS = 1_000_000;

export function scopeAt(base: number, now: Date = NOW, lifetimeUnitMs = 1): Scope {
  const newId = (number: number): Uuid => testId(base + number);
  return {
    newId,
    organizationId: newId(SCOPE_IDS - 1),
    otherOrganizationId: newId(SCOPE_IDS - 2),
    now,
    lifetimeUnitMs,
  };
}

/** Six accounts that differ in every way that matters, and one of another organization. */
export function scopeAccounts(scope: Scope): readonly LedgerAccount[] {
  const { newId: id, organizationId, otherOrganizationId } = scope;
  const own = { organizationId, holderId: organizationId };
  const foreign = { organizationId: otherOrganizationId, holderId: otherOrganizationId };
  return [
    testAccount(id(0), 'OMNIBUS', own),
    testAccount(id(1), 'CUSTOMER', own),
    testAccount(id(2), 'CUSTOMER', own),
    testAccount(id(3), 'FEES', own),
    testAccount(id(4), 'TREASURY', own),
    testAccount(id(5), 'CUSTOMER', { ...own, asset: 'EUR' }),
    testAccount(id(6), 'CUSTOMER', foreign),
  ];
}

const FIRST_TRANSFER = 1_000;
const FIRST_JOURNAL = 500_000;

/** Journals from plans. Every Hold that was ever asked for may be resolved, also those that were refused. */
export function toJournals(
  plans: readonly JournalPlan[],
  accounts: readonly Pick<LedgerAccount, 'id'>[],
  scope: Scope,
): readonly Journal[] {
  const journals: Journal[] = [];
  const holds: Uuid[] = [scope.newId(FIRST_TRANSFER - 1)];
  let transfers = FIRST_TRANSFER;
  for (const plan of plans) {
    const earlier = journals[plan.earlier % Math.max(journals.length, 1)];
    if (plan.repeat !== 'NEW' && earlier !== undefined) {
      journals.push(plan.repeat === 'SAME' ? earlier : altered(earlier));
      continue;
    }
    journals.push({
      id: scope.newId(FIRST_JOURNAL + journals.length),
      organizationId: plan.isForeign ? scope.otherOrganizationId : scope.organizationId,
      transactionId: null,
      transfers: plan.transfers.map((transfer) => {
        const id = scope.newId(transfers++);
        if (transfer.kind === 'PENDING') holds.push(id);
        return toTransfer(id, transfer, accounts, holds, scope);
      }),
    });
  }
  return journals;
}

function toTransfer(
  id: Uuid,
  plan: TransferPlan,
  accounts: readonly Pick<LedgerAccount, 'id'>[],
  holds: readonly Uuid[],
  scope: Scope,
): NewTransfer {
  const pendingId = holds[plan.hold % holds.length] as Uuid;
  if (plan.kind === 'VOID_PENDING') return { kind: 'VOID_PENDING', id, pendingId };
  if (plan.kind === 'POST_PENDING') {
    return { kind: 'POST_PENDING', id, pendingId, ...(plan.wholeHold ? {} : { amount: plan.amount }) };
  }
  const movement = {
    id,
    debitAccountId: (accounts[plan.debit % accounts.length] as LedgerAccount).id,
    creditAccountId: (accounts[plan.credit % accounts.length] as LedgerAccount).id,
    amount: plan.amount,
    ...(plan.balancing === null ? {} : { balancing: plan.balancing }),
    ...(plan.closes === null ? {} : { closes: plan.closes }),
  };
  if (plan.kind === 'SINGLE') return { kind: 'SINGLE', ...movement };
  if (plan.expiresInMs === null) return { kind: 'PENDING', ...movement };
  return {
    kind: 'PENDING',
    ...movement,
    expiresAt: new Date(scope.now.getTime() + plan.expiresInMs * scope.lifetimeUnitMs),
  };
}

/** The same ids with other content. */
function altered(journal: Journal): Journal {
  const [first, ...rest] = journal.transfers;
  return {
    ...journal,
    transfers: [
      { ...(first as NewTransfer), description: `not what "it" was \\ ${first?.description ?? ''}` },
      ...rest,
    ],
  };
}
