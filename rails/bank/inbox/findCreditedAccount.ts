import { parseId, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

const ACCOUNT_ID = /\bacc_[0-9a-hjkmnp-tv-z]{26}\b/;

const FIND_ACCOUNT = statement(
  'bank.find_credited_account',
  `select id from ledger.account
    where id = $1 and organization_id = $2 and asset = $3 and kind in ('CUSTOMER', 'TREASURY') and closed_at is null`,
);

/** Whom money with this reference is for: the open Account of the organization whose id stands in it; else nobody. */
export async function findCreditedAccount(
  tx: Tx,
  arrival: { readonly organizationId: Uuid; readonly asset: string; readonly reference: string },
): Promise<Uuid | null> {
  const [written] = ACCOUNT_ID.exec(arrival.reference) ?? [];
  const id = written === undefined ? null : parseId('acc', written);
  if (id === null) return null;
  const [account] = await tx.rows<{ readonly id: Uuid }>(FIND_ACCOUNT, [
    id,
    arrival.organizationId,
    arrival.asset,
  ]);
  return account?.id ?? null;
}
