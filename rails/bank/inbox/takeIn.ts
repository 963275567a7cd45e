import { isUuid, newUuid, type Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { sealBytes } from '../../../platform/vault/sealedBytes.ts';
import { moveOrder } from '../moveOrder.ts';
import { judgeFact, type OrderState } from '../orderStates.ts';
import type { OrderEvent, Received } from '../provider.ts';
import { insertReceipt } from './insertReceipt.ts';
import { differing, type Judged, type MessageOutcome } from './judged.ts';

export interface Inbox {
  /** Role omsx_bank. */
  readonly database: Database;
  readonly vault: KeyVault;
  /** Of `placeKeyOf`: what recognises virtual accounts. */
  readonly placeKey: Buffer;
  readonly adapter: string;
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
  const { database, vault, placeKey, adapter } = inbox;
  // Sealing asks the vault, which for what came before is for nothing, and may not happen within a tx.
  const known = await database.write((tx) => tx.rows(FIND_MESSAGE, [adapter, event.id]));
  if (known.length > 0) return 'REPEATED';
  const id = newUuid();
  const sealed = await sealBytes(vault, bytes, { purpose: 'omsx-bank-message', id });
  return await database.write(async (tx) => {
    const made =
      event.type === 'ORDER'
        ? await judgeOrder(tx, event)
        : await insertReceipt(tx, adapter, placeKey, event);
    const { outcome, apply } = made;
    if (!(await keepMessage(tx, { id, adapter, key: event.id, sealed, outcome }))) return 'REPEATED';
    await apply(id);
    return outcome;
  });
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
     from bank.order wish where wish.id = $1 for no key update of wish`,
);

async function judgeOrder(tx: Tx, event: OrderEvent): Promise<Judged> {
  const { orderKey, kind, amountMinor, asset, reasonCode, occurredAt } = event;
  const [order] = isUuid(orderKey) ? await tx.rows<JudgedOrder>(LOCK_ORDER, [orderKey]) : [];
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
