import type { LedgerAccount } from '../../../ledger/account.ts';
import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { ONCHAIN, ownJournal } from '../../../rails/onchain/onchain.ts';
import type { DepositRow } from '../../../rails/onchain/settlements.ts';
import { holdIdOf } from '../../../rails/port.ts';
import { passArrival } from './arrivals/heldArrivals.ts';
import { type Batch, open } from './batch.ts';
import { legOf, putLeg, systemAccount, tell } from './chainSteps.ts';
import type { SettleDepositCommand } from './command.ts';
import { depositDraft } from './depositDraft.ts';
import { blocked, SETTLED } from './results.ts';
import type { Transaction } from './transaction.ts';

/** One deposit while it is settled. */
interface Arrival {
  readonly batch: Batch;
  readonly command: SettleDepositCommand;
  readonly row: DepositRow;
  /** What is credited; null for what opens no Transaction. */
  readonly account: LedgerAccount | null;
  readonly passed: ReturnType<typeof passArrival>;
}

/** What was credited before was looked at then. */
function pass(
  batch: Batch,
  { screening }: SettleDepositCommand,
  row: DepositRow,
  known: Transaction | null,
): Arrival['passed'] {
  if (known?.status === 'COMPLETED') return 'CREDIT';
  const passed = passArrival(batch, { ...row, kind: 'DEPOSIT' }, screening);
  // Refused while the row was waited for: suspense is made sure of by whoever settles it next.
  return passed === 'REFUSED' && !row.isRefused ? 'HELD' : passed;
}

/**
 * Takes the books of a deposit as far as its row is, over as many steps as that takes. Nothing is available before
 * the block is final; a re-org takes back what was only on its way.
 */
export function decideSettleDeposit(batch: Batch, command: SettleDepositCommand): StoredResult {
  const row = batch.chain.deposits.get(command.depositId);
  if (!row || row.organizationId !== command.organizationId) return blocked('there is no such deposit');
  if (row.settledVersion === row.version) return SETTLED;
  const account = row.accountId === null ? null : (batch.ledger.accounts.get(row.accountId) ?? null);
  const known = row.transactionId === null ? null : (batch.transactions.get(row.transactionId) ?? null);
  const contradiction = contradictionOf(row, account, known);
  if (contradiction !== null) return blocked(contradiction);

  const passed = row.state === 'FINAL' && account !== null ? pass(batch, command, row, known) : 'CREDIT';
  const arrival = { batch, command, row, account, passed };
  const settled = settle(arrival, ownOf(arrival, known));
  const transactionId = settled?.id ?? known?.id ?? null;
  // What is held is not where its row is: whoever settles looks at it again once that is decided.
  const toVersion = passed === 'HELD' ? row.settledVersion : row.version;
  batch.chain.deposits.set(row.id, { ...row, transactionId, settledVersion: toVersion });
  batch.chain.settledDeposits.push({
    id: row.id,
    fromVersion: row.settledVersion,
    toVersion,
    transactionId,
    holdId: settled?.holdId ?? null,
  });
  return SETTLED;
}

/** What must not be settled: another tenant's account, or a re-org of what was final and may be spent by now. */
function contradictionOf(
  row: DepositRow,
  account: LedgerAccount | null,
  known: Transaction | null,
): string | null {
  if (row.accountId !== null) {
    if (account?.organizationId !== row.organizationId || account.asset !== row.asset) {
      return 'the account to credit is not one of its organization in its asset';
    }
    if (account.kind !== 'CUSTOMER' && account.kind !== 'TREASURY')
      return 'the account is not to be credited';
    if (account.closedAt !== null && !row.accountIsClosed) return 'the account was closed just now';
  }
  if (known === null) return row.transactionId === null ? null : 'its transaction is not there';
  if (known.status !== 'COMPLETED') return null;
  return row.state === 'FINAL' && isSame(known, row) ? null : `${row.state} after it was credited`;
}

function isSame(known: Transaction, row: DepositRow): boolean {
  return (
    known.destinationAccountId === row.accountId &&
    known.sourceAsset === row.asset &&
    known.sourceAmountMinor === row.amountMinor
  );
}

/**
 * The Transaction that goes on: not one that came to its end, and not one of other money, which ends here (a re-org
 * may put another event in the place of the first).
 */
function ownOf(arrival: Arrival, known: Transaction | null): Transaction | null {
  if (known === null || known.status === 'FAILED') return null;
  if (isSame(known, arrival.row)) return known;
  fail(arrival, known, 'REORGED_AWAY');
  return null;
}

function settle(arrival: Arrival, own: Transaction | null): Transaction | null {
  const { row, account } = arrival;
  switch (row.state) {
    case 'SEEN':
      return account === null ? null : include(arrival, account, own);
    case 'FINAL': {
      if (account === null) {
        postOwn(arrival, row.credits === 'GAS' ? 'FEES' : 'SUSPENSE');
        return null;
      }
      if (own?.status === 'COMPLETED') return own;
      const included = include(arrival, account, own);
      return arrival.passed === 'HELD' ? included : complete(arrival, included);
    }
    case 'ORPHANED':
      return own === null ? null : takeBack(arrival, own);
    case 'DROPPED':
      return own === null ? null : fail(arrival, own, 'REORGED_AWAY');
  }
}

/** Holds the money for the Account, in a Transaction that may begin with it; null when there is none to begin for. */
function include(arrival: Arrival, account: LedgerAccount, own: Transaction | null): Transaction | null {
  const { batch, command, row } = arrival;
  if (own !== null && legOf(batch, own.id).stage === 'INCLUDED') return own;
  const isClosed = account.closedAt !== null;
  if (own === null && isClosed) return null;
  const begun = own ?? begin(arrival, account);
  const details = { leg: 'SOURCE', amountMinor: row.amountMinor } as const;
  const named = { ...details, chainTransactionId: row.id, transactionHash: row.transactionHash };
  if (isClosed) return tell(batch, begun, 'INCLUDED', {}, named);
  const journal = ONCHAIN.hold({
    journalId: command.journalId,
    organizationId: row.organizationId,
    transactionId: begun.id,
    sourceAccountId: begun.sourceAccountId,
    destinationAccountId: account.id,
    amountMinor: row.amountMinor,
    description: null,
  });
  const posted = applyJournal(batch.ledger, journal);
  invariant(posted.status === 'POSTED', `the hold of a deposit was ${posted.status}`);
  const touched = [begun.sourceAccountId, account.id];
  return tell(batch, begun, 'INCLUDED', { holdId: holdIdOf(journal) }, { ...named, touched });
}

function begin({ batch, command, row }: Arrival, account: LedgerAccount): Transaction {
  const { organizationId, asset, network } = row;
  const omnibusId = systemAccount(batch, { organizationId, kind: 'OMNIBUS', asset, place: network });
  const begun = open(batch, depositDraft(command.transactionId, row, account, omnibusId));
  putLeg(batch, {
    transactionId: begun.id,
    organizationId,
    side: 'SOURCE',
    network,
    address: row.fromAddress,
    stage: 'SUBMITTED',
    chainTransactionId: row.id,
    transactionHash: row.transactionHash,
  });
  return begun;
}

/** The block is final: the money may be spent, or is nobody's where its Account is closed. */
function complete(arrival: Arrival, own: Transaction | null): Transaction | null {
  const { batch, command } = arrival;
  if (own === null || own.holdId === null || arrival.passed === 'REFUSED') {
    postOwn(arrival, 'SUSPENSE');
    const reason = arrival.passed === 'REFUSED' ? 'DECLINED' : 'ACCOUNT_CLOSED';
    return own === null ? null : fail(arrival, own, reason);
  }
  const posted = applyJournal(batch.ledger, ONCHAIN.capture(resolutionOf(own, command.moreJournalIds[0])));
  invariant(posted.status === 'POSTED', `the credit of a deposit was ${posted.status}`);
  const { sourceAmountMinor: amountMinor } = own;
  const done = {
    holdId: null,
    capturedAmountMinor: amountMinor,
    completedAt: batch.now,
    finality: ONCHAIN.finality.completed,
  };
  const touched = [own.sourceAccountId, own.destinationAccountId];
  return tell(batch, own, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor, touched });
}

function takeBack(arrival: Arrival, own: Transaction): Transaction {
  if (legOf(arrival.batch, own.id).stage !== 'INCLUDED') return own;
  const touched = release(arrival, own);
  const details = { leg: 'SOURCE', amountMinor: own.sourceAmountMinor, touched } as const;
  return tell(arrival.batch, own, 'REORGED', { holdId: null }, details);
}

const REASONS = {
  REORGED_AWAY: 'the chain went on without the block that it was in',
  DECLINED: 'the deposit was declined; the money is kept in suspense',
  ACCOUNT_CLOSED: 'the account was closed before the deposit was final; the money is kept in suspense',
} as const;

function fail(arrival: Arrival, own: Transaction, reasonCode: keyof typeof REASONS): Transaction {
  const touched = release(arrival, own);
  const change = { holdId: null, failureCode: reasonCode };
  return tell(arrival.batch, own, 'FAILED', change, {
    leg: 'SOURCE',
    amountMinor: own.sourceAmountMinor,
    touched,
    reasonCode,
    reasonMessage: REASONS[reasonCode],
    reasonRetryable: false,
  });
}

/** Frees what is held, if anything is, and answers whose balance that changed. */
function release({ batch, command }: Arrival, own: Transaction): readonly Transaction['id'][] {
  if (own.holdId === null) return [];
  const posted = applyJournal(batch.ledger, ONCHAIN.release(resolutionOf(own, command.moreJournalIds[1])));
  invariant(posted.status === 'POSTED', `the release of a deposit was ${posted.status}`);
  return [own.sourceAccountId, own.destinationAccountId];
}

function resolutionOf(own: Transaction, journalId: Transaction['id']) {
  const holdId = present(own.holdId, 'the hold of a deposit');
  return { journalId, organizationId: own.organizationId, transactionId: own.id, holdId };
}

/** What opens no Transaction is a Journal under the deposit's own id, so that it is posted once. */
function postOwn({ batch, row }: Arrival, kind: 'FEES' | 'SUSPENSE'): void {
  const { id, organizationId, asset, network, amountMinor } = row;
  const posted = applyJournal(
    batch.ledger,
    ownJournal({
      id,
      organizationId,
      debitAccountId: systemAccount(batch, { organizationId, kind: 'OMNIBUS', asset, place: network }),
      creditAccountId: systemAccount(batch, {
        organizationId,
        kind,
        asset,
        ...(kind === 'FEES' ? { place: network } : {}),
      }),
      amountMinor,
      description: kind === 'FEES' ? 'Gas paid ahead' : 'Deposit in suspense',
    }),
  );
  invariant(posted.status !== 'REJECTED', `the Journal of deposit ${id} was refused`);
}
