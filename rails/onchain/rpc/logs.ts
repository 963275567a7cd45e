import type { Address, Hex } from 'viem';
import { Bloom } from './bloom.ts';
import type { ChainLog } from './chainReader.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointFault, faultOf, type RpcAnswer, resultOf } from './endpointFault.ts';
import { nonsense, readFields, readHash, readList } from './readAnswer.ts';
import { readLog } from './readBlocks.ts';

export type Topics = readonly (Hex | readonly Hex[] | null)[];

export interface LogFilter {
  /** Of the block. */
  readonly hash: Hex;
  /** Lower case; not empty. */
  readonly contracts: readonly Address[];
  readonly topics: Topics;
}

interface BlockSummary {
  readonly bloom: Bloom;
  readonly transactionHashes: readonly Hex[];
}

/**
 * The logs of one block, in their order, from one endpoint. The block itself is asked for with them, because nodes answer
 * with no logs, and no error, for a block that they do not have. From the receipts where the endpoint finds the logs
 * too many, and where it gives none though the block's bloom filter has what was asked for: indexes of logs have been
 * behind their blocks.
 *
 * @throws {EndpointFault}
 */
export async function logsFrom(endpoint: Endpoint, filter: LogFilter): Promise<readonly ChainLog[]> {
  const { logs, block } = await askLogs(endpoint, filter);
  const isComplete = logs !== null && (logs.length > 0 || !mayHave(block.bloom, filter));
  return isComplete ? logs : await logsOfReceipts(endpoint, filter, block);
}

/** As `logsFrom`, from the receipts in any case. @throws {EndpointFault} */
export async function logsOfBlock(endpoint: Endpoint, filter: LogFilter): Promise<readonly ChainLog[]> {
  const { block } = await askLogs(endpoint, filter);
  return await logsOfReceipts(endpoint, filter, block);
}

async function askLogs(endpoint: Endpoint, filter: LogFilter) {
  const calls = [
    {
      method: 'eth_getLogs',
      params: [{ blockHash: filter.hash, address: filter.contracts, topics: filter.topics }],
    },
    { method: 'eth_getBlockByHash', params: [filter.hash, false] },
  ];
  return await endpoint.ask(calls, ([logsAnswer, blockAnswer]) => {
    const block = readSummary(resultOf(blockAnswer), filter.hash);
    return { logs: readLogs(logsAnswer, filter), block };
  });
}

function readSummary(value: unknown, hash: Hex): BlockSummary {
  if (value === null) throw new EndpointFault('NOT_HERE');
  const fields = readFields(value, 'block');
  if (readHash(fields.hash, 'hash') !== hash) throw nonsense('another block');
  const transactions = readList(fields.transactions, 'transactions');
  return {
    bloom: new Bloom(fields.logsBloom),
    transactionHashes: transactions.map((item) => readHash(item, 'transaction')),
  };
}

/** Null when there are too many for the endpoint. */
function readLogs(answer: RpcAnswer | undefined, filter: LogFilter): readonly ChainLog[] | null {
  if (answer !== undefined && 'error' in answer) {
    const fault = faultOf(answer.error);
    if (fault.kind === 'TOO_LARGE') return null;
    throw fault;
  }
  const logs = readList(resultOf(answer), 'logs').map(readLog);
  for (const log of logs) {
    if (log.blockHash !== filter.hash) throw nonsense('a log of another block');
    if (!matches(log, filter)) throw nonsense('a log that was not asked for');
  }
  return unique(logs);
}

/** A log that comes twice counts once; two that differ under one index cannot both be true. */
function unique(logs: readonly ChainLog[]): readonly ChainLog[] {
  const byIndex = new Map<number, ChainLog>();
  for (const log of logs) {
    const known = byIndex.get(log.logIndex);
    if (known === undefined) byIndex.set(log.logIndex, log);
    else if (!isSame(known, log)) throw nonsense('two logs under one index');
  }
  return [...byIndex.values()].sort((a, b) => a.logIndex - b.logIndex);
}

function isSame(a: ChainLog, b: ChainLog): boolean {
  return (
    a.transactionHash === b.transactionHash &&
    a.contract === b.contract &&
    a.data === b.data &&
    a.topics.join() === b.topics.join()
  );
}

function matches({ contract, topics }: ChainLog, filter: LogFilter): boolean {
  if (!filter.contracts.includes(contract)) return false;
  return filter.topics.every((wanted, at) => {
    if (wanted === null) return true;
    const topic = topics[at];
    if (topic === undefined) return false;
    return typeof wanted === 'string' ? wanted === topic : wanted.length === 0 || wanted.includes(topic);
  });
}

function mayHave(bloom: Bloom, { contracts, topics }: LogFilter): boolean {
  const hasTopics = topics.every((wanted) => {
    const anyOf = wanted === null ? [] : typeof wanted === 'string' ? [wanted] : wanted;
    return anyOf.length === 0 || anyOf.some((topic) => bloom.mayHave(topic));
  });
  return hasTopics && contracts.some((contract) => bloom.mayHave(contract));
}

async function logsOfReceipts(
  endpoint: Endpoint,
  filter: LogFilter,
  { transactionHashes }: BlockSummary,
): Promise<readonly ChainLog[]> {
  const read = (values: readonly unknown[]): readonly ChainLog[] => {
    if (values.length !== transactionHashes.length) throw nonsense('receipts are missing');
    const logs = values.flatMap((value, at) => readReceiptLogs(value, transactionHashes[at], filter.hash));
    return unique(logs.filter((log) => matches(log, filter)));
  };
  try {
    return await endpoint.ask([{ method: 'eth_getBlockReceipts', params: [filter.hash] }], ([answer]) => {
      const value = resultOf(answer);
      if (value === null) throw new EndpointFault('NOT_HERE');
      return read(readList(value, 'receipts'));
    });
  } catch (error) {
    if (!(error instanceof EndpointFault) || error.kind !== 'UNSUPPORTED') throw error;
    const calls = transactionHashes.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }));
    return await endpoint.ask(calls, (answers) => read(answers.map(resultOf)));
  }
}

function readReceiptLogs(value: unknown, transactionHash: Hex | undefined, hash: Hex): readonly ChainLog[] {
  if (value === null) throw new EndpointFault('NOT_HERE');
  const fields = readFields(value, 'receipt');
  if (readHash(fields.transactionHash, 'transactionHash') !== transactionHash)
    throw nonsense('a receipt of another transaction');
  if (readHash(fields.blockHash, 'blockHash') !== hash) throw new EndpointFault('NOT_HERE');
  const logs = readList(fields.logs, 'logs').map(readLog);
  if (logs.some((log) => log.blockHash !== hash)) throw nonsense('a log of another block');
  return logs;
}
