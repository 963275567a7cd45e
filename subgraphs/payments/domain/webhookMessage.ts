import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { formatId, ID_TYPES, type IdPrefix, isUuid, type Uuid } from '../../../platform/id.ts';
import { formatAmount } from '../../../platform/money.ts';
import type { FeedEvent, FundingPayload, TransactionPayload } from '../../../schema/events.ts';
import { shownStatus } from './webhookEndpoint.ts';
import { nounOf, TEST_TYPE, webhookTypeOf } from './webhookType.ts';

interface MoneyText {
  readonly amount: string;
  readonly asset: string;
}

/**
 * The body of a message, the same bytes at every attempt: public ids, decimal amounts, and the event's own id, version
 * and cursor, as streams have them. Balances are left out, because the other side's are nobody's business.
 */
export function webhookBody(event: FeedEvent, assets: AssetCatalogue, isForCompliance: boolean): string {
  const { payload } = event;
  return JSON.stringify({
    type: webhookTypeOf(event.type),
    timestamp: event.occurredAt,
    id: formatId('evt', event.id as Uuid),
    cursor: event.cursor,
    version: event.version,
    data: 'transactionId' in payload ? stepData(payload, assets, isForCompliance) : objectData(event, assets),
  });
}

/** The body of a message that only tries the way. */
export function testBody(id: Uuid, now: Date): string {
  const data = { message: 'This message tries the way to your endpoint; nothing happened.' };
  const head = { type: TEST_TYPE, timestamp: now.toISOString(), id: formatId('evt', id) };
  return JSON.stringify({ ...head, cursor: null, version: 1, data });
}

function stepData(
  { transactionId, event }: TransactionPayload,
  assets: AssetCatalogue,
  isForCompliance: boolean,
) {
  const { chain } = event;
  return {
    transactionId: formatId('txn', transactionId as Uuid),
    event: {
      id: formatId('evt', event.id as Uuid),
      version: event.version,
      kind: event.kind,
      status: shownStatus(event.status, isForCompliance),
      leg: event.leg,
      amount: event.amount === null ? null : moneyText(event.amount, event.asset, assets),
      relatedTransactionId:
        event.relatedTransactionId === null ? null : formatId('txn', event.relatedTransactionId as Uuid),
      reason: event.reason,
      nextAction: event.nextAction,
      expectedBy: event.expectedBy,
      terminal: event.terminal,
      occurredAt: event.occurredAt,
      chainTransactionId:
        chain === undefined || chain.transactionId === null
          ? null
          : formatId('chx', chain.transactionId as Uuid),
      transactionHash: chain?.hash ?? null,
    },
  };
}

/** Of other things it is told that they changed; readers fetch them. */
function objectData({ type, payload, aggregateId }: FeedEvent, assets: AssetCatalogue) {
  if ('amount' in payload) return fundingData(payload, assets);
  const prefix = prefixOfNoun(nounOf(type));
  const id = 'id' in payload && isUuid(payload.id) ? payload.id : (aggregateId as Uuid);
  return { id: prefix === null ? id : formatId(prefix, id) };
}

function fundingData({ accountId, amount, asset }: FundingPayload, assets: AssetCatalogue) {
  return { accountId: formatId('acc', accountId as Uuid), amount: moneyText(amount, asset, assets) };
}

/** An Asset that was added after we started is told in minor units' own code: the next start knows it. */
function moneyText(amountMinor: string, code: string, assets: AssetCatalogue): MoneyText | null {
  const asset = assets.get(code);
  return asset === undefined ? null : { amount: formatAmount(BigInt(amountMinor), asset), asset: code };
}

function prefixOfNoun(noun: string): IdPrefix | null {
  for (const [prefix, name] of Object.entries(ID_TYPES)) if (name === noun) return prefix as IdPrefix;
  return null;
}
