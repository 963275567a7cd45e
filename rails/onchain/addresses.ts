import type { Address } from 'viem';
import { arrayOf, arrayOfText } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { addressAt } from './keys/hdRoot.ts';

/** A Wallet that is to have an address on a connected Network. */
export interface AddressRequest {
  readonly walletId: Uuid;
  readonly organizationId: Uuid;
  readonly network: string;
  readonly asset: string;
}

/** Raises the counter of each root by as many as are wanted of it, and gives where each begins. */
const TAKE_INDEXES = statement(
  'chain.take_deposit_indexes',
  `with wanted as (
     select root.id as root_id, root.organization_id, root.xpub, request.count
       from unnest($1::uuid[], $2::integer[]) as request(organization_id, count)
       join chain.root on root.organization_id = request.organization_id),
   taken as (
     insert into chain.root_index as counter (root_id, branch, next_index)
       select root_id, 'DEPOSIT', count from wanted order by root_id
     on conflict (root_id, branch) do update set next_index = counter.next_index + excluded.next_index
     returning root_id, next_index)
   select wanted.organization_id as "organizationId", wanted.root_id as "rootId", wanted.xpub,
          taken.next_index - wanted.count as "firstIndex"
     from wanted join taken using (root_id)`,
);

const INSERT_ADDRESSES = statement(
  'chain.insert_deposit_addresses',
  `insert into chain.address (network, address, organization_id, root_id, purpose, branch, index, wallet_id, asset)
   select network, address, organization_id, root_id, 'DEPOSIT', 'DEPOSIT', index, wallet_id, asset
     from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::integer[], $6::uuid[], $7::text[])
          as given(network, address, organization_id, root_id, index, wallet_id, asset)`,
);

const INSERT_REQUESTS = statement(
  'chain.insert_address_requests',
  `insert into chain.address_request (wallet_id, organization_id, network, asset)
   select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])`,
);

interface TakenIndexes {
  readonly organizationId: Uuid;
  readonly rootId: Uuid;
  readonly xpub: string;
  readonly firstIndex: number;
}

/**
 * Gives each Wallet the next deposit address of its organization's root, or notes that it waits for one where there is
 * no root yet. Role omsx_wallets_writer or omsx_chain; locks the counters of the roots until the end of the tx. Retry
 * only with the whole tx.
 */
export async function giveAddresses(tx: Tx, requests: readonly AddressRequest[]): Promise<void> {
  if (requests.length === 0) return;
  const byOrganization = new Map<Uuid, AddressRequest[]>();
  for (const request of requests) {
    const wanted = byOrganization.get(request.organizationId);
    if (wanted) wanted.push(request);
    else byOrganization.set(request.organizationId, [request]);
  }
  const asked = [...byOrganization];
  const taken = await tx.rows<TakenIndexes>(TAKE_INDEXES, [
    arrayOf(asked, ([organizationId]) => organizationId),
    arrayOf(asked, ([, wanted]) => wanted.length),
  ]);
  const given = taken.flatMap(({ organizationId, rootId, xpub, firstIndex }) =>
    present(byOrganization.get(organizationId), 'the requests of a root').map((request, place) => ({
      ...request,
      rootId,
      index: firstIndex + place,
      address: addressAt(xpub, { branch: 'DEPOSIT', index: firstIndex + place }).toLowerCase() as Address,
    })),
  );
  const served = new Set(taken.map(({ organizationId }) => organizationId));
  const waiting = requests.filter(({ organizationId }) => !served.has(organizationId));
  if (given.length > 0)
    await tx.rows(INSERT_ADDRESSES, [
      arrayOfText(given, ({ network }) => network),
      arrayOf(given, ({ address }) => address),
      arrayOf(given, ({ organizationId }) => organizationId),
      arrayOf(given, ({ rootId }) => rootId),
      arrayOf(given, ({ index }) => index),
      arrayOf(given, ({ walletId }) => walletId),
      arrayOfText(given, ({ asset }) => asset),
    ]);
  if (waiting.length > 0)
    await tx.rows(INSERT_REQUESTS, [
      arrayOf(waiting, ({ walletId }) => walletId),
      arrayOf(waiting, ({ organizationId }) => organizationId),
      arrayOfText(waiting, ({ network }) => network),
      arrayOfText(waiting, ({ asset }) => asset),
    ]);
}
