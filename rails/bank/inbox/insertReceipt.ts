import { isUuid, newUuid } from '../../../platform/id.ts';
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

/** Begins a receipt, for the Account that its reference names or for nobody yet. */
export async function insertReceipt(tx: Tx, adapter: string, event: ArrivalEvent): Promise<Judged> {
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
        newUuid(),
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
  };
  return { outcome: 'APPLIED', apply };
}
