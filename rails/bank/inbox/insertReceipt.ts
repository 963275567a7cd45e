import { newUuid, type Uuid } from '../../../platform/id.ts';
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
       account_id, virtual_account_id, suspense_reason, converts_to)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning 1)
   select pg_notify('bank_settle', '') from inserted`,
);

const KEEP_PAYER = statement(
  'bank.keep_payer',
  'insert into bank.receipt_payer (receipt_id, organization_id, sealed) values ($1, $2, $3)',
);

/** Where money came from, sealed for the receipt of this id. */
export interface SealedPayer {
  readonly receiptId: Uuid;
  readonly sealed: Uint8Array;
}

/**
 * Begins a receipt, for the Account that it is for or for nobody yet.
 *
 * @param placeKey of `placeKeyOf`
 * @param payer null where the provider does not say enough of it to send money back
 */
export async function insertReceipt(
  tx: Tx,
  { adapter, placeKey }: { readonly adapter: string; readonly placeKey: Buffer },
  event: ArrivalEvent,
  payer: SealedPayer | null,
): Promise<Judged> {
  const { receiptId, rail, asset, amountMinor, reference, payerAccount } = event;
  const attributed = await attributeArrival(tx, placeKey, event);
  if (attributed === null) {
    const detail = `${amountMinor} ${asset} (minor units) for nobody that we know`;
    return differing(tx, null, 'UNKNOWN_ACCOUNT', detail, null);
  }
  const { organizationId, accountId, virtualAccountId, suspenseReason, convertsTo } = attributed;
  // Another message of the same money would credit it twice.
  if ((await tx.rows(FIND_RECEIPT, [adapter, receiptId])).length > 0) {
    return differing(tx, organizationId, 'REUSED_ID', `a second message of receipt ${receiptId}`, null);
  }
  const apply = async (): Promise<void> => {
    const id = payer?.receiptId ?? newUuid();
    const about = [id, organizationId, adapter, receiptId, rail, asset, amountMinor, reference];
    const whose = [maskText(payerAccount), accountId, virtualAccountId, suspenseReason, convertsTo];
    await tx.rows(INSERT_RECEIPT, [...about, ...whose]);
    if (payer) await tx.rows(KEEP_PAYER, [id, organizationId, Buffer.from(payer.sealed)]);
  };
  return { outcome: 'APPLIED', apply };
}
