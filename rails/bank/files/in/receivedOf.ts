import type { BankRailName } from '../../../port.ts';
import { assetOfRail } from '../../catalog/bankRails.ts';
import type { OrderEvent, Received } from '../../provider.ts';
import type { FileBank } from '../fileBank.ts';
import type { BankWord, SentOrder } from './bankWords.ts';
import type { SentOrders } from './sentOrders.ts';

type OrderWord = Extract<BankWord, { type: 'ORDER' | 'ORDERS' }>;

/** Where one word becomes many messages, each has the order's key at the end of its id. */
export function receivedOf(
  bank: FileBank,
  word: Exclude<BankWord, { type: 'CHANGE' }>,
  sent: SentOrders,
  readAt: Date,
): readonly Received[] {
  const bytes = bytesOf(word.said);
  if (word.type === 'ARRIVAL') {
    const { id, receiptId, amountMinor, asset, reference, payerAccount, occurredAt } = word;
    const of = {
      id,
      receiptId,
      amountMinor,
      asset,
      reference,
      payerAccount,
      occurredAt: occurredAt ?? readAt,
    };
    const rail = railOf(bank, asset);
    return [
      { event: { ...of, type: 'ARRIVAL', customer: bank.arrivalsFor ?? '', rail, paidTo: null }, bytes },
    ];
  }
  if (word.type === 'ORDER') {
    return [{ event: eventOf(word, word.id, sent.byKey.get(word.key) ?? word.key, readAt), bytes }];
  }
  const orders = ordersOf(word, sent);
  // Of each of them something of its own was said.
  if (orders === 'NONE_LEFT') return [];
  // Nobody's: a difference says so, by the words that it came with.
  if (orders.length === 0) {
    return [{ event: eventOf(word, word.id, word.groupId ?? word.messageId ?? '', readAt), bytes }];
  }
  return orders.map((order) => {
    const said = { ...word, amountMinor: null, asset: null };
    return { event: eventOf(said, `${word.id}|${order.key}`, order, readAt), bytes };
  });
}

/** The orders that a word for many is about: where it has a sum, only if that is what they come to. */
function ordersOf(
  word: Extract<BankWord, { type: 'ORDERS' }>,
  sent: SentOrders,
): readonly SentOrder[] | 'NONE_LEFT' {
  const { messageId, groupId, except, amountMinor, asset, kind } = word;
  if (messageId === null && groupId === null) return [];
  const named = sent.ofMessage(messageId, groupId);
  const all = named.filter(({ key, groupId: group }) => !except.includes(key) && !except.includes(group));
  if (named.length > 0 && all.length === 0) return 'NONE_LEFT';
  if (amountMinor === null) return all;
  if (kind !== 'SETTLED' || all.some((order) => order.asset !== asset)) return [];
  const candidates = [all, all.filter(({ isRefused }) => !isRefused)];
  return candidates.find((orders) => sumOf(orders) === amountMinor && orders.length > 0) ?? [];
}

function sumOf(orders: readonly SentOrder[]): bigint {
  return orders.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

/** @param order ours, or what the bank calls one that we do not know */
function eventOf(word: OrderWord, id: string, order: SentOrder | string, readAt: Date): OrderEvent {
  const known = typeof order === 'string' ? null : order;
  return {
    type: 'ORDER',
    id,
    orderKey: known?.orderId ?? `unknown ${String(order)}`,
    kind: word.kind,
    amountMinor: word.amountMinor ?? known?.amountMinor ?? 0n,
    asset: word.asset ?? known?.asset ?? '',
    reasonCode: word.reasonCode,
    occurredAt: word.occurredAt ?? readAt,
  };
}

/** The rail of an arrival is not told: it is the first of the bank's in that asset. */
function railOf({ rails }: FileBank, asset: string): BankRailName {
  return rails.find((rail) => assetOfRail(rail) === asset) ?? rails[0] ?? 'SEPA';
}

/** What is kept of a word, sealed: all of it that was in the file. */
export function bytesOf(said: unknown): Uint8Array {
  const text = JSON.stringify(said, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return Buffer.from(text, 'utf8');
}
