import { isUuid, newUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { maskText } from '../details.ts';
import type { ArrivalEvent } from '../provider.ts';
import { findCreditedAccount } from './findCreditedAccount.ts';
import { differing, type Judged } from './judged.ts';

const FIND_ORGANIZATION = statement(
  'bank.find_organization',
  `select 1 from ledger.holder where id = $1 and kind = 'ORGANIZATION'`,
);

const FIND_RECEIPT = statement(
  'bank.find_receipt',
  'select 1 from bank.receipt where adapter = $1 and provider_id = $2',
);

const INSERT_RECEIPT = statement(
  'bank.insert_receipt',
  `with inserted as (
     insert into bank.receipt (id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask,
       account_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning 1)
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
 * Begins a receipt, for the Account that its reference names or for nobody yet.
 *
 * @param payer null where the provider does not say enough of it to send money back
 */
export async function insertReceipt(
  tx: Tx,
  adapter: string,
  event: ArrivalEvent,
  payer: SealedPayer | null,
): Promise<Judged> {
  const { customer, receiptId, rail, asset, amountMinor, reference, payerAccount } = event;
  const organizationId = isUuid(customer) ? customer : null;
  if (organizationId === null || (await tx.rows(FIND_ORGANIZATION, [organizationId])).length === 0) {
    return differing(
      tx,
      null,
      'UNKNOWN_ACCOUNT',
      `${amountMinor} ${asset} (minor units) for nobody that we know`,
      null,
    );
  }
  // Another message of the same money would credit it twice.
  if ((await tx.rows(FIND_RECEIPT, [adapter, receiptId])).length > 0) {
    return differing(tx, organizationId, 'REUSED_ID', `a second message of receipt ${receiptId}`, null);
  }
  const accountId = await findCreditedAccount(tx, { organizationId, asset, reference });
  const apply = async (): Promise<void> => {
    const mask = maskText(payerAccount);
    await tx.rows(INSERT_RECEIPT, [
      ...[
        payer?.receiptId ?? newUuid(),
        organizationId,
        adapter,
        receiptId,
        rail,
        asset,
        amountMinor,
        reference,
        mask,
        accountId,
      ],
    ]);
    if (payer) await tx.rows(KEEP_PAYER, [payer.receiptId, organizationId, Buffer.from(payer.sealed)]);
  };
  return { outcome: 'APPLIED', apply };
}
