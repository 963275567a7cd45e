import { newUuid, type Uuid } from '../../../../platform/id.ts';
import type { CashUnsettled } from '../../../../rails/cash/unsettled.ts';
import type {
  ExpireCashInCommand,
  SettleCashOrderCommand,
  SettleCashReceiptCommand,
} from '../../domain/cash/command.ts';
import type { OpenCashIn } from '../../store/cash/nextCashIns.ts';

/** The command that takes the books as far as a network is. It has no key: the row it acts on makes it idempotent. */
export function settleCash(one: CashUnsettled): SettleCashOrderCommand | SettleCashReceiptCommand {
  const { kind, id, organizationId, cashInId } = one;
  const base = { ...baseOf(organizationId), cashInId };
  return kind === 'ORDER'
    ? { ...base, operation: 'settleCashOrder', transactionId: id, orderId: newUuid() }
    : {
        ...{ ...base, operation: 'settleCashReceipt', receiptId: id },
        ...{ transactionId: newUuid(), feeTransferId: newUuid() },
      };
}

/** The command that ends what was not paid in time. It has no key: the status it acts on makes it idempotent. */
export function expireCashIn({ cashInId, organizationId }: OpenCashIn): ExpireCashInCommand {
  return { ...baseOf(organizationId), operation: 'expireCashIn', cashInId };
}

function baseOf(organizationId: Uuid) {
  return { organizationId, idempotencyKey: null, fingerprint: '', journalId: newUuid() };
}
