import { newUuid } from '../../../platform/id.ts';
import type { BankUnsettled, UnconvertedReceipt } from '../../../rails/bank/unsettled.ts';
import type { BankCommand, SettleReceiptCommand } from '../domain/command.ts';
import type { RateProvider } from '../domain/rateProvider.ts';

/** The command that converts and credits a receipt, or has it wait where there is no rate. */
export async function convertReceipt(one: UnconvertedReceipt, rates: RateProvider): Promise<BankCommand> {
  return { ...settleReceipt(one), rate: await rates.rateOf(one.asset, one.convertsTo) };
}

/** The command that takes the books as far as a bank is. It has no key: the row it acts on makes it idempotent. */
export function settleBank(one: BankUnsettled): BankCommand {
  const { kind, id, organizationId } = one;
  const base = { organizationId, idempotencyKey: null, fingerprint: '', journalId: newUuid() };
  switch (kind) {
    case 'ORDER':
      return { ...base, operation: 'settleOrder', transactionId: id, returnJournalId: newUuid() };
    case 'RECEIPT':
      return settleReceipt(one);
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

function settleReceipt({ id, organizationId, screening }: BankUnsettled): SettleReceiptCommand {
  return {
    ...{ organizationId, idempotencyKey: null, fingerprint: '', journalId: newUuid() },
    ...{ operation: 'settleReceipt', receiptId: id, transactionId: newUuid() },
    ...(screening == null ? {} : { screening }),
  };
}
