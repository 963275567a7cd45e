import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { ownJournal } from '../../../rails/onchain/onchain.ts';
import type { Batch } from './batch.ts';
import { systemAccount } from './chainSteps.ts';
import type { SettleFeeCommand } from './command.ts';
import { blocked, SETTLED } from './results.ts';

/** Books what a final ChainTransaction cost, whatever became of it, against the gas its organization paid for ahead. */
export function decideSettleFee(batch: Batch, command: SettleFeeCommand): StoredResult {
  const { organizationId, chainTransactionId: id } = command;
  const row = batch.chain.fees.get(id);
  if (!row || row.organizationId !== organizationId) return blocked('there is no such chain transaction');
  if (row.isSettled) return SETTLED;
  if (!row.isFinal || row.feeWei === null)
    return blocked('the chain transaction is not final, or has no fee');
  if (row.feeWei > 0n) {
    const coins = { organizationId, asset: row.nativeAsset, place: row.network };
    const posted = applyJournal(
      batch.ledger,
      ownJournal({
        // Its own id: posted twice, it moves nothing twice.
        id,
        organizationId,
        debitAccountId: systemAccount(batch, { ...coins, kind: 'FEES' }),
        creditAccountId: systemAccount(batch, { ...coins, kind: 'OMNIBUS' }),
        amountMinor: row.feeWei,
        description: 'Gas',
      }),
    );
    if (posted.status === 'REJECTED') return blocked(`the ledger answered ${posted.rejection.code}`);
  }
  batch.chain.fees.set(id, { ...row, isSettled: true });
  batch.chain.settledFees.push(id);
  return SETTLED;
}
