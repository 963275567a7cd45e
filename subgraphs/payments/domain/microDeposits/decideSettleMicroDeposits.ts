import { applyJournal } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant, present } from '../../../../platform/invariant.ts';
import { BANK } from '../../../../rails/bank/bank.ts';
import { meaningOf } from '../../../../rails/bank/catalog/terms.ts';
import type { MicroDepositRow, MicroOrder } from '../../../../rails/bank/microDeposits/microDeposit.ts';
import { describeReturn } from '../../../../rails/bank/reasons.ts';
import { capture } from '../../../../rails/singleTransfer.ts';
import { bankAccount } from '../bank.ts';
import type { Batch } from '../batch.ts';
import { blocked, SETTLED } from '../results.ts';
import type { SettleMicroDepositsCommand } from './command.ts';
import { putMicroDeposit, tellPlace } from './microInBatch.ts';

const PAID: readonly MicroOrder['state'][] = ['SETTLED', 'RETURNED'];
const ENDED: readonly MicroOrder['state'][] = [...PAID, 'REJECTED', 'CANCELED'];

/**
 * Takes the books and the ExternalAccount as far as both orders are. The Hold is resolved once, when both have ended:
 * before that nothing is told, as the difference to the sum would tell an amount that may still be asked for.
 */
export function decideSettleMicroDeposits(batch: Batch, command: SettleMicroDepositsCommand): StoredResult {
  const row = batch.micro.rows.get(command.externalAccountId);
  if (!row || row.organizationId !== command.organizationId)
    return blocked('there are no such micro-deposits');
  const orders = row.orderIds.map((id) => present(batch.micro.orders.get(id), 'an order of micro-deposits'));
  const haveEnded = orders.every(({ state }) => ENDED.includes(state));
  const isResolving = row.state === 'UNDER_WAY' && haveEnded;
  if (isResolving) resolveHold(batch, command, row, orders);
  for (const [index, order] of orders.entries()) {
    const isNews = isResolving || (row.state !== 'UNDER_WAY' && order.settledState !== 'RETURNED');
    const journalId = present(command.returnJournalIds[index], 'the id of a Journal');
    if (isNews && order.state === 'RETURNED') giveBack(batch, row, order, journalId);
    const { version, settledVersion: fromVersion, state: settledState } = order;
    if (version === fromVersion) continue;
    batch.micro.settled.push({ row: { ...order, settledVersion: version, settledState }, fromVersion });
  }
  const unpaid = orders.find(({ state }) => ENDED.includes(state) && state !== 'SETTLED');
  if (isResolving && unpaid === undefined) arrive(batch, row);
  else if (unpaid !== undefined && row.state !== 'FAILED' && haveEnded) fail(batch, row, unpaid);
  return SETTLED;
}

/** Takes what was paid of what is held, and frees the rest. */
function resolveHold(
  batch: Batch,
  { journalId, organizationId }: SettleMicroDepositsCommand,
  { holdId }: MicroDepositRow,
  orders: readonly MicroOrder[],
): void {
  const paid = orders.filter(({ state }) => PAID.includes(state));
  const amountMinor = paid.reduce((sum, order) => sum + order.amountMinor, 0n);
  const resolution = { journalId, organizationId, transactionId: null, holdId };
  const journal = paid.length === 0 ? BANK.release(resolution) : capture(resolution, amountMinor);
  const posted = applyJournal(batch.ledger, journal);
  invariant(posted.status === 'POSTED', `the end of micro-deposits was ${posted.status}`);
}

/** As for a payout: to the Account that it came from, and into suspense where that is closed. */
function giveBack(batch: Batch, row: MicroDepositRow, { amountMinor }: MicroOrder, journalId: Uuid): void {
  const { organizationId, asset, rail, accountId } = row;
  const back = (destinationAccountId: Uuid) =>
    applyJournal(
      batch.ledger,
      BANK.move({
        ...{ journalId, organizationId, transactionId: null, amountMinor, destinationAccountId },
        sourceAccountId: bankAccount(batch, { organizationId, kind: 'CLEARING', asset, place: rail }),
        description: 'Returned by the bank',
      }),
    );
  let posted = back(accountId);
  if (posted.status === 'REJECTED') {
    posted = back(bankAccount(batch, { organizationId, kind: 'SUSPENSE', asset }));
  }
  invariant(posted.status === 'POSTED', `a return was ${posted.status}`);
}

function arrive(batch: Batch, row: MicroDepositRow): void {
  putMicroDeposit(batch.micro, { ...row, state: 'ARRIVED' });
  const place = present(batch.micro.places.get(row.externalAccountId), 'an external account');
  if (place.status === 'PENDING_VERIFICATION') tellPlace(batch.micro, place, {}, 'MicroDepositsArrived');
}

/** An account that does not take small money takes no large: it is declined, also when it was verified by then. */
function fail(batch: Batch, row: MicroDepositRow, order: MicroOrder): void {
  putMicroDeposit(batch.micro, { ...row, state: 'FAILED' });
  const place = present(batch.micro.places.get(row.externalAccountId), 'an external account');
  if (place.status !== 'PENDING_VERIFICATION' && place.status !== 'VERIFIED') return;
  const { message: reason } = describeReturn(order.reasonCode, (code) =>
    meaningOf(batch.catalog, row.rail, code),
  );
  tellPlace(batch.micro, place, { status: 'DECLINED', reason }, 'Declined');
}
