import { newUuid } from '../../../platform/id.ts';
import type { ExpireCommand } from '../domain/command.ts';
import type { OpenHold } from '../store/nextHolds.ts';

/** The command that releases a Hold whose time is over. It has no key: the status it acts on makes it idempotent. */
export function expireHold({ organizationId, transactionId }: OpenHold): ExpireCommand {
  return {
    organizationId,
    operation: 'expireHold',
    idempotencyKey: null,
    fingerprint: '',
    transactionId,
    journalId: newUuid(),
  };
}
