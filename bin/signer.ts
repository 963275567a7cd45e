import { present } from '../platform/invariant.ts';
import { openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import { startSigner } from '../rails/onchain/sign/startSigner.ts';
import { readTokenDomain } from '../rails/onchain/tokenDomain.ts';
import { openNetworks } from './networks.ts';
import type { Parts } from './parts.ts';
import { answersSealed, openVault } from './vault.ts';

/** One batch is signed at a time; the other is for looking what there is to sign. */
const POOL_MAX = 2;

const HAS_SEALED = statement('chain.has_sealed', 'select exists (select from chain.root) as "hasSealed"');

/** Signs what the database says. It has no port: nobody can ask it for anything. */
export async function startSignerRole(parts: Parts): Promise<null> {
  const { config, databaseUrl, logger, closers } = parts;
  const networks = await openNetworks(parts);
  const database = closers.add(
    await openDatabase({ url: databaseUrl, role: 'omsx_signer', poolMax: POOL_MAX }),
  );
  const vault = await openVault(config, await answersSealed(database, HAS_SEALED));
  const clients = new Map(networks.map(({ network, client }) => [network.code, client]));
  const signer = startSigner({
    database,
    databaseUrl,
    vault,
    networks: networks.map(({ network }) => network),
    domainOf: ({ code, chainId }, contract) =>
      readTokenDomain(present(clients.get(code), `a client of ${code}`), chainId, contract),
    logger,
  });
  closers.add({ close: () => signer.stop() });
  return null;
}
