import type { Address } from 'viem';
import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { branchAddressesOf } from './keys/branchAddresses.ts';

/** A Wallet that money is to arrive for, at its own address or at one of its DepositAddresses. */
export interface AddressRequest {
  readonly walletId: Uuid;
  /** Left out or null for the Wallet's own. */
  readonly depositAddressId?: Uuid | null;
  readonly organizationId: Uuid;
  readonly network: string;
  /** What the Wallet holds. */
  readonly asset: string;
}

export interface GivenAddress {
  readonly network: string;
  readonly organizationId: Uuid | null;
  readonly rootId: Uuid;
  readonly purpose: 'DEPOSIT' | 'CUSTODY' | 'TANK';
  readonly index: number;
  readonly address: Address;
  readonly walletId: Uuid | null;
  readonly depositAddressId: Uuid | null;
  readonly asset: string | null;
}

/** On every Network the first of the branch, so that an organization has one custody address wherever it is. */
const CUSTODY_INDEX = 0;
/** Addresses that are derived before others get their turn: some 5 ms. */
const DERIVED_AT_ONCE_MAX = 10;

// Who makes a root is no reader of requests, so that the order does not matter: a request that is committed before the
// root, or after it by somebody who did not see it, is found by the follower.
const READY_ROOTS = statement(
  'chain.find_ready_roots',
  `select root.id, root.organization_id, root.xpub, network.code as network,
          exists (select from chain.address
                   where address.network = network.code and address.organization_id = root.organization_id
                     and address.purpose = 'CUSTODY') as has_custody
     from chain.root join chain.network on network.code = any($2::text[])
    where root.organization_id = any($1::uuid[])`,
);

const TAKE_INDEXES = statement(
  'chain.take_indexes',
  `insert into chain.root_index as counter (root_id, branch, next_index)
   select root_id, 'DEPOSIT', taken from unnest($1::uuid[], $2::int[]) as asked (root_id, taken) order by root_id
   on conflict (root_id, branch) do update set next_index = counter.next_index + excluded.next_index
   returning root_id, next_index`,
);

const INSERT = statement(
  'chain.insert_addresses',
  `insert into chain.address (network, address, organization_id, root_id, purpose, branch, index, wallet_id, asset,
     deposit_address_id)
   select network, address, organization_id, root_id, purpose, case purpose when 'DEPOSIT' then 'DEPOSIT' else 'CUSTODY' end,
          index, wallet_id, asset, deposit_address_id
     from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::uuid[], $8::text[], $9::uuid[])
       as given (network, address, organization_id, root_id, purpose, index, wallet_id, asset, deposit_address_id)
   on conflict (network, organization_id) where purpose in ('CUSTODY', 'TANK') do nothing`,
);

const RESERVE_CUSTODY_INDEX = statement(
  'chain.reserve_custody_index',
  `insert into chain.root_index as counter (root_id, branch, next_index)
   select root_id, 'CUSTODY', $2::int from unnest($1::uuid[]) as asked (root_id) order by root_id
   on conflict (root_id, branch) do update set next_index = greatest(counter.next_index, excluded.next_index)`,
);

const LET_WAIT = statement(
  'chain.insert_address_requests',
  `insert into chain.address_request (wallet_id, organization_id, network, asset, deposit_address_id)
   select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[])`,
);

interface RootRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly xpub: string;
  readonly network: string;
  readonly has_custody: boolean;
}

/**
 * Gives each Wallet an address of its own, or each DepositAddress one. Those whose organization has no root yet, or whose Network is not connected,
 * get null and wait in `chain.address_request`, from which the follower gives them one. The counter's row of each root
 * stays locked until the end of `tx`, so that requests of one organization queue. Deriving takes 0.5 ms each.
 *
 * @param tx of omsx_wallets_writer or omsx_chain; safe to retry as a whole, since an index is only used up by a commit
 * @returns an address in lower case, or null, in the order of `requests`
 * @throws when a Wallet has one already, or waits for one
 */
export async function giveAddresses(
  tx: Tx,
  requests: readonly AddressRequest[],
): Promise<readonly (Address | null)[]> {
  if (requests.length === 0) return [];
  const { given, waiting } = await takeAddresses(tx, requests);
  if (waiting.length > 0) await tx.rows(LET_WAIT, requestColumns(waiting));
  const byPlace = new Map(given.map((one) => [one.depositAddressId ?? one.walletId, one.address]));
  return requests.map(({ depositAddressId, walletId }) => byPlace.get(depositAddressId ?? walletId) ?? null);
}

/** As `giveAddresses`, but leaves those that cannot get one yet to the caller. */
export async function takeAddresses(
  tx: Tx,
  requests: readonly AddressRequest[],
): Promise<{ readonly given: readonly GivenAddress[]; readonly waiting: readonly AddressRequest[] }> {
  const roots = await readRoots(tx, requests);
  const rootOf = (request: AddressRequest) => roots.get(`${request.organizationId} ${request.network}`);
  const ready = requests.flatMap((request) => {
    const root = rootOf(request);
    return root === undefined ? [] : [{ request, root }];
  });
  const waiting = requests.filter((request) => rootOf(request) === undefined);
  if (ready.length === 0) return { given: [], waiting };
  // What arrives could not be sent on from a Wallet whose organization has no custody address yet.
  await giveCustody(
    tx,
    [...roots.values()].filter((root) => !root.has_custody),
  );
  const indexes = await takeIndexes(
    tx,
    ready.map(({ root }) => root.id),
  );
  const given: GivenAddress[] = [];
  for (const [position, { request, root }] of ready.entries()) {
    if (position > 0 && position % DERIVED_AT_ONCE_MAX === 0) await othersTurn();
    const index = present(indexes[position], 'the index of an address');
    const address = branchAddressesOf(root.xpub, 'DEPOSIT').at(index);
    const { depositAddressId = null } = request;
    given.push({ ...request, depositAddressId, rootId: root.id, purpose: 'DEPOSIT', index, address });
  }
  await insertAddresses(tx, given);
  return { given, waiting };
}

/** A root that has no custody address on a Network yet; that of no organization is the gas tank's. */
export interface RootWithoutCustody {
  readonly id: Uuid;
  readonly organization_id: Uuid | null;
  readonly xpub: string;
  readonly network: string;
}

/** Gives each the first address of its branch, and does nothing where another has just done so. */
export async function giveCustody(tx: Tx, roots: readonly RootWithoutCustody[]): Promise<void> {
  if (roots.length === 0) return;
  const ids = [...new Set(roots.map(({ id }) => id))];
  await tx.rows(RESERVE_CUSTODY_INDEX, [arrayOf(ids, (id) => id), CUSTODY_INDEX + 1]);
  const given = roots.map(({ id, organization_id: organizationId, xpub, network }): GivenAddress => {
    const purpose = organizationId === null ? 'TANK' : 'CUSTODY';
    const address = branchAddressesOf(xpub, 'CUSTODY').at(CUSTODY_INDEX);
    return {
      network,
      organizationId,
      rootId: id,
      purpose,
      index: CUSTODY_INDEX,
      address,
      walletId: null,
      depositAddressId: null,
      asset: null,
    };
  });
  await insertAddresses(tx, given);
}

async function insertAddresses(tx: Tx, given: readonly GivenAddress[]): Promise<void> {
  await tx.rows(INSERT, [
    arrayOf(given, (row) => row.network),
    arrayOf(given, (row) => row.address),
    arrayOf(given, (row) => row.organizationId),
    arrayOf(given, (row) => row.rootId),
    arrayOf(given, (row) => row.purpose),
    arrayOf(given, (row) => row.index),
    arrayOf(given, (row) => row.walletId),
    arrayOf(given, (row) => row.asset),
    arrayOf(given, (row) => row.depositAddressId),
  ]);
}

async function readRoots(tx: Tx, requests: readonly AddressRequest[]): Promise<ReadonlyMap<string, RootRow>> {
  const organizations = [...new Set(requests.map(({ organizationId }) => organizationId))];
  const networks = [...new Set(requests.map(({ network }) => network))];
  const rows = await tx.rows<RootRow>(READY_ROOTS, [
    arrayOf(organizations, (id) => id),
    arrayOf(networks, (code) => code),
  ]);
  return new Map(rows.map((row) => [`${row.organization_id} ${row.network}`, row]));
}

/** One index for each of `roots`, in their order; a root that is named n times gives n. */
async function takeIndexes(tx: Tx, roots: readonly Uuid[]): Promise<readonly number[]> {
  const counts = new Map<Uuid, number>();
  for (const id of roots) counts.set(id, (counts.get(id) ?? 0) + 1);
  // Sorted, so that two batches that name the same roots do not wait for one another.
  const asked = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = await tx.rows<{ root_id: Uuid; next_index: number }>(TAKE_INDEXES, [
    arrayOf(asked, ([id]) => id),
    arrayOf(asked, ([, count]) => count),
  ]);
  const next = new Map(rows.map((row) => [row.root_id, row.next_index - (counts.get(row.root_id) ?? 0)]));
  return roots.map((id) => {
    const index = present(next.get(id), 'the counter of a root');
    next.set(id, index + 1);
    return index;
  });
}

function requestColumns(requests: readonly AddressRequest[]): readonly string[] {
  return [
    arrayOf(requests, (request) => request.walletId),
    arrayOf(requests, (request) => request.organizationId),
    arrayOf(requests, (request) => request.network),
    arrayOf(requests, (request) => request.asset),
    arrayOf(requests, (request) => request.depositAddressId ?? null),
  ];
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
