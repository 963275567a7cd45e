import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Address,
  createTestClient,
  encodeDeployData,
  type Hex,
  http,
  type PublicActions,
  publicActions,
  type TestClient,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { multisendAbi, multisendBytecode } from './contracts/Multisend.ts';
import { testUSDCAbi, testUSDCBytecode } from './contracts/TestUSDC.ts';
import {
  type LocalContracts,
  localContracts,
  localDeployerAddress,
  localDeployerKey,
} from './localContracts.ts';

/** A chain that is not as the development chain is: another one, or one whose deployer has done something else first. */
export class LocalChainError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalChainError';
  }
}

const MINED_POLL_MS = 10;
const MINED_TIMEOUT_MS = 10_000;
const GAS_MAX = 3_000_000n;
/** Twice the price of a fresh chain; it falls from there. */
const FEE_PER_GAS_WEI = 2_000_000_000n;

type Client = TestClient & PublicActions;

/** In the order of the deployer's nonces, which the addresses come from. */
const deployments: readonly { readonly address: Address; readonly data: Hex }[] = [
  {
    address: localContracts.usdc,
    data: encodeDeployData({ abi: testUSDCAbi, bytecode: testUSDCBytecode, args: [localDeployerAddress] }),
  },
  {
    address: localContracts.multisend,
    data: encodeDeployData({ abi: multisendAbi, bytecode: multisendBytecode }),
  },
];

/**
 * Puts the test USDC and the multisend contract on the local chain at `url`, unless they are there, and gives their
 * addresses. They are there when it returns, in `latest`. The chain has to be a development chain (it is told to mine).
 *
 * Throws LocalChainError when the deployer's next nonces do not lead to the addresses. Safe to retry, and to run twice
 * at once: each run signs the same bytes.
 */
export async function deployLocal(url: string): Promise<LocalContracts> {
  const client: Client = createTestClient({ mode: 'anvil', transport: http(url) }).extend(publicActions);
  const missing = await findMissing(client);
  if (missing.length === 0) return localContracts;
  const chainId = await client.getChainId();
  const nonce = await client.getTransactionCount({ address: localDeployerAddress });
  if (nonce + missing.length !== deployments.length) {
    throw new LocalChainError(
      `The contracts cannot be put on the chain at ${url}: its deployer ${localDeployerAddress} is at nonce ${nonce}, ` +
        `and ${missing.length} of ${deployments.length} contracts are missing. Begin a new chain.`,
    );
  }
  for (const [index, { data }] of missing.entries()) await submit(client, chainId, nonce + index, data);
  const deadline = performance.now() + MINED_TIMEOUT_MS;
  while ((await findMissing(client)).length > 0) {
    if (performance.now() > deadline) {
      throw new LocalChainError(`The contracts were not mined within ${MINED_TIMEOUT_MS} ms at ${url}.`);
    }
    // Now, and not with the next block, for which a start would have to wait.
    await client.mine({ blocks: 1 });
    await sleep(MINED_POLL_MS);
  }
  return localContracts;
}

async function findMissing(client: Client): Promise<typeof deployments> {
  const codes = await Promise.all(deployments.map(({ address }) => client.getCode({ address })));
  return deployments.filter((_, index) => codes[index] === undefined);
}

async function submit(client: Client, chainId: number, nonce: number, data: Hex): Promise<void> {
  const serializedTransaction = await privateKeyToAccount(localDeployerKey).signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    data,
    gas: GAS_MAX,
    maxFeePerGas: FEE_PER_GAS_WEI,
    maxPriorityFeePerGas: 1n,
  });
  try {
    await client.sendRawTransaction({ serializedTransaction });
  } catch (error) {
    // Another run was first with the same bytes: they are in the pool, or in a block already.
    if (!/already (imported|known)|nonce too low/i.test(String(error))) throw error;
  }
}
