import type { Outcome } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import type { Batch } from '../../domain/batch.ts';
import type { PaymentsCommand } from '../../domain/command.ts';
import { insertScreenings, type NewScreening } from '../../store/screening/insertScreenings.ts';

/**
 * Writes down what screening said of the commands that were done, in their tx. Of one that was refused nothing is kept, as
 * nothing came of it. Retry only with the whole tx.
 */
export async function keepScreenings(
  tx: Tx,
  { newId, now }: Pick<Batch, 'newId' | 'now'>,
  commands: readonly PaymentsCommand[],
  outcomes: readonly Outcome[],
): Promise<void> {
  const kept = commands.flatMap((command, index): readonly NewScreening[] => {
    if (!('screening' in command) || command.screening === undefined) return [];
    const subject = subjectOf(command, outcomes[index]);
    if (subject === null) return [];
    const { organizationId, screening } = command;
    return [{ ...subject, id: newId(), organizationId, ...screening, screenedAt: now }];
  });
  await insertScreenings(tx, kept);
}

function subjectOf(
  command: PaymentsCommand,
  outcome: Outcome | undefined,
): Pick<NewScreening, 'subject' | 'subjectId'> | null {
  const type = outcome?.result.type;
  if (command.operation === 'settleReceipt') {
    return type === 'Settled' ? { subject: 'RECEIPT', subjectId: command.receiptId } : null;
  }
  if (command.operation === 'settleDeposit') {
    return type === 'Settled' ? { subject: 'DEPOSIT', subjectId: command.depositId } : null;
  }
  if (type !== 'Transaction') return null;
  return { subject: 'TRANSACTION', subjectId: outcome?.result.transactionId as Uuid };
}
