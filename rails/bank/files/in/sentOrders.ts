import { arrayOfText } from '../../../../platform/arrays.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { BankWord, SentOrder } from './bankWords.ts';

/** Orders by the ids that the bank gives back, and by the messages and groups that they were sent in. */
export interface SentOrders {
  readonly byKey: ReadonlyMap<string, SentOrder>;
  ofMessage(messageId: string | null, groupId: string | null): readonly SentOrder[];
}

/** Primary key of bank.file_order, its index by file, and that of files by message. */
const FIND_SENT = statement(
  'bank.files.find_sent',
  `with asked as (
     select placed.order_id from bank.file_order placed where placed.adapter = $1 and placed.key = any($2::text[])
      union
     select placed.order_id from bank.file file join bank.file_order placed on placed.file_id = file.id
      where file.adapter = $1 and file.message_id = any($3::text[]))
   select placed.order_id as "orderId", placed.key, placed.group_id as "groupId", file.message_id as "messageId",
          wish.organization_id as "organizationId", wish.amount as "amountMinor", wish.asset,
          wish.state in ('REJECTED', 'CANCELED') as "isRefused"
     from asked
     join bank.file_order placed on placed.order_id = asked.order_id
     join bank.file file on file.id = placed.file_id
     join bank.order wish on wish.id = placed.order_id`,
);

/** The orders of this adapter, and of no other, that words may be about. Role omsx_bank. Safe to retry. */
export async function findSentOrders(
  database: Database,
  adapter: string,
  words: readonly BankWord[],
): Promise<SentOrders> {
  const keys = words.flatMap((word) => (word.type === 'ORDER' || word.type === 'CHANGE' ? [word.key] : []));
  const messages = words.flatMap((word) => (word.type === 'ORDERS' ? messagesOf(word) : []));
  const rows = await database.write((tx) =>
    tx.rows<SentOrder>(FIND_SENT, [
      adapter,
      arrayOfText([...new Set(keys)], (key) => key),
      arrayOfText([...new Set(messages)], (id) => id),
    ]),
  );
  return {
    byKey: new Map(rows.map((row) => [row.key, row])),
    ofMessage: (messageId, groupId) =>
      rows.filter(
        (row) =>
          (messageId === null || row.messageId === messageId) &&
          (groupId === null || row.groupId === groupId),
      ),
  };
}

/** A group is named after its message, so that a line with the group alone finds it. */
function messagesOf({
  messageId,
  groupId,
}: {
  readonly messageId: string | null;
  readonly groupId: string | null;
}) {
  if (messageId !== null) return [messageId];
  return groupId === null ? [] : [groupId, groupId.slice(0, groupId.lastIndexOf('-'))];
}
