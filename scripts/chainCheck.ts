import { type Address, formatEther, getAddress } from 'viem';
import { withDatabase } from '../bin/database.ts';
import { configuredNetworks } from '../bin/networks.ts';
import { readConfig } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { type Database, openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import { findTanks } from '../rails/onchain/metrics/tankBalances.ts';
import type { NetworkConfig } from '../rails/onchain/network.ts';
import { type Comparison, isEqual } from '../rails/onchain/reconcile/compare.ts';
import { reconcile } from '../rails/onchain/reconcile/reconcile.ts';
import { followedNumber } from '../rails/onchain/reconcile/reconciler.ts';
import { createChainClient } from '../rails/onchain/rpc/chainClient.ts';
import type { ChainClient } from '../rails/onchain/rpc/chainReader.ts';
import { withLocalChain } from './localChain.ts';

/**
 * `npm run chain:check`: compares books and chain of every Network that is configured, or of the local one that
 * `omsx up` runs, at the finalized block. Prints the gas tank of each, a line for each holding and for each difference
 * that is open, and ends with 1 when there is any.
 */
const BEHIND_ATTEMPTS_MAX = 20;
const BEHIND_PAUSE_MS = 500;

const OPEN_DIFFERENCES = statement(
  'chain.check_differences',
  `select kind, coalesce(asset, '') as asset, coalesce(address, '') as address, detail
     from chain.difference where network = $1 and closed_at is null order by opened_at limit 100`,
);

async function check(databaseUrl: string): Promise<number> {
  const networks = await configuredNetworks(await withLocalChain(readConfig(process.env)));
  if (networks.length === 0) {
    say('No network is configured (RPC_URL_...), and no local chain runs.');
    return 1;
  }
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_check', poolMax: 1 });
  try {
    const tanks = await findTanks(database);
    let faults = 0;
    for (const network of networks) faults += await checkNetwork(database, network, tanks.get(network.code));
    return faults === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
}

async function checkNetwork(
  database: Database,
  network: NetworkConfig,
  tank: Address | undefined,
): Promise<number> {
  const logger = createLogger({ name: 'chain:check', level: 'silent' });
  const { code, rpcUrls, chainId } = network;
  const client = createChainClient({ network: code, rpcUrls, chainId, logger });
  try {
    say(await describeTank(network, client, tank));
    for (let attempt = 1; attempt <= BEHIND_ATTEMPTS_MAX; attempt++) {
      const result = await reconcile(database, client, network, () => followedNumber(database, code));
      if (result !== null) {
        say(`${code} at block ${result.blockNumber}`);
        for (const comparison of result.comparisons) say(describe(comparison));
        const open = await database.write((tx) => tx.rows<Record<string, string>>(OPEN_DIFFERENCES, [code]));
        for (const { kind, asset, address, detail } of open)
          say(`WRONG ${kind} ${asset} ${address} ${detail}`);
        return result.comparisons.filter((one) => !isEqual(one)).length + open.length;
      }
      await new Promise((resolve) => setTimeout(resolve, BEHIND_PAUSE_MS));
    }
    say(`WRONG ${code} is not followed up to its finalized block`);
    return 1;
  } finally {
    await client.close();
  }
}

/** Where an operator sends coins, so that organizations can be given gas. */
async function describeTank(
  { code, nativeAsset }: NetworkConfig,
  client: ChainClient,
  tank: Address | undefined,
): Promise<string> {
  if (tank === undefined) return `${code} has no gas tank yet: the signer and the follower make it`;
  const said = `${code} gas tank ${getAddress(tank)}`;
  try {
    const [wei = 0n] = await client.balances(null, [tank], 'latest');
    return `${said} has ${formatEther(wei)} ${nativeAsset}`;
  } catch {
    return `${said}; no endpoint says what it has`;
  }
}

function describe(comparison: Comparison): string {
  const { organizationId, asset, expectedMinor, actualMinor } = comparison;
  const word = isEqual(comparison) ? 'OK   ' : 'WRONG';
  return `${word} ${organizationId} ${asset}: books ${expectedMinor}, chain ${actualMinor} (minor units)`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await withDatabase(process.env, check);
