import { applyJournal } from '../../../ledger/apply.ts';
import type { SystemAccount } from '../../../ledger/open.ts';
import type { NewTransfer } from '../../../ledger/transfer.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { LineRow, LineState } from '../../../rails/bank/statements/lines.ts';
import { bankAccount } from './bank.ts';
import type { Batch } from './batch.ts';
import { numberedId } from './holds.ts';
import { reverseWriteOff } from './writeOff.ts';

/** A Journal of a line has two Transfers at the most; a third takes out of suspense what it put there. */
export const LINE_TRANSFERS_MAX = 3;
/** Of that third, which is a Journal of its own: so that a line leaves suspense once, whatever is decided. */
export const TAKE_OUT_PLACE = 2;

/** Ids of every Transfer that a line may post: its own, so that posted twice it moves nothing twice. */
export function lineTransferIds(lineId: Uuid): readonly Uuid[] {
  return Array.from({ length: LINE_TRANSFERS_MAX }, (_, place) => numberedId(lineId, place));
}

/** Accounts that a line in this state posts between; none for what is not in the books. */
export function accountsOfLine(
  line: Pick<LineRow, 'organizationId' | 'asset' | 'adapter' | 'rail'>,
  state: LineState,
): readonly SystemAccount[] {
  const { organizationId, asset, adapter, rail } = line;
  if (organizationId === null || state === 'OPEN' || state === 'IGNORED') return [];
  const base = { organizationId, asset };
  const accounts: SystemAccount[] = [{ ...base, kind: 'OMNIBUS', place: adapter }];
  if (rail !== null) accounts.push({ ...base, kind: 'CLEARING', place: rail });
  if (state === 'FEE') accounts.push({ ...base, kind: 'FEES', place: adapter });
  if (state === 'SUSPENSE' || state === 'ASSIGNED') accounts.push({ ...base, kind: 'SUSPENSE' });
  return accounts;
}

/**
 * Posts what a bank has booked: what our books have of it moves between CLEARING and OMNIBUS, the rest between OMNIBUS and
 * what was decided for it. What a line adds to OMNIBUS is always its own amount. What was written off before the line came
 * is taken back with it.
 */
export function postLine(batch: Batch, line: LineRow): void {
  const { organizationId, adapter: place, asset, amountMinor, rail, bookedMinor, state } = line;
  if (state === 'OPEN' || state === 'IGNORED') return;
  invariant(state !== 'ASSIGNED', `line ${line.id} was in suspense before it was assigned`);
  invariant(organizationId !== null, `line ${line.id} is nobody's`);
  const base = { organizationId, asset };
  const omnibusId = bankAccount(batch, { ...base, kind: 'OMNIBUS', place });
  const transfers: NewTransfer[] = [];
  const add = (otherId: Uuid, amount: bigint, description: string): void => {
    const isOut = amount < 0n;
    transfers.push({
      id: numberedId(line.id, transfers.length),
      kind: 'SINGLE',
      debitAccountId: isOut ? otherId : omnibusId,
      creditAccountId: isOut ? omnibusId : otherId,
      amount: isOut ? -amount : amount,
      description,
    });
  };
  if (rail !== null && bookedMinor !== null) {
    add(bankAccount(batch, { ...base, kind: 'CLEARING', place: rail }), bookedMinor, 'Booked by the bank');
  }
  const rest = amountMinor - (bookedMinor ?? 0n);
  if (rest !== 0n) {
    const counter =
      state === 'FEE'
        ? bankAccount(batch, { ...base, kind: 'FEES', place })
        : bankAccount(batch, { ...base, kind: 'SUSPENSE' });
    add(counter, rest, state === 'FEE' ? 'Fee of the bank' : 'Unexplained by the bank');
  }
  // Of no Transaction: its own Transfers are what it moved for its parties.
  const journal = { id: line.id, organizationId, transactionId: null, transfers };
  const posted = applyJournal(batch.ledger, journal);
  invariant(posted.status === 'POSTED', `line ${line.id} was ${posted.status}`);
  reverseWriteOff(batch, line);
}
