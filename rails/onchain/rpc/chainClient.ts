import { type Address, encodeFunctionData, erc20Abi, type Hex } from 'viem';
import { invariant } from '../../../platform/invariant.ts';
import type { Logger } from '../../../platform/log.ts';
import { agreedLogs } from './agreedLogs.ts';
import { broadcastTo } from './broadcast.ts';
import { readChainId } from './chainId.ts';
import type { ChainClient } from './chainReader.ts';
import { Endpoint, namesOf } from './endpoint.ts';
import { faultOf, type RpcAnswer, resultOf } from './endpointFault.ts';
import { EndpointSet } from './endpointSet.ts';
import { Heads } from './heads.ts';
import { OWNERS_MAX, RECEIPTS_MAX, RPC_LIMITS, type RpcLimits } from './limits.ts';
import { nonsense, readData, readQuantity } from './readAnswer.ts';
import { readFullBlock, readHeader, readReceipt } from './readBlocks.ts';
import { isRevert } from './revert.ts';
import { readTags } from './tags.ts';

export interface ChainClientOptions {
  /** Code of the Network, for messages. */
  readonly network: string;
  /** HTTP endpoints; one or more. */
  readonly rpcUrls: readonly string[];
  readonly logger: Logger;
  readonly limits?: Partial<RpcLimits>;
  /** Where it is given, an endpoint that names another one is not believed anything, also when it only answers later. */
  readonly chainId?: number;
}

type At = { readonly blockNumber: bigint } | 'latest';

/**
 * A client of one chain. It keeps connections while it is used and asks nothing by itself; `tags()` is what tells it how
 * its endpoints are, and is to be called once a block or so. `close` it in the end.
 */
export function createChainClient(options: ChainClientOptions): ChainClient {
  const limits: RpcLimits = { ...RPC_LIMITS, ...options.limits };
  const { network, rpcUrls } = options;
  invariant(rpcUrls.length > 0, `${network} has no endpoint`);
  const logger = options.logger.child({ network });
  const names = namesOf(rpcUrls);
  const all = rpcUrls.map(
    (url, at) => new Endpoint(names[at] ?? '', url, { limits, chainId: options.chainId, logger }),
  );
  const endpoints = new EndpointSet(network, all, limits);
  const heads = new Heads(rpcUrls, limits);
  const inBackground = new Set<Promise<unknown>>();

  return {
    ...reads(endpoints),
    ...states(endpoints),
    tags: () => readTags(endpoints, limits, logger),
    broadcast: (raw) => broadcastTo(endpoints.all, raw, inBackground),
    chainId: () => readChainId(endpoints),
    onHead: (listener) => heads.listen(listener),
    health: () => endpoints.all.map(({ health }) => health),
    async close() {
      heads.close();
      await endpoints.close();
      await Promise.all(inBackground);
    },
  };
}

/** Blocks and what is in them. */
function reads(endpoints: EndpointSet): Pick<ChainClient, 'blockAt' | 'fullBlock' | 'logsOf' | 'receipts'> {
  return {
    async blockAt(number) {
      const calls = [{ method: 'eth_getBlockByNumber', params: [quantity(number), false] }];
      return await endpoints.read('eth_getBlockByNumber', calls, ([answer]) => {
        const header = readHeader(resultOf(answer));
        if (header !== null && header.number !== number) throw nonsense('another block');
        return header;
      });
    },
    async fullBlock(hash) {
      const wanted = lower(hash);
      const calls = [{ method: 'eth_getBlockByHash', params: [wanted, true] }];
      return await endpoints.find('eth_getBlockByHash', calls, ([answer]) => {
        const block = readFullBlock(resultOf(answer));
        if (block !== null && block.hash !== wanted) throw nonsense('another block');
        return block;
      });
    },
    async logsOf(hash, contracts, topics) {
      // No contract would mean all of them.
      if (contracts.length === 0) return [];
      const filter = { hash: lower(hash), contracts: contracts.map(lower), topics: topics.map(lowerTopic) };
      return await agreedLogs(endpoints, filter);
    },
    async receipts(hashes) {
      invariant(hashes.length <= RECEIPTS_MAX, `more than ${RECEIPTS_MAX} receipts are asked for at once`);
      if (hashes.length === 0) return [];
      const wanted = hashes.map(lower);
      const calls = wanted.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }));
      return await endpoints.read('eth_getTransactionReceipt', calls, (answers) =>
        answers.map((answer, at) => {
          const receipt = readReceipt(resultOf(answer));
          if (receipt !== null && receipt.transactionHash !== wanted[at]) throw nonsense('another receipt');
          return receipt;
        }),
      );
    },
  };
}

/** What accounts and contracts say. */
function states(
  endpoints: EndpointSet,
): Pick<ChainClient, 'balances' | 'nonceOf' | 'call' | 'estimateGas' | 'priorityFeePerGasWei'> {
  return {
    async balances(contract, owners, at) {
      invariant(owners.length <= OWNERS_MAX, `more than ${OWNERS_MAX} balances are asked for at once`);
      if (owners.length === 0) return [];
      const calls = owners.map((owner) => balanceCall(contract, owner, at));
      return await endpoints.read('balances', calls, (answers) =>
        answers.map((answer) => (contract === null ? quantityOf(answer) : wordOf(answer))),
      );
    },
    async nonceOf(owner, at) {
      const calls = [{ method: 'eth_getTransactionCount', params: [owner, blockOf(at)] }];
      return await endpoints.read('eth_getTransactionCount', calls, ([answer]) => quantityOf(answer));
    },
    async call(to, data, at) {
      const calls = [{ method: 'eth_call', params: [{ to, data }, blockOf(at)] }];
      return await endpoints.read('eth_call', calls, ([answer]) =>
        unlessReverted(answer, (value) => readData(value, 'result')),
      );
    },
    async estimateGas({ from, to, valueWei, data }) {
      const calls = [{ method: 'eth_estimateGas', params: [{ from, to, value: quantity(valueWei), data }] }];
      return await endpoints.read('eth_estimateGas', calls, ([answer]) =>
        unlessReverted(answer, (value) => readQuantity(value, 'gas')),
      );
    },
    async priorityFeePerGasWei() {
      const calls = [{ method: 'eth_maxPriorityFeePerGas', params: [] }];
      return await endpoints.read('eth_maxPriorityFeePerGas', calls, ([answer]) => quantityOf(answer));
    },
  };
}

function balanceCall(contract: Address | null, owner: Address, at: At) {
  if (contract === null) return { method: 'eth_getBalance', params: [owner, blockOf(at)] };
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [owner] });
  return { method: 'eth_call', params: [{ to: contract, data }, blockOf(at)] };
}

function unlessReverted<T>(answer: RpcAnswer | undefined, read: (value: unknown) => T): T | null {
  if (answer !== undefined && 'error' in answer) {
    if (isRevert(answer.error)) return null;
    throw faultOf(answer.error);
  }
  return read(resultOf(answer));
}

const WORD_DIGITS = 66;

/** One number as a contract returns it; no code at the address is an answer with nothing in it. */
function wordOf(answer: RpcAnswer | undefined): bigint {
  const data = readData(resultOf(answer), 'balance');
  if (data.length !== WORD_DIGITS) throw nonsense('balance');
  return BigInt(data);
}

function quantityOf(answer: RpcAnswer | undefined): bigint {
  return readQuantity(resultOf(answer), 'quantity');
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}

function blockOf(at: At): string {
  return at === 'latest' ? at : quantity(at.blockNumber);
}

function lower<T extends Hex>(value: T): T {
  return value.toLowerCase() as T;
}

function lowerTopic(topic: Hex | readonly Hex[] | null): Hex | readonly Hex[] | null {
  if (topic === null) return null;
  return typeof topic === 'string' ? lower(topic) : topic.map(lower);
}
