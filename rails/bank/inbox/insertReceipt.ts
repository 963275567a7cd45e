import { newUuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { maskText } from '../details.ts';
import type { ArrivalEvent } from '../provider.ts';
import { attributeArrival } from './attributeArrival.ts';
import { differing, type Judged } from './judged.ts';

const FIND_RECEIPT = statement(
  'bank.find_receipt',
  'select 1 from bank.receipt where adapter = $1 and provider_id = $2',
);

const INSERT_RECEIPT = statement(
  'bank.insert_receipt',
  `with inserted as (
     insert into bank.receipt (id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask,
       account_id, virtual_account_id, suspense_reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning 1)
   select pg_notify('bank_settle', '') from inserted`,
);

/** Begins a receipt, for the Account that it is for or for nobody yet. @param placeKey of `placeKeyOf` */
export async function insertReceipt(
  tx: Tx,
  adapter: string,
  placeKey: Buffer,
  event: ArrivalEvent,
): Promise<Judged> {
  const { receiptId, rail, asset, amountMinor, reference, payerAccount } = event;
  const attributed = await attributeArrival(tx, placeKey, event);
  if (attributed === null) {
    const detail = `${amountMinor} ${asset} (minor units) for nobody that we know`;
    return differing(tx, null, 'UNKNOWN_ACCOUNT', detail, null);
  }
  const { organizationId, accountId, virtualAccountId, suspenseReason } = attributed;
  // Another message of the same money would credit it twice.
  if ((await tx.rows(FIND_RECEIPT, [adapter, receiptId])).length > 0) {
    return differing(tx, organizationId, 'REUSED_ID', `a second message of receipt ${receiptId}`, null);
  }
  const apply = async (): Promise<void> => {
    const about = [newUuid(), organizationId, adapter, receiptId, rail, asset, amountMinor, reference];
    const whose = [maskText(payerAccount), accountId, virtualAccountId, suspenseReason];
    await tx.rows(INSERT_RECEIPT, [...about, ...whose]);
  };
  return { outcome: 'APPLIED', apply };
}
