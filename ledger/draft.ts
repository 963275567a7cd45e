import type { Uuid } from '../platform/id.ts';
import { invariant } from '../platform/invariant.ts';
import type { LedgerAccount } from './account.ts';
import type { LedgerRejection } from './errors.ts';
import type { LedgerState } from './state.ts';
import type { Journal, Transfer } from './transfer.ts';

/** The changes of one Journal while it is decided. Dropped when it is refused, so that it leaves no trace. */
export interface Draft {
  readonly state: LedgerState;
  readonly journal: Journal;
  readonly accounts: Map<Uuid, LedgerAccount>;
  readonly transfers: Map<Uuid, Transfer>;
  readonly resolved: Set<Uuid>;
}

export function createDraft(state: LedgerState, journal: Journal): Draft {
  return { state, journal, accounts: new Map(), transfers: new Map(), resolved: new Set() };
}

/** Makes the changes of a Journal those of the batch. */
export function keepDraft(draft: Draft): void {
  const { state } = draft;
  for (const [id, account] of draft.accounts) {
    state.accounts.set(id, account);
    state.changedAccountIds.add(id);
  }
  for (const [id, transfer] of draft.transfers) {
    state.transfers.set(id, transfer);
    state.newTransfers.push(transfer);
  }
  for (const id of draft.resolved) state.resolved.add(id);
}

/** An open Account of the Journal's organization as it stands now, or why it may not be used. */
export function accountIn(draft: Draft, id: Uuid): LedgerAccount | LedgerRejection {
  const account = draft.accounts.get(id) ?? draft.state.accounts.get(id);
  if (account === undefined) {
    // Not to be found because nobody asked is our mistake and must not look like the client's.
    invariant(draft.state.asked.has(id), `account ${id} was not locked`);
    return { code: 'ACCOUNT_NOT_FOUND', accountId: id };
  }
  if (account.organizationId !== draft.journal.organizationId) {
    return { code: 'ACCOUNT_NOT_FOUND', accountId: id };
  }
  if (account.closedAt !== null) return { code: 'ACCOUNT_CLOSED', accountId: id };
  return account;
}

/** An unresolved Hold of the Journal's organization, or why it may not be resolved. */
export function holdIn(draft: Draft, id: Uuid): Transfer | LedgerRejection {
  const { state, journal } = draft;
  const hold = draft.transfers.get(id) ?? state.transfers.get(id);
  invariant(hold !== undefined || state.asked.has(id), `hold ${id} was not asked for`);
  // A Hold whose accounts are not locked was committed after the locks were taken: too late for this batch.
  const usable = hold?.kind === 'PENDING' && state.accounts.has(hold.debitAccountId);
  if (!usable || hold.organizationId !== journal.organizationId) {
    return { code: 'HOLD_NOT_FOUND', pendingId: id };
  }
  if (draft.resolved.has(id) || state.resolved.has(id)) {
    return { code: 'HOLD_ALREADY_RESOLVED', pendingId: id };
  }
  return hold;
}

export function isRejection(found: LedgerAccount | Transfer | LedgerRejection): found is LedgerRejection {
  return 'code' in found;
}
