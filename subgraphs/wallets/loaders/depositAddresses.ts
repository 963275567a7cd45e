import DataLoader from 'dataloader';
import { type Connection, type PageArgs, readUuidPage, toConnection } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { DepositAddressRow } from '../../../rails/onchain/depositAddresses/depositAddress.ts';
import {
  findDepositAddressRows,
  listDepositAddressesOf,
} from '../../../rails/onchain/depositAddresses/readDepositAddresses.ts';
import { createPageLoader } from './pages.ts';

/** Ids that one statement asks for; a longer list becomes several statements. */
const LOAD_SIZE_MAX = 1_000;

/** Whom an address was given to is the organization's: a client token sees none, not even of its own Wallets. */
export function createDepositAddressLoaders(reads: Database, viewer: Viewer) {
  const { organizationId } = viewer;
  const isHidden = viewer.customerId !== undefined;
  // Not remembered: a mutation of the same request may have changed it.
  const places = new DataLoader<Uuid, DepositAddressRow | null>(
    (ids) => findDepositAddressRows(reads, organizationId, ids),
    { maxBatchSize: LOAD_SIZE_MAX, cache: false },
  );
  const pages = createPageLoader<DepositAddressRow>(
    (walletIds, page) => listDepositAddressesOf(reads, organizationId, walletIds, page),
    LOAD_SIZE_MAX,
  );
  return {
    findDepositAddress: async (id: Uuid): Promise<DepositAddressRow | null> =>
      isHidden ? null : places.load(id),
    listDepositAddressesOf: async (
      walletId: Uuid,
      args: PageArgs,
    ): Promise<Connection<DepositAddressRow>> => {
      const page = readUuidPage(args);
      return isHidden
        ? toConnection<DepositAddressRow>([], page, ({ id }) => id)
        : pages.load({ parentId: walletId, page });
    },
  };
}
