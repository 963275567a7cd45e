import { newUuid } from '../../../../platform/id.ts';
import { statement } from '../../../../platform/statement.ts';
import { sealBytes } from '../../../../platform/vault/sealedBytes.ts';
import type { Inbox } from '../../inbox/takeIn.ts';
import type { BankWord } from './bankWords.ts';
import { bytesOf } from './receivedOf.ts';
import type { SentOrders } from './sentOrders.ts';

const FIND_CHANGE = statement(
  'bank.files.find_change',
  `select 1 from bank.message where adapter = $1 and direction = 'IN' and key = $2`,
);

const KEEP_CHANGE = statement(
  'bank.files.keep_change',
  `with kept as (
     insert into bank.message (id, adapter, direction, key, sealed, outcome)
     values ($1, $2, 'IN', $3, $4, case when $5::uuid is null then 'DIFFERENCE' else 'KNOWN' end)
     on conflict (adapter, direction, key) do nothing returning id),
   noted as (
     insert into bank.change_notice (id, adapter, organization_id, order_id, message_id, code)
     select $6, $2, $7, $5, kept.id, $8 from kept where $5::uuid is not null returning 1),
   opened as (
     insert into bank.difference (id, adapter, organization_id, order_id, message_id, kind, detail)
     select $6, $2, null, null, kept.id, 'UNKNOWN_ORDER', $9 from kept where $5::uuid is null returning 1)
   select count(*)::int as count from kept`,
);

/**
 * Keeps what should be written otherwise the next time: the payment itself was posted, and nothing moves. Safe to repeat.
 */
export async function keepChange(
  { database, vault, adapter }: Inbox,
  word: Extract<BankWord, { type: 'CHANGE' }>,
  sent: SentOrders,
): Promise<void> {
  const known = await database.write((tx) => tx.rows(FIND_CHANGE, [adapter, word.id]));
  if (known.length > 0) return;
  const [id, noticeId] = [newUuid(), newUuid()];
  const sealed = await sealBytes(vault, bytesOf(word.said), { purpose: 'omsx-bank-message', id });
  const order = sent.byKey.get(word.key) ?? null;
  await database.write((tx) =>
    tx.rows(KEEP_CHANGE, [
      ...[id, adapter, word.id, Buffer.from(sealed), order?.orderId ?? null, noticeId],
      ...[order?.organizationId ?? null, word.code, 'a change of an order that we never made'],
    ]),
  );
}
