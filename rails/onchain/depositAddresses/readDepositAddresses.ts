import { arrayOf } from '../../../platform/arrays.ts';
import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import {
  DEPOSIT_ADDRESS_COLUMNS,
  type DepositAddressRow,
  type DepositAddressStatus,
} from './depositAddress.ts';

type UuidPage = Page & { readonly from: Uuid | null };

/** Beyond every uuid that we make, so that "from the end of the list" needs no statement of its own. */
const UUID_MIN = '00000000-0000-0000-0000-000000000000';
const UUID_MAX = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Index deposit_used. */
const IS_USED = `place.single_use and exists (
      select from chain.deposit used where used.deposit_address_id = place.id and used.credits = 'WALLET')`;

const SELECT = `select ${DEPOSIT_ADDRESS_COLUMNS}, given.address, ${IS_USED} as "isUsed"
    from chain.deposit_address place left join chain.address given on given.deposit_address_id = place.id`;

const FIND = statement(
  'chain.find_deposit_address_places',
  `${SELECT} where place.organization_id = $1 and place.id = any($2::uuid[])`,
);

/** In the order of `ids`, null for one that is not this organization's. Role omsx_wallets. Safe to retry. */
export async function findDepositAddressRows(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (DepositAddressRow | null)[]> {
  const rows = await reads.readRows<DepositAddressRow>(organizationId, FIND, [
    organizationId,
    arrayOf(ids, (id) => id),
  ]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** All hold at once; what is null does not matter. */
export interface DepositAddressConditions {
  readonly walletId: Uuid | null;
  readonly customerId: Uuid | null;
  readonly statuses: readonly DepositAddressStatus[] | null;
  readonly externalIds: readonly string[] | null;
}

const LIST = { desc: listStatement('desc', '<'), asc: listStatement('asc', '>') };

function listStatement(order: 'asc' | 'desc', beyond: '<' | '>'): Statement {
  return statement(
    `chain.list_deposit_address_places_${order}`,
    `${SELECT}
      where place.organization_id = $1 and place.id ${beyond} $2 and ($4::uuid is null or place.wallet_id = $4)
        and ($5::uuid is null or place.customer_id = $5) and ($6::text[] is null or place.status = any($6))
        and ($7::text[] is null or place.external_id = any($7))
      order by place.id ${order} limit $3`,
  );
}

/** One row more than the page, on from its key. Index deposit_address_organization. Role omsx_wallets. Safe to retry. */
export function listDepositAddresses(
  reads: Database,
  organizationId: Uuid,
  { walletId, customerId, statuses, externalIds }: DepositAddressConditions,
  page: UuidPage,
): Promise<readonly DepositAddressRow[]> {
  const from = page.from ?? (page.forward ? UUID_MAX : UUID_MIN);
  return reads.readRows<DepositAddressRow>(organizationId, page.forward ? LIST.desc : LIST.asc, [
    ...[organizationId, from, page.limit + 1, walletId, customerId, statuses, externalIds],
  ]);
}

const LIST_OF = { desc: listOfStatement('desc', '<'), asc: listOfStatement('asc', '>') };

function listOfStatement(order: 'asc' | 'desc', beyond: '<' | '>'): Statement {
  return statement(
    `chain.list_deposit_address_places_of_wallets_${order}`,
    `select page.* from unnest($1::uuid[]) as asked(wallet_id)
      cross join lateral (
        ${SELECT} where place.wallet_id = asked.wallet_id and place.organization_id = $2 and place.id ${beyond} $3
         order by place.id ${order} limit $4) page
      order by page."walletId", page.id ${order}`,
  );
}

/** The same page for several Wallets in one statement, in the order of `walletIds`. Safe to retry. */
export async function listDepositAddressesOf(
  reads: Database,
  organizationId: Uuid,
  walletIds: readonly Uuid[],
  page: UuidPage,
): Promise<readonly (readonly DepositAddressRow[])[]> {
  const from = page.from ?? (page.forward ? UUID_MAX : UUID_MIN);
  const rows = await reads.readRows<DepositAddressRow>(
    organizationId,
    page.forward ? LIST_OF.desc : LIST_OF.asc,
    [arrayOf(walletIds, (id) => id), organizationId, from, page.limit + 1],
  );
  const lists = new Map<Uuid, DepositAddressRow[]>(walletIds.map((id) => [id, []]));
  for (const row of rows) lists.get(row.walletId)?.push(row);
  return walletIds.map((id) => lists.get(id) ?? []);
}
