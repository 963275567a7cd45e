import type { Address, Hex } from 'viem';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient, ChainLog, ChainReceipt, FullBlock } from '../rpc/chainReader.ts';
import type { AddressBook } from './addressBook.ts';
import type { BlockRef } from './nextStep.ts';
import {
  type Answers,
  type Arrivals,
  balanceKey,
  questionsOf,
  readDeposits,
  TRANSFER_TOPIC,
} from './readDeposits.ts';

/** keccak256 of `AuthorizationUsed(address,bytes32)`. */
export const AUTHORIZATION_USED_TOPIC: Hex =
  '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5';
/** Receipts and balances that are asked for at once. */
const ASKED_MAX = 500;

/** A block as it was read: what is in it does not change, as it is read by its hash. */
export interface BlockContent {
  readonly block: FullBlock;
  readonly logs: readonly ChainLog[];
}

/** A transaction of a key of ours. */
export interface OwnTransaction {
  readonly hash: Hex;
  readonly from: Address;
  readonly nonce: bigint;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  readonly feeWei: bigint;
}

export interface UsedAuthorization {
  readonly contract: Address;
  readonly authorizer: Address;
  readonly nonce: Hex;
  readonly hash: Hex;
}

/** All of a block that concerns us. */
export interface BlockFacts extends Arrivals {
  readonly block: FullBlock;
  readonly own: readonly OwnTransaction[];
  readonly used: readonly UsedAuthorization[];
}

/** Null when no endpoint has the block any more (or yet): the next look starts from the chain as it is then. */
export async function readContent(
  ref: BlockRef,
  client: ChainClient,
  config: NetworkConfig,
): Promise<BlockContent | null> {
  const contracts = config.assets.flatMap(({ contract }) => (contract === null ? [] : [contract]));
  const [block, logs] = await Promise.all([
    client.fullBlock(ref.hash as Hex),
    contracts.length === 0
      ? []
      : client.logsOf(ref.hash as Hex, contracts, [[TRANSFER_TOPIC, AUTHORIZATION_USED_TOPIC]]),
  ]);
  if (block === null) return null;
  // It is stored under what it was asked by; an answer of another block would be booked under the wrong one.
  const isThisOne = block.hash === ref.hash && block.parentHash === ref.parentHash;
  if (!isThisOne || logs.some(({ blockHash }) => blockHash !== ref.hash)) return null;
  return { block, logs };
}

/**
 * What a block means to us. `book` has to have been refreshed after `content` was read, see there.
 *
 * @returns null when an answer is missing or of another block: nothing may be concluded, and the block is read again
 */
export async function readFacts(
  { block, logs }: BlockContent,
  client: ChainClient,
  book: AddressBook,
  config: NetworkConfig,
): Promise<BlockFacts | null> {
  const questions = questionsOf(block, logs, book, config);
  const sent = block.transactions.filter(({ from }) => book.find(from) !== undefined);
  const hashes = [...new Set([...questions.receiptsOf, ...sent.map(({ hash }) => hash)])];
  const receipts = await readReceipts(hashes, block, client);
  if (receipts === null) return null;
  const gained = await readGains(questions.balancesOf, block, client);
  if (gained === null) return null;
  const failed = new Set(
    [...receipts.values()].flatMap((one) => (one.succeeded ? [] : [one.transactionHash])),
  );
  const answers: Answers = { failed, gained };
  const own = sent.flatMap(({ hash, from, nonce }): readonly OwnTransaction[] => {
    const receipt = receipts.get(hash);
    if (receipt === undefined) return [];
    const { succeeded, gasUsed } = receipt;
    return [{ hash, from, nonce, succeeded, gasUsed, feeWei: feeOf(receipt) }];
  });
  return { block, own, used: logs.flatMap(readUsed), ...readDeposits(block, logs, book, config, answers) };
}

/** What the sender paid, in wei: its gas, and on some chains the room on the chain below. */
function feeOf({ gasUsed, effectiveGasPriceWei, l1FeeWei = 0n }: ChainReceipt): bigint {
  return gasUsed * effectiveGasPriceWei + l1FeeWei;
}

async function readReceipts(
  hashes: readonly Hex[],
  block: FullBlock,
  client: ChainClient,
): Promise<ReadonlyMap<string, ChainReceipt> | null> {
  const found = new Map<string, ChainReceipt>();
  for (let at = 0; at < hashes.length; at += ASKED_MAX) {
    for (const receipt of await client.receipts(hashes.slice(at, at + ASKED_MAX))) {
      if (receipt === null || receipt.blockHash !== block.hash) return null;
      found.set(receipt.transactionHash, receipt);
    }
  }
  return found.size === hashes.length ? found : null;
}

async function readGains(
  asked: readonly { readonly contract: Address; readonly owner: Address }[],
  block: FullBlock,
  client: ChainClient,
): Promise<ReadonlyMap<string, bigint> | null> {
  const gained = new Map<string, bigint>();
  for (const contract of new Set(asked.map((one) => one.contract))) {
    const owners = asked.flatMap((one) => (one.contract === contract ? [one.owner] : []));
    for (let at = 0; at < owners.length; at += ASKED_MAX) {
      const page = owners.slice(at, at + ASKED_MAX);
      const [after, before] = await Promise.all([
        client.balances(contract, page, { blockNumber: block.number }),
        client.balances(contract, page, { blockNumber: block.number - 1n }),
      ]);
      for (const [index, owner] of page.entries()) {
        gained.set(balanceKey(contract, owner), (after[index] ?? 0n) - (before[index] ?? 0n));
      }
    }
  }
  if (asked.length === 0) return gained;
  // Balances are asked for by number: they are this block's only while the chain still has it there.
  return (await client.blockAt(block.number))?.hash === block.hash ? gained : null;
}

function readUsed({ topics, contract, transactionHash }: ChainLog): readonly UsedAuthorization[] {
  const [topic, authorizer, nonce] = topics;
  if (topic !== AUTHORIZATION_USED_TOPIC || authorizer === undefined || nonce === undefined) return [];
  return [{ contract, authorizer: `0x${authorizer.slice(26)}`, nonce, hash: transactionHash }];
}
