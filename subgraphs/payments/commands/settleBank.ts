import { newUuid } from '../../../platform/id.ts';
import type { BankUnsettled } from '../../../rails/bank/unsettled.ts';
import type { BankCommand } from '../domain/command.ts';

/** The command that takes the books as far as a bank is. It has no key: the row it acts on makes it idempotent. */
export function settleBank({ kind, id, organizationId, screening }: BankUnsettled): BankCommand {
  const base = { organizationId, idempotencyKey: null, fingerprint: '', journalId: newUuid() };
  switch (kind) {
    case 'ORDER':
      return { ...base, operation: 'settleOrder', transactionId: id, returnJournalId: newUuid() };
    case 'RECEIPT':
      return {
        ...base,
        operation: 'settleReceipt',
        receiptId: id,
        transactionId: newUuid(),
        ...(screening == null ? {} : { screening }),
      };
    case 'LINE':
      return { ...base, operation: 'settleLine', lineId: id };
    case 'MICRO_DEPOSITS':
      return {
        ...base,
        operation: 'settleMicroDeposits',
        externalAccountId: id,
        returnJournalIds: [newUuid(), newUuid()],
      };
  }
}
