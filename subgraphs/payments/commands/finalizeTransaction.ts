import { newUuid } from '../../../platform/id.ts';
import type { FinalizeCommand } from '../domain/command.ts';
import type { OwnedId } from '../store/lockTransactions.ts';

/** The command that ends a return window. It has no key: the finality it acts on makes it idempotent. */
export function finalizeTransaction({ organizationId, id }: OwnedId): FinalizeCommand {
  return {
    organizationId,
    operation: 'finalizeTransaction',
    idempotencyKey: null,
    fingerprint: '',
    transactionId: id,
    journalId: newUuid(),
  };
}
