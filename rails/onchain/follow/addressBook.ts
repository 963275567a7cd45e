import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** An address that we hold the key of. */
export interface OwnAddress {
  readonly organizationId: Uuid | null;
  readonly purpose: 'DEPOSIT' | 'CUSTODY' | 'TANK';
  /** Of the Wallet that is credited, which is also the Account's; null but for DEPOSIT. */
  readonly walletId: Uuid | null;
  /** What that Wallet holds. */
  readonly asset: string | null;
}

/** Which addresses are ours. @param address in lower case */
export interface Addresses {
  find(address: string): OwnAddress | undefined;
}

interface AddressRow extends OwnAddress {
  readonly address: string;
}

const READ = statement(
  'chain.read_new_addresses',
  `select address, organization_id as "organizationId", purpose, wallet_id as "walletId", asset
     from chain.address where network = $1 and xid >= $2::xid8`,
);

const SNAPSHOT = statement('chain.read_snapshot', 'select pg_snapshot_xmin(pg_current_snapshot()) as xmin');

/**
 * All addresses of a Network, in memory, since each block is looked through for them. Some 300 bytes each.
 *
 * No address is known too late. Whoever pays one has been shown it, and it is shown after its row was committed; the
 * payment is in a block only after that. `refresh` is called after a block was read and before it is looked through,
 * so its snapshot is younger than that commit. And it reads by the writing tx's id, not by a time: a row that the last
 * refresh could not see was written by a tx that was open, or had not begun, when that snapshot was taken, so its id
 * is at or above that snapshot's xmin, however long the tx stayed open. What xmin leaves too many is read twice.
 */
export class AddressBook implements Addresses {
  readonly #network: string;
  readonly #own = new Map<string, OwnAddress>();
  #xmin = 0n;

  constructor(network: string) {
    this.#network = network;
  }

  find(address: string): OwnAddress | undefined {
    return this.#own.get(address);
  }

  async refresh(database: Database): Promise<void> {
    const { rows, xmin } = await database.write(async (tx) => {
      // The older snapshot of the two, as READ COMMITTED takes one for each statement.
      const [snapshot] = await tx.rows<{ xmin: bigint }>(SNAPSHOT);
      const rows = await tx.rows<AddressRow>(READ, [this.#network, this.#xmin]);
      return { rows, xmin: snapshot?.xmin ?? 0n };
    });
    for (const { address, ...own } of rows) this.#own.set(address, own);
    this.#xmin = xmin;
  }
}
