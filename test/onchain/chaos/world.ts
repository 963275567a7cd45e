import { join } from 'node:path';
import type { Address } from 'viem';
import { type EmbeddedChain, startChain } from '../../../platform/embedded/chain.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { deployLocal } from '../../../rails/onchain/deployLocal.ts';
import type { Api } from '../../crash/api.ts';
import { waitFor } from '../../crash/child.ts';
import type { Random } from '../../crash/random.ts';
import { type Omsx, removeOmsx, startOmsx } from '../../e2e/omsx.ts';
import { makeTemporaryFolder, removeFolder } from '../../harness/embedded.ts';
import { type RpcProxy, startRpcProxy } from '../../harness/rpcProxy.ts';
import { type ChainWallet, openWallet } from './api.ts';
import { type Chain, openChain, type Outsider } from './outsiders.ts';
import { parseEther } from 'viem';

/** Short, so that a hundred re-orgs fit into minutes; finality is ten blocks behind, deeper than any of them. */
const BLOCK_TIME_MS = 250;
const EPOCH_BLOCKS = 5;
const WALLETS = 6;
const OUTSIDE_MINOR = 1_000_000_000_000n;
const TANK_TIMEOUT_MS = 30_000;

const TANK = statement(
  'test.tank',
  `select address from chain.address where purpose = 'TANK' and network = 'LOCAL'`,
);
const FOLLOWED = statement(
  'test.followed',
  `select followed_number as "followedNumber" from chain.network where code = 'LOCAL'`,
);

/** `omsx up` on a local chain that it sees through two endpoints, either of which may be made to lie. */
export interface ChaosWorld {
  readonly chain: Chain;
  readonly outsider: Outsider;
  readonly wallets: readonly ChainWallet[];
  readonly databaseUrl: string;
  api(): Api;
  pid(): number;
  /** Lets one endpoint lie and the other tell the truth again. */
  lie(random: Random): Promise<void>;
  heal(): void;
  /** Kills everything of ours but the servers, and starts it again. */
  kill9(): Promise<void>;
  /** True when the newest block has been followed. */
  isFollowed(): Promise<boolean>;
  stop(): Promise<void>;
}
