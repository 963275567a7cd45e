import type { Address } from 'viem';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import type { Comparison } from './compare.ts';
import { EXPLAINED_MAX, readExplained } from './readExplained.ts';
import type { Reconciliation } from './reconcile.ts';

/** Addresses that are named after one comparison; when they are dealt with, the next ones are. */
const UNSEEN_MAX = 100;

/** Something at an address of ours that came by nothing we have seen. Minor units. */
export interface Unseen {
  readonly organizationId: Uuid;
  readonly asset: string;
  readonly address: Address;
  readonly explainedMinor: bigint;
  readonly actualMinor: bigint;
}

/**
 * Where it lies that the chain has more than the books: the addresses whose balance is more than what is known to have
 * come and gone there. That is how coins show that a contract paid, as no log tells of those, and tokens whose log no
 * endpoint gave. Reads nothing of holdings that agree. Changes nothing; safe to repeat.
 *
 * @param database role omsx_chain
 * @throws {ChainUnreachableError} when the chain cannot be asked
 */
export async function findUnseen(
  database: Database,
  client: ChainClient,
  network: NetworkConfig,
  { blockNumber, comparisons }: Reconciliation,
): Promise<readonly Unseen[]> {
  const found: Unseen[] = [];
  for (const comparison of comparisons) {
    if (comparison.actualMinor <= comparison.expectedMinor) continue;
    for await (const unseen of walk(database, client, network, blockNumber, comparison)) {
      found.push(unseen);
      if (found.length === UNSEEN_MAX) return found;
    }
  }
  return found;
}

/** All addresses of one organization, page by page. */
async function* walk(
  database: Database,
  client: ChainClient,
  network: NetworkConfig,
  blockNumber: bigint,
  { organizationId, asset }: Comparison,
): AsyncGenerator<Unseen> {
  const listed = network.assets.find((one) => one.asset === asset);
  if (listed === undefined) return;
  for (let after = ''; ; ) {
    const page = await database.read(newUuid(), (tx) =>
      readExplained(tx, { network: network.code, organizationId, asset, blockNumber, after }),
    );
    const owners = page.map(({ address }) => address);
    const balances =
      owners.length === 0 ? [] : await client.balances(listed.contract, owners, { blockNumber });
    for (const [index, { address, explainedMinor }] of page.entries()) {
      const actualMinor = present(balances[index], 'a balance');
      if (actualMinor > explainedMinor) yield { organizationId, asset, address, explainedMinor, actualMinor };
    }
    if (page.length < EXPLAINED_MAX) return;
    after = present(page.at(-1), 'the last address of a page').address;
  }
}
