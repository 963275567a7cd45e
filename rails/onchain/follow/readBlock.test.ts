import type { Address, Hex } from 'viem';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient, FullBlock } from '../rpc/chainReader.ts';
import { readReceipt } from '../rpc/readBlocks.ts';
import { AddressBook } from './addressBook.ts';
import { readFacts } from './readBlock.ts';

const HASH: Hex = `0x${'a'.repeat(64)}`;
const BLOCK_HASH: Hex = `0x${'b'.repeat(64)}`;
const OWN: Address = `0x${'c'.repeat(40)}`;
const PAYEE: Address = `0x${'d'.repeat(40)}`;

const block: FullBlock = {
  number: 7n,
  hash: BLOCK_HASH,
  parentHash: `0x${'e'.repeat(64)}`,
  timestampMs: 0,
  baseFeePerGasWei: 1n,
  transactions: [{ hash: HASH, from: OWN, to: PAYEE, valueWei: 5n, nonce: 0n }],
};

class Book extends AddressBook {
  override find(address: string) {
    if (address !== OWN) return undefined;
    return { purpose: 'CUSTODY' as const, organizationId: null, walletId: null, asset: null };
  }
}

async function feeOf(more: object): Promise<bigint | undefined> {
  const receipt = readReceipt({
    transactionHash: HASH,
    status: '0x1',
    gasUsed: '0x5208',
    effectiveGasPrice: '0x3',
    blockNumber: '0x7',
    blockHash: BLOCK_HASH,
    ...more,
  });
  const client = { receipts: async () => [receipt] } as unknown as ChainClient;
  const config = { assets: [], nativeAsset: 'ETH' } as unknown as NetworkConfig;
  const facts = await readFacts({ block, logs: [] }, client, new Book('BASE'), config);
  return facts?.own[0]?.feeWei;
}

test.each([
  ['has no such thing', {}, 63_000n],
  ['says null', { l1Fee: null }, 63_000n],
  ['asks for it', { l1Fee: '0x2710' }, 73_000n],
])('a fee is gas and, where a chain %s, the room on the chain below', async (_, more, fee) => {
  expect(await feeOf(more)).toBe(fee);
});

test('a fee of the chain below that is no number is no answer', async () => {
  await expect(feeOf({ l1Fee: 'much' })).rejects.toThrow('l1Fee');
});
