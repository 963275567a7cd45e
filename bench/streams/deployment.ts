import { randomUUID } from 'node:crypto';
import { choosePort } from '../../platform/embedded/ports.ts';
import { defaultRedisCache, findRedisBinary } from '../../platform/embedded/redisBinary.ts';
import { inParallel } from '../../platform/inParallel.ts';

import { type Cluster, startCluster } from '../../test/crash/cluster.ts';
import { createTenant } from '../../test/crash/tenant.ts';
import { askSubgraph, type Signing } from '../signedApi.ts';

/** The platform as processes of its own, with accounts whose balances can be watched and moved. */
export interface Deployment {
  readonly cluster: Cluster;
  readonly apiKey: string;
  readonly accountIds: readonly string[];
  readonly hasRedis: boolean;
  /** Where a process opens its inspector when it is asked to by SIGUSR1; ask one of them only. */
  readonly inspectorPort: number;
  /**
   * Moves money onto an account: one event, and one version of its balance. It goes to the subgraph itself, so that it
   * can go on while the router is gone.
   */
  fund(accountId: string): Promise<void>;
}

const PARALLEL = 8;

const CREATE_WALLET = `mutation Open($input: CreateWalletInput!) {
  result: createWallet(input: $input) { __typename ... on Wallet { account { id } } ... on Failure { message } }
}`;

const FUND = `mutation Fund($input: FundSandboxInput!) {
  result: fundSandbox(input: $input) { __typename ... on Failure { message } }
}`;

interface Result {
  readonly result: { readonly account?: { readonly id: string }; readonly message?: string };
}

/** The executable's own setting, which `node bin/omsx.mjs` goes without. */
const NODE_OPTIONS = '--max-semi-space-size=32';

const SETTINGS = {
  NODE_ENV: 'production',
  OMSX_LOG_LEVEL: 'warn',
  // Thousands of clients have one key here, and so one budget.
  OMSX_BUDGET_PER_SECOND: '0',
};

export async function startDeployment(accounts: number): Promise<Deployment> {
  const redis = await findRedisBinary({
    searchPath: process.env.PATH ?? '',
    cacheFolder: defaultRedisCache,
    mayDownload: true,
  });
  const hasRedis = !('absent' in redis);
  const inspectorPort = await choosePort([]);
  const environment = { ...SETTINGS, NODE_OPTIONS: `${NODE_OPTIONS} --inspect-port=${inspectorPort}` };
  const cluster = await startCluster({ withRedis: hasRedis, environment });
  try {
    const { organizationId, apiKey } = await createTenant(cluster.databaseUrl, cluster.keyPepper);
    const viewer = { organizationId, kind: 'KEY', subjectId: 'bench', scopes: ['*'] } as const;
    const signing: Signing = { viewer, secret: cluster.viewerSecret };
    const url = cluster.urlOf('wallets');
    const ask = async (query: string, input: Record<string, unknown>): Promise<Result['result']> => {
      const idempotencyKey = randomUUID();
      const variables = { input: { idempotencyKey, ...input } };
      const { result } = await askSubgraph<Result>(url, signing, query, variables);
      if (result.message !== undefined) throw new Error(`refused: ${result.message}`);
      return result;
    };
    const fund = async (destinationId: string): Promise<void> => {
      await ask(FUND, { destinationId, amount: '1.00' });
    };
    const accountIds: string[] = [];
    const numbers = Array.from({ length: accounts }, (_value, index) => index);
    await inParallel(numbers, PARALLEL, async (number) => {
      const { account } = await ask(CREATE_WALLET, {
        network: 'LEDGER',
        asset: 'USD',
        name: `Bench ${number}`,
      });
      const id = account?.id ?? '';
      await fund(id);
      accountIds[number] = id;
    });
    return { cluster, apiKey, accountIds, hasRedis, inspectorPort, fund };
  } catch (error) {
    const words = await cluster.lastWords();
    await cluster.stop();
    throw new Error(`${String(error)}\n${words}`, { cause: error });
  }
}
