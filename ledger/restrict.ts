import { arrayOf } from '../platform/arrays.ts';
import type { Uuid } from '../platform/id.ts';
import type { Tx } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import type { Restriction } from './account.ts';

/** What the Accounts of a holder may not be used for. */
export interface HolderRestrictions {
  readonly holderId: Uuid;
  readonly restrictions: readonly Restriction[];
  /** Assets for which BANK does not hold. */
  readonly bankAssets: readonly string[];
}

/**
 * FOR UPDATE and not NO KEY UPDATE: it has to conflict with the key-share lock that opening an Account takes
 * (`COPY_RESTRICTIONS` in open.ts), so that no Account comes to be beside the change.
 */
const LOCK_HOLDERS = statement(
  'ledger.lock_holders',
  'select id from ledger.holder where id = any($1::uuid[]) order by id for update',
);

const HOLDERS_OF_ORGANIZATION = statement(
  'ledger.lock_holders_of_organization',
  `select id from ledger.holder where organization_id = $1 and kind = 'CUSTOMER' order by id for update`,
);

/** In the ledger's one order. Whoever posts with one of them comes before, or waits and reads the new restrictions. */
const LOCK_ACCOUNTS = statement(
  'ledger.lock_accounts_of_holders',
  'select id from ledger.account where holder_id = any($1::uuid[]) order by id for no key update',
);

const WRITE_HOLDERS = statement(
  'ledger.write_holder_restrictions',
  `update ledger.holder set restrictions = string_to_array(asked.restrictions, ' '),
          bank_assets = string_to_array(asked.bank_assets, ' ')
     from unnest($1::uuid[], $2::text[], $3::text[]) as asked(id, restrictions, bank_assets)
    where holder.id = asked.id`,
);

const WRITE_ACCOUNTS = statement(
  'ledger.write_account_restrictions',
  `with wanted as (
     select account.id, case when account.asset = any(holder.bank_assets)
            then array_remove(holder.restrictions, 'BANK') else holder.restrictions end as restrictions
       from ledger.account join ledger.holder on holder.id = account.holder_id
      where account.holder_id = any($1::uuid[]))
   update ledger.account set restrictions = wanted.restrictions from wanted
    where account.id = wanted.id and account.restrictions <> wanted.restrictions`,
);

/**
 * Says what the Accounts of these holders, there and to come, may not be used for. Locks holders, then Accounts, each in
 * order of id, until the end of the tx. Role omsx_accounts_writer. Safe to retry with the whole tx.
 */
export async function restrictHolders(tx: Tx, holders: readonly HolderRestrictions[]): Promise<void> {
  if (holders.length === 0) return;
  const ids = arrayOf(holders, ({ holderId }) => holderId);
  await Promise.all([
    tx.rows(LOCK_HOLDERS, [ids]),
    tx.rows(LOCK_ACCOUNTS, [ids]),
    tx.rows(WRITE_HOLDERS, [
      ids,
      holders.map(({ restrictions }) => restrictions.join(' ')),
      holders.map(({ bankAssets }) => bankAssets.join(' ')),
    ]),
    tx.rows(WRITE_ACCOUNTS, [ids]),
  ]);
}

/** All customers of an organization, locked as `restrictHolders` locks them: nobody is onboarded meanwhile. */
export async function lockCustomersOf(tx: Tx, organizationId: Uuid): Promise<readonly Uuid[]> {
  const rows = await tx.rows<{ readonly id: Uuid }>(HOLDERS_OF_ORGANIZATION, [organizationId]);
  return rows.map((row) => row.id);
}
