import { newUuid } from '../../../platform/id.ts';
import type { BankUnsettled } from '../../../rails/bank/unsettled.ts';
import type { BankCommand } from '../domain/command.ts';

/** The command that takes the books as far as a bank is. It has no key: the row it acts on makes it idempotent. */
export function settleBank({ kind, id, organizationId, screening }: BankUnsettled): BankCommand {
  const base = { organizationId, idempotencyKey: null, fingerprint: '', journalId: newUuid() };
  if (kind === 'LINE') return { ...base, operation: 'settleLine', lineId: id };
  return kind === 'ORDER'
    ? { ...base, operation: 'settleOrder', transactionId: id, returnJournalId: newUuid() }
    : {
        ...base,
        operation: 'settleReceipt',
        receiptId: id,
        transactionId: newUuid(),
        ...(screening == null ? {} : { screening }),
      };
}
