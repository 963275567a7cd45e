import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { type DifferenceKind, openDifference } from './differences.ts';

/** What was made of a message. REPEATED: its id is known, and nothing was done. */
export type MessageOutcome = 'APPLIED' | 'KNOWN' | 'DIFFERENCE' | 'REPEATED';

/** What is to be done about a message once it is kept. */
export interface Judged {
  readonly outcome: Exclude<MessageOutcome, 'REPEATED'>;
  readonly apply: (messageId: Uuid) => Promise<void>;
}

/** A difference to be named. */
export function differing(
  tx: Tx,
  organizationId: Uuid | null,
  kind: DifferenceKind,
  detail: string,
  orderId: Uuid | null,
): Judged {
  return {
    outcome: 'DIFFERENCE',
    apply: (messageId) =>
      openDifference(tx, {
        organizationId,
        kind,
        detail,
        orderId,
        messageId,
      }),
  };
}
