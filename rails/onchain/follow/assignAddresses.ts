import { arrayOf } from '../../../platform/arrays.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { type AddressRequest, giveCustody, type RootWithoutCustody, takeAddresses } from '../addresses.ts';

/** Wallets that get their address in one tx: some 250 ms of deriving, in turns with other work. */
const ASSIGNED_MAX = 500;
const ROOTS_MAX = 100;

const FIND_WAITING = statement(
  'chain.find_address_requests',
  `select request.wallet_id as "walletId", request.organization_id as "organizationId", request.network, request.asset,
          request.deposit_address_id as "depositAddressId"
     from chain.address_request request join chain.root on root.organization_id = request.organization_id
    where request.network = $1 order by request.created_at, request.wallet_id limit $2
      for update of request skip locked`,
);

const DELETE_SERVED = statement(
  'chain.delete_address_requests',
  `delete from chain.address_request request using unnest($1::uuid[], $2::uuid[]) as served(wallet_id, deposit_address_id)
    where request.wallet_id = served.wallet_id
      and request.deposit_address_id is not distinct from served.deposit_address_id`,
);

const FIND_ROOTS_WITHOUT_CUSTODY = statement(
  'chain.find_roots_without_custody',
  `select root.id, root.organization_id, root.xpub from chain.root
    where not exists (select from chain.address
                       where address.network = $1 and address.purpose in ('CUSTODY', 'TANK')
                         and address.organization_id is not distinct from root.organization_id)
    order by root.id limit $2`,
);

/**
 * Gives what can be given now on a Network that is registered: to each root its custody address (to the deployment's
 * its tank), and an address to each Wallet that waits and whose organization has a root. Safe to repeat.
 *
 * @returns the number of addresses given; when it is not zero there may be more to give
 */
export async function assignAddresses(tx: Tx, network: string): Promise<number> {
  const custody = await assignCustody(tx, network);
  const waiting = await tx.rows<AddressRequest>(FIND_WAITING, [network, ASSIGNED_MAX]);
  if (waiting.length === 0) return custody;
  const { given } = await takeAddresses(tx, waiting);
  await tx.rows(DELETE_SERVED, [
    arrayOf(given, ({ walletId }) => walletId),
    arrayOf(given, ({ depositAddressId }) => depositAddressId),
  ]);
  return custody + given.length;
}

async function assignCustody(tx: Tx, network: string): Promise<number> {
  const roots = await tx.rows<Omit<RootWithoutCustody, 'network'>>(FIND_ROOTS_WITHOUT_CUSTODY, [
    network,
    ROOTS_MAX,
  ]);
  await giveCustody(
    tx,
    roots.map((root) => ({ ...root, network })),
  );
  return roots.length;
}
