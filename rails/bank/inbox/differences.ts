import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** How a bank's word may be at odds with our books. */
export type DifferenceKind = 'CONTRADICTS_ORDER' | 'UNKNOWN_ORDER' | 'UNKNOWN_ACCOUNT' | 'REUSED_ID';

export interface Difference {
  readonly organizationId: Uuid | null;
  readonly kind: DifferenceKind;
  /** A sentence without personal data. */
  readonly detail: string;
  readonly orderId: Uuid | null;
  readonly messageId: Uuid;
}

const OPEN_DIFFERENCE = statement(
  'bank.open_difference',
  `insert into bank.difference (id, adapter, organization_id, order_id, message_id, kind, detail)
   select $1, message.adapter, $2, $3, message.id, $5, $6 from bank.message where message.id = $4`,
);

/** Names a difference for reconciliation, in the tx that keeps its message. Retry only with the whole tx. */
export async function openDifference(tx: Tx, difference: Difference): Promise<void> {
  const { organizationId, orderId, messageId, kind, detail } = difference;
  await tx.rows(OPEN_DIFFERENCE, [newUuid(), organizationId, orderId, messageId, kind, detail]);
}
