import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { WalletRow } from './rows.ts';

/** What decides whether a Wallet can be credited at another address. */
export type CreditedWallet = Pick<WalletRow, 'id' | 'organizationId' | 'customerId' | 'network' | 'asset'> & {
  readonly isClosed: boolean;
};

/** Without a lock: all but whether it is closed never changes, and the ledger looks at that when it posts. */
const FIND = statement(
  'wallets.find_credited_wallets',
  `select wallet.id, wallet.organization_id as "organizationId", wallet.customer_id as "customerId", wallet.network,
          wallet.asset, wallet.status = 'CLOSED' or account.closed_at is not null as "isClosed"
     from wallets.wallet join ledger.account on account.id = wallet.id
    where wallet.id = any($1::uuid[])`,
);

/** Wallets of any organization, by their id. Role omsx_wallets_writer. Safe to retry. */
export async function findCreditedWallets(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, CreditedWallet>> {
  const rows = await tx.rows<CreditedWallet>(FIND, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}
