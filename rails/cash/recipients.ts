import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';

/** Somebody who could have picked cash up, though not known in the clear: another order for them names where they are sealed. */
export interface KnownCashRecipient {
  readonly adapter: string;
  readonly network: string;
  readonly recipientMask: string;
  /** The first pickup that names them. */
  readonly copyOf: Uuid;
}

const FIND_RECIPIENTS = statement(
  'cash.find_recipients',
  `select wish.id, wish.adapter, wish.network, wish.recipient_mask as "recipientMask",
          coalesce(wish.copy_of, wish.id) as "copyOf"
     from cash.order wish where wish.id = any($1::uuid[]) and wish.kind = 'PICKUP'`,
);

/**
 * By the ids of pickups: whom they are for. None of it ever changes, so that no lock is taken. Role omsx_payments_writer. Safe
 * to retry.
 */
export async function findCashRecipients(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, KnownCashRecipient>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<KnownCashRecipient & { readonly id: Uuid }>(FIND_RECIPIENTS, [
    arrayOf(ids, (id) => id),
  ]);
  return new Map(rows.map(({ id, ...recipient }) => [id, recipient]));
}
