import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ScreeningResult, ScreeningSubject } from '../../screening/provider.ts';
import type { ArrivalEvent } from '../provider.ts';

/** Whoever a bank says that money came from. */
export function payerOf({ payerName, payerAccount }: ArrivalEvent): ScreeningSubject {
  return { names: payerName === undefined ? [] : [payerName], accounts: [payerAccount] };
}

const KEEP_SCREENING = statement(
  'bank.keep_receipt_screening',
  `insert into bank.receipt_screening (receipt_id, organization_id, outcome, list_version, matches)
   select id, organization_id, $3, $4, $5::jsonb from bank.receipt where adapter = $1 and provider_id = $2`,
);

/** Keeps what screening said of a receipt's payer, in the tx that begins the receipt: none is there without. */
export async function keepReceiptScreening(
  tx: Tx,
  receipt: { readonly adapter: string; readonly providerId: string },
  { outcome, listVersion, matches }: ScreeningResult,
): Promise<void> {
  const { adapter, providerId } = receipt;
  await tx.rows(KEEP_SCREENING, [adapter, providerId, outcome, listVersion, JSON.stringify(matches)]);
}
