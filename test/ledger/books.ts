import type { AccountKind, LedgerAccount } from '../../ledger/account.ts';
import { CHART } from '../../ledger/chart.ts';
import { createState, idsOf, type LedgerState } from '../../ledger/state.ts';
import type { Journal, NewTransfer, Transfer } from '../../ledger/transfer.ts';
import type { Uuid } from '../../platform/id.ts';

/** A readable uuid: the same number is the same id. */
export function testId(number: number): Uuid {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as Uuid;
}

export const ORGANIZATION = testId(1);
export const OTHER_ORGANIZATION = testId(2);
export const NOW = new Date('2026-01-02T03:04:05.678Z');

/** An empty Account of a kind. */
export function testAccount(
  id: Uuid,
  kind: AccountKind,
  changes: Partial<LedgerAccount> = {},
): LedgerAccount {
  return {
    id,
    organizationId: ORGANIZATION,
    holderId: ORGANIZATION,
    kind,
    asset: 'USD',
    ...CHART[kind],
    place: '',
    backsWallet: false,
    name: null,
    restrictions: [],
    debitsPending: 0n,
    debitsPosted: 0n,
    creditsPending: 0n,
    creditsPosted: 0n,
    version: 0n,
    closedAt: null,
    createdAt: NOW,
    ...changes,
  };
}

/** A state as `lockState` would read it for `journals`, from accounts and Transfers that are stored. */
export function stateFor(
  journals: readonly Journal[],
  accounts: readonly LedgerAccount[],
  stored: readonly Transfer[] = [],
  now: Date = NOW,
): LedgerState {
  const { accountIds, pendingIds, transferIds } = idsOf(journals);
  const wanted = new Set<Uuid>([...pendingIds, ...transferIds]);
  const transfers = stored.filter((transfer) => wanted.has(transfer.id));
  const locked = new Set(accountIds);
  for (const hold of transfers) {
    if (pendingIds.includes(hold.id)) locked.add(hold.debitAccountId).add(hold.creditAccountId);
  }
  return createState({
    asked: new Set([...accountIds, ...wanted]),
    accounts: accounts.filter((account) => locked.has(account.id)),
    transfers,
    resolvedIds: stored.flatMap((transfer) =>
      transfer.pendingId !== null && wanted.has(transfer.pendingId) ? [transfer.pendingId] : [],
    ),
    now,
  });
}

export function journalOf(id: Uuid, ...transfers: readonly NewTransfer[]): Journal {
  return { id, organizationId: ORGANIZATION, transactionId: null, transfers };
}
