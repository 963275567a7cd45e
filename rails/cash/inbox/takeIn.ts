import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { sealBytes } from '../../../platform/vault/sealedBytes.ts';
import { moveCashOrder, type SealedCode } from '../moveOrder.ts';
import { judgeCashFact } from '../orderStates.ts';
import type { CashOrderEvent, ReceivedCash } from '../provider.ts';
import { keepable } from '../submit/recordAnswer.ts';
import { insertCashReceipt } from './insertReceipt.ts';
import { type CashOutcome, differingCash, type JudgedCash } from './judged.ts';
import { type JudgedOrder, lockOrderOf } from './lockOrder.ts';

export interface CashInbox {
  /** Role omsx_cash. */
  readonly database: Database;
  readonly vault: KeyVault;
  readonly adapter: string;
}

const FIND_MESSAGE = statement(
  'cash.find_message',
  `select 1 from cash.message where adapter = $1 and direction = 'IN' and key = $2`,
);

/**
 * Keeps a network's message and makes of it what it says, in one tx: an order moves, a receipt begins, or a named
 * difference does. Safe to repeat: the second of the same id changes nothing.
 */
export async function takeInCash(inbox: CashInbox, { event, bytes }: ReceivedCash): Promise<CashOutcome> {
  const { database, vault, adapter } = inbox;
  // Sealing asks the vault, which for what came before is for nothing, and may not happen within a tx.
  const known = await database.write((tx) => tx.rows(FIND_MESSAGE, [adapter, event.id]));
  if (known.length > 0) return 'REPEATED';
  const id = newUuid();
  const sealed = await sealBytes(vault, bytes, { purpose: 'omsx-cash-message', id });
  const code = event.type === 'ORDER' ? await keepable(vault, event.orderKey as Uuid, event.code) : null;
  return await database.write(async (tx) => {
    const order = await lockOrderOf(tx, adapter, event.orderKey);
    const { outcome, apply } =
      event.type === 'ORDER'
        ? judgeOrder(tx, event, order, code)
        : await insertCashReceipt(tx, adapter, event, order);
    const kept = [id, adapter, event.id, Buffer.from(sealed), outcome];
    if ((await tx.rows(KEEP_MESSAGE, kept)).length === 0) return 'REPEATED';
    await apply(id);
    return outcome;
  });
}

const KEEP_MESSAGE = statement(
  'cash.keep_message',
  `insert into cash.message (id, adapter, direction, key, sealed, outcome) values ($1, $2, 'IN', $3, $4, $5)
   on conflict (adapter, direction, key) do nothing returning 1`,
);

function judgeOrder(
  tx: Tx,
  event: CashOrderEvent,
  order: JudgedOrder | null,
  code: SealedCode | null,
): JudgedCash {
  const { kind: to, amountMinor, asset, reasonCode } = event;
  if (order === null) {
    const detail = `${to} of an order that we never made`;
    return differingCash(tx, { organizationId: null, orderId: null, kind: 'UNKNOWN_ORDER', detail });
  }
  const { id, organizationId, state } = order;
  const differ = (detail: string): JudgedCash =>
    differingCash(tx, { organizationId, orderId: id, kind: 'CONTRADICTS_ORDER', detail });
  if (amountMinor !== order.amountMinor || asset !== order.asset) {
    return differ(
      `${to} of ${amountMinor} ${asset}, asked was ${order.amountMinor} ${order.asset} (minor units)`,
    );
  }
  switch (judgeCashFact(state, to)) {
    case 'KNOWN':
      return { outcome: 'KNOWN', apply: async () => undefined };
    case 'CONTRADICTS':
      return differ(`${to} after the order was ${state}`);
    case 'MOVES':
      return {
        outcome: 'APPLIED',
        apply: () => moveCashOrder(tx, { id, to, reasonCode, providerReference: null, code }),
      };
  }
}
