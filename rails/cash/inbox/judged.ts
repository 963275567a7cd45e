import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** How a network's word may be at odds with our books. */
export type CashDifferenceKind =
  | 'CONTRADICTS_ORDER'
  | 'UNKNOWN_ORDER'
  | 'UNKNOWN_ORGANIZATION'
  | 'UNKNOWN_ASSET'
  | 'REUSED_ID';

/** What was made of a message. REPEATED: its id is known, and nothing was done. */
export type CashOutcome = 'APPLIED' | 'KNOWN' | 'DIFFERENCE' | 'REPEATED';

/** What is to be done about a message once it is kept. */
export interface JudgedCash {
  readonly outcome: Exclude<CashOutcome, 'REPEATED'>;
  readonly apply: (messageId: Uuid) => Promise<void>;
}

const OPEN_DIFFERENCE = statement(
  'cash.open_difference',
  `insert into cash.difference (id, adapter, organization_id, order_id, message_id, kind, detail)
   select $1, message.adapter, $2, $3, message.id, $5, $6 from cash.message where message.id = $4`,
);

/** A difference to be named for reconciliation. @param what.detail a sentence without personal data and without a code */
export function differingCash(
  tx: Tx,
  what: {
    readonly organizationId: Uuid | null;
    readonly orderId: Uuid | null;
    readonly kind: CashDifferenceKind;
    readonly detail: string;
  },
): JudgedCash {
  const { organizationId, orderId, kind, detail } = what;
  return {
    outcome: 'DIFFERENCE',
    apply: async (messageId) => {
      await tx.rows(OPEN_DIFFERENCE, [newUuid(), organizationId, orderId, messageId, kind, detail]);
    },
  };
}
