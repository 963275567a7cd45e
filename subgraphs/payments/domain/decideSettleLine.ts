import type { StoredResult } from '../../../platform/commandLane.ts';
import { putSettledLine } from './bank.ts';
import type { Batch } from './batch.ts';
import type { SettleLineCommand } from './command.ts';
import { postLine } from './reconciliation.ts';
import { blocked, SETTLED } from './results.ts';

/** Takes the books as far as a line of a bank's statement is. Sent again, it changes nothing. */
export function decideSettleLine(batch: Batch, command: SettleLineCommand): StoredResult {
  const row = batch.bank.lines.get(command.lineId);
  if (!row || row.organizationId !== command.organizationId) return blocked('there is no such line');
  if (row.settledVersion === row.version) return SETTLED;
  if (row.settledVersion > 0) return blocked('it was settled before, and has changed since');
  postLine(batch, row);
  putSettledLine(batch, row);
  return SETTLED;
}
