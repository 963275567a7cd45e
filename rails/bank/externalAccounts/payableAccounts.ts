import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ExternalAccountRow } from './externalAccount.ts';

/** What deciding to pay to a place outside has to know of it; nothing of it is personal. */
export type PayableAccount = Pick<
  ExternalAccountRow,
  'id' | 'organizationId' | 'customerId' | 'type' | 'assets' | 'network' | 'status'
>;

const PAYABLE_COLUMNS = `place.id, place.organization_id as "organizationId", place.customer_id as "customerId",
  place.type, place.assets, place.network, place.status`;

/** FOR SHARE: payments do not wait for one another, and whoever closes or declines the place waits for all of them. */
const LOCK_PAYABLE = statement(
  'bank.lock_payable_accounts',
  `select ${PAYABLE_COLUMNS} from bank.external_account place
    where place.id = any($1::uuid[]) order by place.id for share of place`,
);

/**
 * Keeps places outside as they are until the end of the tx, and reads them, of any organization. After Accounts, as accounts
 * locks them, by id. Role omsx_payments_writer.
 */
export async function lockPayableAccounts(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, PayableAccount>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<PayableAccount>(LOCK_PAYABLE, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The same with what is sealed of it. What is named here never changes; whether it may be paid to does. */
export type SealedAccount = PayableAccount & Pick<ExternalAccountRow, 'bankCode' | 'sealed'>;

const FIND_SEALED = statement(
  'bank.find_sealed_accounts',
  `select ${PAYABLE_COLUMNS}, place.bank_code as "bankCode", place.sealed
     from bank.external_account place where place.organization_id = $1 and place.id = any($2::uuid[])`,
);

/** The places of an organization, for an order to be made of; by id. Role omsx_payments. Safe to retry. */
export async function findSealedAccounts(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, SealedAccount>> {
  const rows = await reads.readRows<SealedAccount>(organizationId, FIND_SEALED, [
    organizationId,
    arrayOf(ids, (id) => id),
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}
