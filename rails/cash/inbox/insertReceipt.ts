import { isUuid, newUuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { moveCashOrder } from '../moveOrder.ts';
import { findCashNetwork } from '../networks.ts';
import { judgeCashFact } from '../orderStates.ts';
import type { CashPaymentEvent } from '../provider.ts';
import { differingCash, type JudgedCash } from './judged.ts';
import type { JudgedOrder } from './lockOrder.ts';

const FIND_ORGANIZATION = statement(
  'cash.find_organization',
  `select 1 from ledger.holder where id = $1 and kind = 'ORGANIZATION'`,
);

const FIND_RECEIPT = statement(
  'cash.find_receipt',
  'select 1 from cash.receipt where adapter = $1 and provider_id = $2',
);

const INSERT_RECEIPT = statement(
  'cash.insert_receipt',
  `with inserted as (
     insert into cash.receipt (id, organization_id, adapter, provider_id, network, asset, amount, order_id, cash_in_id,
       code_state, code_expires_at, paid_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning 1)
   select pg_notify('cash_settle', '') from inserted`,
);

/**
 * Begins a receipt. Money that was handed over is never refused here, whatever its code is by then: the books say whether
 * it is credited or suspended.
 *
 * @param order the code that it was paid by, locked; null for one that we never asked for
 */
export async function insertCashReceipt(
  tx: Tx,
  adapter: string,
  event: CashPaymentEvent,
  order: JudgedOrder | null,
): Promise<JudgedCash> {
  const { customer, receiptId, network, asset, amountMinor, occurredAt } = event;
  const code = order?.kind === 'CODE' ? order : null;
  const organizationId = code?.organizationId ?? (isUuid(customer) ? customer : null);
  if (organizationId === null || (await tx.rows(FIND_ORGANIZATION, [organizationId])).length === 0) {
    const detail = `${amountMinor} ${asset} (minor units) for nobody that we know`;
    return differingCash(tx, { organizationId: null, orderId: null, kind: 'UNKNOWN_ORGANIZATION', detail });
  }
  if (findCashNetwork(network)?.asset !== asset) {
    const detail = `${amountMinor} in an asset that its network does not count`;
    return differingCash(tx, { organizationId, orderId: code?.id ?? null, kind: 'UNKNOWN_ASSET', detail });
  }
  // Another message of the same money would credit it twice.
  if ((await tx.rows(FIND_RECEIPT, [adapter, receiptId])).length > 0) {
    const detail = 'a second message of the same payment';
    return differingCash(tx, { organizationId, orderId: code?.id ?? null, kind: 'REUSED_ID', detail });
  }
  const apply = async (): Promise<void> => {
    await tx.rows(INSERT_RECEIPT, [
      ...[newUuid(), organizationId, adapter, receiptId, network, asset, amountMinor],
      ...[code?.id ?? null, code?.cashInId ?? null, code?.state ?? null],
      ...[code?.expiresAt.toISOString() ?? null, occurredAt.toISOString()],
    ]);
    if (code === null || judgeCashFact(code.state, 'SETTLED') !== 'MOVES') return;
    const none = { reasonCode: null, providerReference: null, code: null };
    await moveCashOrder(tx, { id: code.id, to: 'SETTLED', ...none });
  };
  return { outcome: 'APPLIED', apply };
}
