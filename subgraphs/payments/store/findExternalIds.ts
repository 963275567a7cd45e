import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

export interface AskedExternalId {
  readonly organizationId: Uuid;
  readonly externalId: string;
}

export interface TakenExternalId extends AskedExternalId {
  readonly id: Uuid;
}

/** Index transaction_external_id_key. */
const FIND_EXTERNAL_IDS = statement(
  'payments.find_external_ids',
  `select transaction.organization_id as "organizationId", transaction.external_id as "externalId", transaction.id
     from unnest($1::uuid[], $2::text[]) as asked(organization_id, external_id)
     join payments.transaction transaction using (organization_id, external_id)`,
);

/**
 * Those that a committed Transaction has. Another process may be taking one just now: the unique constraint
 * `EXTERNAL_ID_KEY` is what decides, and who loses there finds it here when asking again.
 */
export async function findExternalIds(
  tx: Tx,
  asked: readonly AskedExternalId[],
): Promise<readonly TakenExternalId[]> {
  if (asked.length === 0) return [];
  return tx.rows<TakenExternalId>(FIND_EXTERNAL_IDS, [
    arrayOf(asked, ({ organizationId }) => organizationId),
    arrayOfText(asked, ({ externalId }) => externalId),
  ]);
}

export const EXTERNAL_ID_KEY = 'transaction_external_id_key';
