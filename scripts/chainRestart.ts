import { withDatabase } from '../bin/database.ts';
import { configuredNetworks } from '../bin/networks.ts';
import { readConfig } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { openDatabase } from '../platform/postgres.ts';
import { restartAt } from '../rails/onchain/follow/restartAt.ts';
import { createChainClient } from '../rails/onchain/rpc/chainClient.ts';

/** `npm run chain:restart -- NETWORK BLOCK`: follows a LOST Network again from a block that both chains have. */
const USAGE = 'npm run chain:restart -- NETWORK BLOCK, such as POLYGON 71234567';

async function restart(databaseUrl: string): Promise<number> {
  const [code, block, ...rest] = process.argv.slice(2);
  const networks = await configuredNetworks(readConfig(process.env));
  const network = networks.find((one) => one.code === code);
  if (network === undefined || block === undefined || !/^\d{1,12}$/.test(block) || rest.length > 0) {
    const known = networks.map((one) => one.code).join(', ') || 'none';
    process.stderr.write(`Expected ${USAGE}. Configured networks (RPC_URL_...): ${known}.\n`);
    return 2;
  }
  const logger = createLogger({ name: 'chain:restart', level: 'silent' });
  const { rpcUrls, chainId } = network;
  const client = createChainClient({ network: network.code, rpcUrls, chainId, logger });
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_chain', poolMax: 1 });
  try {
    await restartAt(database, client, network.code, BigInt(block));
    process.stdout.write(`${network.code} is followed again from block ${block}.\n`);
    return 0;
  } finally {
    await database.close();
    await client.close();
  }
}

process.exitCode = await withDatabase(process.env, restart);
