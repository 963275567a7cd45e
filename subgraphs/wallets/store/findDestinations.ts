import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { DestinationAccount } from '../domain/destination.ts';

/**
 * Without a lock: but for a Network that is connected just now these columns never change, and the ledger looks at the rest under its own lock when it posts.
 * Read ahead of that because the Asset says which OMNIBUS account takes part.
 */
const FIND_DESTINATIONS = statement(
  'wallets.find_destinations',
  `select account.id, account.organization_id as "organizationId", account.holder_id as "holderId", account.kind,
          account.asset, account.backs_wallet as "backsWallet", network.code is not null as "isOnChain"
     from ledger.account
     left join wallets.wallet on wallet.id = account.id
     left join chain.network on network.code = wallet.network
    where account.id = any($1::uuid[])`,
);

/** What is fixed about the Accounts that exist, of any organization, by their id. Safe to retry. */
export async function findDestinations(
  tx: Tx,
  accountIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, DestinationAccount>> {
  const rows = await tx.rows<DestinationAccount>(FIND_DESTINATIONS, [accountIds]);
  return new Map(rows.map((row) => [row.id, row]));
}
