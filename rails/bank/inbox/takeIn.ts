import { isUuid, newUuid, type Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { sealBytes } from '../../../platform/vault/sealedBytes.ts';
import { type Screener, screenOrHold } from '../../screening/screenOrHold.ts';
import { type BankAccountDetails, encodeDetails } from '../details.ts';
import { moveOrder } from '../moveOrder.ts';
import { judgeFact, type OrderState } from '../orderStates.ts';
import type { OrderEvent, Received } from '../provider.ts';
import { insertReceipt, type SealedPayer } from './insertReceipt.ts';
import { differing, type Judged, type MessageOutcome } from './judged.ts';
import { keepReceiptScreening, payerOf } from './receiptScreening.ts';

export interface Inbox {
  /** Role omsx_bank. */
  readonly database: Database;
  readonly vault: KeyVault;
  /** Of `placeKeyOf`: what recognises virtual accounts. */
  readonly placeKey: Buffer;
  readonly adapter: string;
  /** Who says whom money may come from. */
  readonly screener: Screener;
}

const FIND_MESSAGE = statement(
  'bank.find_message',
  `select 1 from bank.message where adapter = $1 and direction = 'IN' and key = $2`,
);

/**
 * Keeps a provider's message and makes of it what it says, in one tx: an order moves, a receipt begins, or a named
 * difference does. Safe to repeat: the second of the same id changes nothing.
 */
export async function takeIn(inbox: Inbox, { event, bytes }: Received): Promise<MessageOutcome> {
  const { database, vault, adapter, screener } = inbox;
  // Sealing asks the vault, which for what came before is for nothing, and may not happen within a tx.
  const known = await database.write((tx) => tx.rows(FIND_MESSAGE, [adapter, event.id]));
  if (known.length > 0) return 'REPEATED';
  const id = newUuid();
  const sealed = await sealBytes(vault, bytes, { purpose: 'omsx-bank-message', id });
  // The payer is in the clear here and nowhere after.
  const screening = event.type === 'ARRIVAL' ? await screenOrHold(screener, payerOf(event)) : null;
  const payer = event.type === 'ARRIVAL' && event.payer ? await sealPayer(vault, event.payer) : null;
  return await database.write(async (tx) => {
    const made =
      event.type === 'ORDER'
        ? await judgeOrder(tx, adapter, event)
        : await insertReceipt(tx, inbox, event, payer);
    const { outcome, apply } = made;
    if (!(await keepMessage(tx, { id, adapter, key: event.id, sealed, outcome }))) return 'REPEATED';
    await apply(id);
    if (outcome === 'APPLIED' && event.type === 'ARRIVAL' && screening !== null) {
      await keepReceiptScreening(tx, { adapter, providerId: event.receiptId }, screening);
    }
    return outcome;
  });
}

/** Under the id of the receipt that is about to be, so that it opens for nothing else. */
async function sealPayer(vault: KeyVault, payer: BankAccountDetails): Promise<SealedPayer> {
  const receiptId = newUuid();
  const context = { purpose: 'omsx-bank-payer', id: receiptId };
  return { receiptId, sealed: await sealBytes(vault, encodeDetails(payer), context) };
}

const KEEP_MESSAGE = statement(
  'bank.keep_message',
  `insert into bank.message (id, adapter, direction, key, sealed, outcome) values ($1, $2, 'IN', $3, $4, $5)
   on conflict (adapter, direction, key) do nothing returning 1`,
);

async function keepMessage(
  tx: Tx,
  message: {
    readonly id: Uuid;
    readonly adapter: string;
    readonly key: string;
    readonly sealed: Uint8Array;
    readonly outcome: string;
  },
): Promise<boolean> {
  const { id, adapter, key, sealed, outcome } = message;
  return (await tx.rows(KEEP_MESSAGE, [id, adapter, key, Buffer.from(sealed), outcome])).length === 1;
}

interface JudgedOrder {
  readonly organizationId: Uuid;
  readonly state: OrderState;
  readonly isFinal: boolean;
  readonly amountMinor: bigint;
  readonly asset: string;
}

const LOCK_ORDER = statement(
  'bank.lock_order_of_event',
  `select wish.organization_id as "organizationId", wish.state, wish.is_final as "isFinal",
          wish.amount as "amountMinor", wish.asset
     from bank.order wish where wish.id = $1 and wish.adapter = $2 for no key update of wish`,
);

/** @param adapter of whoever says so: of orders of another bank nobody is believed */
async function judgeOrder(tx: Tx, adapter: string, event: OrderEvent): Promise<Judged> {
  const { orderKey, kind, amountMinor, asset, reasonCode, occurredAt } = event;
  const [order] = isUuid(orderKey) ? await tx.rows<JudgedOrder>(LOCK_ORDER, [orderKey, adapter]) : [];
  if (order === undefined) {
    return differing(tx, null, 'UNKNOWN_ORDER', `${kind} of an order that we never made`, null);
  }
  const differ = (detail: string): Judged =>
    differing(tx, order.organizationId, 'CONTRADICTS_ORDER', detail, orderKey as Uuid);
  if (amountMinor !== order.amountMinor || asset !== order.asset) {
    return differ(
      `${kind} of ${amountMinor} ${asset}, ordered were ${order.amountMinor} ${order.asset} (minor units)`,
    );
  }
  switch (judgeFact(order, kind)) {
    case 'KNOWN':
      return { outcome: 'KNOWN', apply: async () => undefined };
    case 'CONTRADICTS':
      return differ(`${kind} after the order was ${order.state}${order.isFinal ? ' and final' : ''}`);
    case 'MOVES':
      return {
        outcome: 'APPLIED',
        apply: () =>
          moveOrder(tx, { id: orderKey as Uuid, to: kind, reasonCode, providerReference: null, occurredAt }),
      };
  }
}
