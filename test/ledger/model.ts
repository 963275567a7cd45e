import type { LedgerAccount } from '../../ledger/account.ts';
import type { LedgerRejectionCode } from '../../ledger/errors.ts';
import type { Journal, NewTransfer } from '../../ledger/transfer.ts';

/**
 * A ledger as simple as it can be: a list of what happened, and every question answered by adding it all up.
 * Written from the rules and not from ledger/, which it is there to be compared with.
 */
export type ModelResult =
  | 'POSTED'
  | 'EXISTED'
  | { readonly code: LedgerRejectionCode; readonly index: number };

interface Fact {
  readonly id: string;
  readonly kind: NewTransfer['kind'];
  readonly debit: string;
  readonly credit: string;
  readonly amount: bigint;
  readonly pendingId?: string | undefined;
  readonly expiresAt?: number | undefined;
  /** What was asked for, to know a repetition. */
  readonly asked: string;
}

export interface ModelCounters {
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
  readonly version: bigint;
  readonly closed: boolean;
}

type Known = Pick<LedgerAccount, 'id' | 'organizationId' | 'asset' | 'debitsMustNotExceedCredits'>;

export class LedgerModel {
  readonly #accounts: ReadonlyMap<string, Known>;
  #facts: readonly Fact[] = [];
  #closed: readonly string[] = [];

  constructor(accounts: readonly Known[]) {
    this.#accounts = new Map(accounts.map((account) => [account.id, account]));
  }

  post(journal: Journal, nowMs: number): ModelResult {
    const ids = journal.transfers.map((transfer) => transfer.id as string);
    const twice = ids.findIndex((id, index) => ids.indexOf(id) < index);
    const other = journal.transfers.findIndex((transfer) => {
      const fact = this.#facts.find((known) => known.id === transfer.id);
      return fact !== undefined && fact.asked !== textOf(journal, transfer);
    });
    const faults = [twice, other].filter((index) => index >= 0);
    if (faults.length > 0) return { code: 'TRANSFER_ID_REUSED', index: Math.min(...faults) };
    const known = ids.map((id) => this.#facts.some((fact) => fact.id === id));
    if (known.every(Boolean)) return 'EXISTED';
    if (known.some(Boolean)) return { code: 'TRANSFER_ID_REUSED', index: known.indexOf(true) };

    const before = [this.#facts, this.#closed] as const;
    for (const [index, transfer] of journal.transfers.entries()) {
      const code = this.#add(journal, transfer, nowMs);
      if (code === null) continue;
      [this.#facts, this.#closed] = before;
      return { code, index };
    }
    return 'POSTED';
  }

  counters(id: string): ModelCounters {
    const sum = (side: 'debit' | 'credit', kinds: readonly string[], sign = 1n): bigint =>
      this.#facts
        .filter((fact) => fact[side] === id && kinds.includes(fact.kind))
        .reduce((total, fact) => total + sign * (sign < 0n ? this.#held(fact) : fact.amount), 0n);
    const pending = (side: 'debit' | 'credit'): bigint =>
      sum(side, ['PENDING']) + sum(side, ['POST_PENDING', 'VOID_PENDING'], -1n);
    const touching = this.#facts.filter((fact) => fact.debit === id || fact.credit === id);
    return {
      debitsPending: pending('debit'),
      debitsPosted: sum('debit', ['SINGLE', 'POST_PENDING']),
      creditsPending: pending('credit'),
      creditsPosted: sum('credit', ['SINGLE', 'POST_PENDING']),
      version: BigInt(touching.length),
      closed: this.#closed.includes(id),
    };
  }

  #held(resolution: Fact): bigint {
    return this.#facts.find((fact) => fact.id === resolution.pendingId)?.amount ?? 0n;
  }

  #add(journal: Journal, asked: NewTransfer, nowMs: number): LedgerRejectionCode | null {
    const fact = this.#decide(journal, asked, nowMs);
    if (typeof fact === 'string') return fact;
    this.#facts = [...this.#facts, fact];
    if (!('closes' in asked) || asked.closes === undefined) return null;
    const closing = asked.closes === 'DEBIT' ? fact.debit : fact.credit;
    const { debitsPending, creditsPending, debitsPosted, creditsPosted } = this.counters(closing);
    if (debitsPending + creditsPending > 0n || debitsPosted !== creditsPosted) return 'ACCOUNT_NOT_EMPTY';
    this.#closed = [...this.#closed, closing];
    return null;
  }

  #decide(journal: Journal, asked: NewTransfer, nowMs: number): Fact | LedgerRejectionCode {
    const base = { id: asked.id, kind: asked.kind, asked: textOf(journal, asked) };
    if (asked.kind === 'POST_PENDING' || asked.kind === 'VOID_PENDING') {
      const hold = this.#facts.find((fact) => fact.id === asked.pendingId && fact.kind === 'PENDING');
      if (!hold || this.#accounts.get(hold.debit)?.organizationId !== journal.organizationId) {
        return 'HOLD_NOT_FOUND';
      }
      if (this.#facts.some((fact) => fact.pendingId === hold.id)) return 'HOLD_ALREADY_RESOLVED';
      const amount = (asked.kind === 'POST_PENDING' ? asked.amount : undefined) ?? hold.amount;
      if (amount <= 0n) return 'INVALID_AMOUNT';
      if (amount > hold.amount) return 'EXCEEDS_HOLD';
      const isLate = hold.expiresAt !== undefined && nowMs >= hold.expiresAt;
      if (asked.kind === 'POST_PENDING' && isLate) return 'HOLD_EXPIRED';
      return { ...base, debit: hold.debit, credit: hold.credit, amount, pendingId: hold.id };
    }
    if (asked.amount <= 0n) return 'INVALID_AMOUNT';
    if (asked.debitAccountId === asked.creditAccountId) return 'SAME_ACCOUNT';
    for (const id of [asked.debitAccountId, asked.creditAccountId]) {
      if (this.#accounts.get(id)?.organizationId !== journal.organizationId) return 'ACCOUNT_NOT_FOUND';
      if (this.#closed.includes(id)) return 'ACCOUNT_CLOSED';
    }
    const debit = this.#accounts.get(asked.debitAccountId);
    if (debit?.asset !== this.#accounts.get(asked.creditAccountId)?.asset) return 'ASSET_MISMATCH';
    const expiresAt = asked.kind === 'PENDING' ? asked.expiresAt?.getTime() : undefined;
    if (expiresAt !== undefined && nowMs >= expiresAt) return 'HOLD_EXPIRED';
    const from = this.counters(asked.debitAccountId);
    const to = this.counters(asked.creditAccountId);
    const spendable = from.creditsPosted - from.debitsPosted - from.debitsPending;
    const owed = to.debitsPosted - to.creditsPosted - to.creditsPending;
    const room = asked.balancing === 'DEBIT' ? spendable : asked.balancing === 'CREDIT' ? owed : asked.amount;
    const isLimited = room < asked.amount;
    const amount = isLimited ? room : asked.amount;
    if (amount <= 0n) return 'INSUFFICIENT_FUNDS';
    if (debit?.debitsMustNotExceedCredits && spendable < amount) return 'INSUFFICIENT_FUNDS';
    return { ...base, debit: asked.debitAccountId, credit: asked.creditAccountId, amount, expiresAt };
  }
}

function textOf(journal: Journal, asked: NewTransfer): string {
  const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
  return JSON.stringify([journal.id, journal.organizationId, journal.transactionId, asked], text);
}
