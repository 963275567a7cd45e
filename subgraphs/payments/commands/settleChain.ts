import { newUuid } from '../../../platform/id.ts';
import type { Unsettled } from '../../../rails/onchain/unsettled.ts';
import type { SettleCommand } from '../domain/command.ts';

/** The command that takes the books as far as the chain is. It has no key: the row it acts on makes it idempotent. */
export function settleChain(unsettled: Unsettled): SettleCommand {
  const { kind, id, organizationId, unscreenedAddress: address, network } = unsettled;
  const base = { organizationId, idempotencyKey: null, fingerprint: '', journalId: newUuid() };
  switch (kind) {
    case 'DEPOSIT':
      return {
        ...base,
        operation: 'settleDeposit',
        depositId: id,
        transactionId: newUuid(),
        moreJournalIds: [newUuid(), newUuid()],
        ...(address == null ? {} : { screenee: { addresses: [{ address, network: network ?? null }] } }),
      };
    case 'SEND':
      return { ...base, operation: 'settleSend', transactionId: id };
    case 'FEE':
      return { ...base, operation: 'settleFee', chainTransactionId: id };
  }
}
