import type { Address } from 'viem';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import { type ActualHolding, type Comparison, compareHoldings } from './compare.ts';
import { ADDRESS_PAGE_MAX, type HoldingAddress, readBooks, readHoldingAddresses } from './readBooks.ts';

/** Addresses whose balances are asked for at once. */
const BALANCES_MAX = 500;

export interface Reconciliation {
  readonly blockNumber: bigint;
  readonly comparisons: readonly Comparison[];
}

/**
 * Compares the books of each organization with the chain, as of one finalized block that the follower has passed; null
 * while it has not. Changes nothing; safe to repeat.
 *
 * @param database role omsx_chain or omsx_check
 * @throws {ChainUnreachableError} when the chain cannot be asked
 */
export async function reconcile(
  database: Database,
  client: ChainClient,
  network: NetworkConfig,
  followedNumber: () => Promise<bigint | null>,
): Promise<Reconciliation | null> {
  const { finalizedNumber: blockNumber } = await client.tags();
  const followed = await followedNumber();
  if (followed === null || followed < blockNumber) return null;
  // The role's policies see every organization; `read` wants one nevertheless, and gives one snapshot.
  const booked = await database.read(newUuid(), (tx) => readBooks(tx, network.code, blockNumber));
  const actual = await readChain(database, client, network, blockNumber);
  return { blockNumber, comparisons: compareHoldings(booked, actual) };
}

/** Sums by organization and asset, over every address that we hold the key of. */
async function readChain(
  database: Database,
  client: ChainClient,
  network: NetworkConfig,
  blockNumber: bigint,
): Promise<readonly ActualHolding[]> {
  const sums = new Map<string, ActualHolding>();
  for (let after = ''; ; ) {
    const page = await database.read(newUuid(), (tx) => readHoldingAddresses(tx, network.code, after));
    for (let from = 0; from < page.length; from += BALANCES_MAX) {
      const owners = page.slice(from, from + BALANCES_MAX);
      for (const { asset, contract } of network.assets) {
        const balances = await client.balances(
          contract,
          owners.map(({ address }) => address as Address),
          { blockNumber },
        );
        for (const [index, owner] of owners.entries())
          add(sums, owner, asset, present(balances[index], 'a balance'));
      }
    }
    if (page.length < ADDRESS_PAGE_MAX) return [...sums.values()];
    after = present(page.at(-1), 'the last address of a page').address;
  }
}

function add(
  sums: Map<string, ActualHolding>,
  { organizationId }: HoldingAddress,
  asset: string,
  amountMinor: bigint,
): void {
  if (amountMinor === 0n) return;
  const key = `${organizationId} ${asset}`;
  const before = sums.get(key)?.actualMinor ?? 0n;
  sums.set(key, { organizationId: organizationId as Uuid, asset, actualMinor: before + amountMinor });
}
