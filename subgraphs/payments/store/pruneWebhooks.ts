import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

const PRUNE = statement(
  'payments.prune_webhook_deliveries',
  `delete from payments.webhook_delivery where id in (
     select id from payments.webhook_delivery
      where created_at < clock_timestamp() - $1::int * interval '1 day' order by created_at limit $2
      for update skip locked)
   returning 1`,
);

const PRUNE_KEYS = statement(
  'payments.prune_webhook_keys',
  `delete from payments.webhook_key where retires_at < clock_timestamp() - $1::int * interval '1 day'`,
);

/** Forgets deliveries with their attempts, and keys that sign no more, after so many days. Gives how many deliveries. */
export async function pruneWebhooks(tx: Tx, days: number, limit: number): Promise<number> {
  const rows = await tx.rows(PRUNE, [days, limit]);
  await tx.rows(PRUNE_KEYS, [days]);
  return rows.length;
}
