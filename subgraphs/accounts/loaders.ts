import DataLoader from 'dataloader';
import type { LedgerAccount } from '../../ledger/account.ts';
import type { Balance } from '../../ledger/balance.ts';
import { type Entry, type EntryPage, type EntryRange, listEntriesOfMany } from '../../ledger/entries.ts';
import { balancesAt, findAccounts } from '../../ledger/reads.ts';
import { type CachedRows, findThroughCache } from '../../platform/cachedRows.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Database } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { ExternalAccountRow } from '../../rails/bank/externalAccounts/externalAccount.ts';
import {
  findExternalAccounts,
  listExternalAccountsOf,
} from '../../rails/bank/externalAccounts/readExternalAccounts.ts';
import {
  findVirtualAccounts,
  listVirtualAccountsOf,
} from '../../rails/bank/virtualAccounts/readVirtualAccounts.ts';
import type { VirtualAccountRow } from '../../rails/bank/virtualAccounts/virtualAccount.ts';
import { canSeeCustomer, canSeeOwner } from './domain/access.ts';
import { listAccountsOfHolders } from './store/accounts.ts';
import { findApiKeys } from './store/apiKeys.ts';
import { findScreenings } from './store/customerScreenings.ts';
import { listEndorsementsOf } from './store/endorsements.ts';
import type { UuidPage } from './store/keyset.ts';
import { findOrganization } from './store/organizations.ts';
import type {
  ApiKeyRow,
  CustomerRow,
  CustomerScreeningRow,
  EndorsementRow,
  OrganizationRow,
} from './store/rows.ts';

/**
 * Batched reads of one fetch, as its Viewer: whatever is loaded is that organization's, and for a client token
 * that customer's; everything else is null, as if it did not exist. Never shared between requests.
 */
export interface Loaders {
  readonly organization: DataLoader<Uuid, OrganizationRow | null>;
  readonly customer: DataLoader<Uuid, CustomerRow | null>;
  readonly account: DataLoader<Uuid, LedgerAccount | null>;
  readonly apiKey: DataLoader<Uuid, ApiKeyRow | null>;
  readonly externalAccount: DataLoader<Uuid, ExternalAccountRow | null>;
  /** Those that were asked for at some time. */
  readonly endorsements: DataLoader<Uuid, readonly EndorsementRow[]>;
  /** For those who may see it. */
  readonly screening: DataLoader<Uuid, CustomerScreeningRow | null>;
  readonly virtualAccount: DataLoader<Uuid, VirtualAccountRow | null>;
  /** One page of the Accounts of each of many Customers; a statement for each different page. */
  accountsOfCustomer(page: UuidPage): DataLoader<Uuid, readonly LedgerAccount[]>;
  /** One page of the external accounts of each of many Customers; a statement for each different page. */
  externalAccountsOfCustomer(page: UuidPage): DataLoader<Uuid, readonly ExternalAccountRow[]>;
  /** One page of the virtual accounts of each of many Customers; a statement for each different page. */
  virtualAccountsOfCustomer(page: UuidPage): DataLoader<Uuid, readonly VirtualAccountRow[]>;
  /** A statement for each different instant. */
  balanceAt(at: Date): DataLoader<Uuid, Balance | null>;
  /** A statement for each different page and range. */
  entries(range: EntryRange, page: EntryPage): DataLoader<Uuid, readonly Entry[]>;
}

/** Ids in one statement; a larger batch is split. */
const IDS_MAX = 1_000;
/** Parents whose pages are read in one statement: 100 pages of 101 rows at most. */
const PARENTS_MAX = 100;

export function createLoaders(
  database: Database,
  customers: CachedRows<CustomerRow>,
  viewer: Viewer,
): Loaders {
  const { organizationId } = viewer;
  const wholeOrganization = viewer.customerId === undefined;
  const oncePer = keepLoaders();

  /** One page of what each of many Customers has. */
  function pagesOf<Row>(
    name: string,
    list: (
      reads: Database,
      of: Uuid,
      ids: readonly Uuid[],
      page: UuidPage,
    ) => Promise<readonly (readonly Row[])[]>,
  ): (page: UuidPage) => DataLoader<Uuid, readonly Row[]> {
    return (page) =>
      oncePer(
        `${name} ${page.forward} ${page.from} ${page.limit}`,
        (ids) => list(database, organizationId, ids, page),
        PARENTS_MAX,
      );
  }

  return {
    organization: createLoader(async (ids) => {
      const own = ids.includes(organizationId) ? await findOrganization(database, organizationId) : null;
      return ids.map((id) => (id === organizationId ? own : null));
    }),
    customer: createLoader(async (ids) => {
      const rows = await findThroughCache(customers, organizationId, ids);
      return rows.map((row) => (row && canSeeCustomer(viewer, row.id) ? row : null));
    }),
    account: createLoader(async (ids) => {
      const rows = await findAccounts(database, organizationId, ids);
      return rows.map((row) => (row && canSeeCustomer(viewer, row.holderId) ? row : null));
    }),
    apiKey: createLoader(async (ids) =>
      wholeOrganization ? findApiKeys(database, organizationId, ids) : ids.map(() => null),
    ),
    externalAccount: createLoader(async (ids) => {
      const rows = await findExternalAccounts(database, organizationId, ids);
      return rows.map((row) => (row && canSeeOwner(viewer, row.customerId) ? row : null));
    }),
    virtualAccount: createLoader(async (ids) => {
      const rows = await findVirtualAccounts(database, organizationId, ids);
      return rows.map((row) => (row && canSeeOwner(viewer, row.customerId) ? row : null));
    }),
    externalAccountsOfCustomer: pagesOf('external', listExternalAccountsOf),
    virtualAccountsOfCustomer: pagesOf('virtual', listVirtualAccountsOf),
    endorsements: createLoader((ids) => listEndorsementsOf(database, organizationId, ids)),
    screening: createLoader((ids) => findScreenings(database, organizationId, ids)),
    accountsOfCustomer: pagesOf('accounts', listAccountsOfHolders),
    balanceAt: (at) =>
      oncePer(`balance ${at.getTime()}`, (ids) => balancesAt(database, organizationId, ids, at), IDS_MAX),
    entries: (range, page) =>
      oncePer(
        `entries ${range.from?.getTime()} ${range.to?.getTime()} ${page.newestFirst} ${page.afterVersion} ${page.limit}`,
        (ids) => listEntriesOfMany(database, organizationId, ids, range, page),
        PARENTS_MAX,
      ),
  };
}

/** Loaders by their arguments, each made once and kept for the fetch. */
function keepLoaders() {
  const kept = new Map<string, unknown>();
  return function oncePer<Value>(
    args: string,
    load: (ids: readonly Uuid[]) => Promise<readonly Value[]>,
    batchSizeMax: number,
  ): DataLoader<Uuid, Value> {
    const loader =
      (kept.get(args) as DataLoader<Uuid, Value> | undefined) ?? createLoader(load, batchSizeMax);
    kept.set(args, loader);
    return loader;
  };
}

function createLoader<Value>(
  load: (ids: readonly Uuid[]) => Promise<readonly Value[]>,
  maxBatchSize: number = IDS_MAX,
): DataLoader<Uuid, Value> {
  return new DataLoader(load, { maxBatchSize });
}
