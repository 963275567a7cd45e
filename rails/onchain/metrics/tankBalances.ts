import type { Address } from 'viem';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';

/** Between two looks at the chain: endpoints are paid by the call. */
const FRESH_MS = 30_000;
const WEI_PER_COIN = 1e18;

/** Index address_custody_key. */
const TANKS = statement(
  'chain.metrics.tanks',
  `select network, address from chain.address where purpose = 'TANK' and organization_id is null`,
);

/** The gas tanks of a deployment by Network; none where the signer has not made their root yet. */
export async function findTanks(database: Database): Promise<ReadonlyMap<string, Address>> {
  const rows = await database.write((tx) =>
    tx.rows<{ readonly network: string; readonly address: Address }>(TANKS),
  );
  return new Map(rows.map(({ network, address }) => [network, address]));
}

export interface TankSource {
  readonly database: Database;
  readonly networks: readonly { readonly network: NetworkConfig; readonly client: ChainClient }[];
  readonly logger: Logger;
}

/** What is in the gas tanks, looked up beside the scrapes: none waits for an endpoint while there is an answer. */
export class TankBalances {
  readonly #source: TankSource;
  readonly #coins = new Map<string, number>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(source: TankSource) {
    this.#source = source;
  }

  /** In coins by Network, as last seen; without those that could not be read. */
  async coins(): Promise<ReadonlyMap<string, number>> {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs >= FRESH_MS) {
      this.#lookedAtMs = nowMs;
      const looked = this.#look();
      if (this.#coins.size === 0) await looked;
    }
    return this.#coins;
  }

  async #look(): Promise<void> {
    const { database, networks, logger } = this.#source;
    try {
      const tanks = await findTanks(database);
      // Until the signer has made them they are looked for with each scrape.
      if (tanks.size === 0) this.#lookedAtMs = Number.NEGATIVE_INFINITY;
      for (const { network, client } of networks) {
        const tank = tanks.get(network.code);
        if (tank !== undefined) await this.#lookAt(network.code, tank, client);
      }
    } catch (error) {
      logger.warn({ err: error }, 'gas tanks could not be looked up');
    }
  }

  async #lookAt(code: string, tank: Address, client: ChainClient): Promise<void> {
    // A figure that is not of now would hide that nobody knows it.
    this.#coins.delete(code);
    try {
      const [wei] = await client.balances(null, [tank], 'latest');
      if (wei !== undefined) this.#coins.set(code, Number(wei) / WEI_PER_COIN);
    } catch (error) {
      this.#source.logger.warn({ err: error, network: code }, 'the gas tank could not be looked at');
    }
  }
}
