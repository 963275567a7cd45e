import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { BankRailName } from '../port.ts';
import type { RecipientOf } from './orders.ts';

/** An account outside that is known, though not to whoever asks: an order to it names where it is sealed. */
export interface KnownRecipient {
  readonly adapter: string;
  readonly rail: BankRailName;
  readonly accountMask: string;
  readonly recipient: RecipientOf;
}

interface RecipientRow {
  readonly transactionId: Uuid;
  readonly adapter: string;
  readonly rail: BankRailName;
  readonly accountMask: string;
  readonly payerOf: Uuid | null;
  readonly copyOf: Uuid;
}

/** Indexes receipt_transaction and order_pkey. */
const FIND_RECIPIENTS = statement(
  'bank.find_recipients',
  `select receipt.transaction_id as "transactionId", receipt.adapter, receipt.rail,
          receipt.payer_mask as "accountMask", payer.receipt_id as "payerOf", null::uuid as "copyOf"
     from bank.receipt receipt join bank.receipt_payer payer on payer.receipt_id = receipt.id
    where receipt.transaction_id = any($1::uuid[])
   union all
   select wish.id, wish.adapter, wish.rail, wish.account_mask, wish.payer_of, coalesce(wish.copy_of, wish.id)
     from bank.order wish where wish.id = any($1::uuid[])`,
);

/**
 * By Transaction: the payer of money that arrived, where the bank said who, and the recipient of an order. None of it ever
 * changes, so that no lock is taken. Role omsx_payments_writer. Safe to retry.
 */
export async function findRecipients(
  tx: Tx,
  transactionIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, KnownRecipient>> {
  if (transactionIds.length === 0) return new Map();
  const rows = await tx.rows<RecipientRow>(FIND_RECIPIENTS, [arrayOf(transactionIds, (id) => id)]);
  return new Map(
    rows.map(({ transactionId, adapter, rail, accountMask, payerOf, copyOf }) => [
      transactionId,
      { adapter, rail, accountMask, recipient: payerOf === null ? { copyOf } : { payerOf } },
    ]),
  );
}
