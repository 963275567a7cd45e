import type { Hex } from 'viem';
import type { BlockRef } from '../follow/nextStep.ts';
import type { BlockTransaction, ChainLog, ChainReceipt, FullBlock } from './chainReader.ts';
import {
  type Fields,
  nonsense,
  readAddress,
  readData,
  readFields,
  readHash,
  readIndex,
  readList,
  readQuantity,
} from './readAnswer.ts';

const SECOND_MS = 1_000;

export interface Header extends BlockRef {
  readonly hash: Hex;
  readonly parentHash: Hex;
}

/** Null where the endpoint has no such block. */
export function readHeader(value: unknown): Header | null {
  return value === null ? null : headerOf(readFields(value, 'block'));
}

/** Null where the endpoint has no such block. */
export function readFullBlock(value: unknown): FullBlock | null {
  if (value === null) return null;
  const fields = readFields(value, 'block');
  const header = headerOf(fields);
  const baseFee = fields.baseFeePerGas ?? null;
  return {
    ...header,
    baseFeePerGasWei: baseFee === null ? null : readQuantity(baseFee, 'baseFeePerGas'),
    transactions: readList(fields.transactions, 'transactions').map((item) => readTransaction(item, header)),
  };
}

function headerOf(fields: Fields): Header {
  return {
    number: readQuantity(fields.number, 'number'),
    hash: readHash(fields.hash, 'hash'),
    parentHash: readHash(fields.parentHash, 'parentHash'),
    timestampMs: SECOND_MS * readIndex(fields.timestamp, 'timestamp'),
  };
}

function readTransaction(value: unknown, { hash }: Header): BlockTransaction {
  const fields = readFields(value, 'transaction');
  if (readHash(fields.blockHash, 'blockHash') !== hash) throw nonsense('a transaction of another block');
  return {
    hash: readHash(fields.hash, 'hash'),
    from: readAddress(fields.from, 'from'),
    to: fields.to === null || fields.to === undefined ? null : readAddress(fields.to, 'to'),
    valueWei: readQuantity(fields.value, 'value'),
    nonce: readQuantity(fields.nonce, 'nonce'),
  };
}

export function readLog(value: unknown): ChainLog {
  const fields = readFields(value, 'log');
  if (fields.removed === true) throw nonsense('a log that was removed');
  return {
    contract: readAddress(fields.address, 'address'),
    topics: readList(fields.topics, 'topics').map((topic) => readHash(topic, 'topic')),
    data: readData(fields.data, 'data'),
    blockNumber: readQuantity(fields.blockNumber, 'blockNumber'),
    blockHash: readHash(fields.blockHash, 'blockHash'),
    transactionHash: readHash(fields.transactionHash, 'transactionHash'),
    logIndex: readIndex(fields.logIndex, 'logIndex'),
  };
}

/** Null where the transaction is in no block. */
export function readReceipt(value: unknown): ChainReceipt | null {
  if (value === null) return null;
  const fields = readFields(value, 'receipt');
  const status = readQuantity(fields.status, 'status');
  if (status > 1n) throw nonsense('status');
  const l1Fee = fields.l1Fee ?? null;
  return {
    transactionHash: readHash(fields.transactionHash, 'transactionHash'),
    succeeded: status === 1n,
    gasUsed: readQuantity(fields.gasUsed, 'gasUsed'),
    effectiveGasPriceWei: readQuantity(fields.effectiveGasPrice, 'effectiveGasPrice'),
    ...(l1Fee === null ? {} : { l1FeeWei: readQuantity(l1Fee, 'l1Fee') }),
    blockNumber: readQuantity(fields.blockNumber, 'blockNumber'),
    blockHash: readHash(fields.blockHash, 'blockHash'),
  };
}
