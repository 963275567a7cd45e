import { formatGwei, getAddress } from 'viem';
import type { Chain } from './outsiders.ts';

/** What keeps transactions out of blocks: the newest block, its price of gas, and who waits with which nonces. */
export async function describePool({ node }: Chain): Promise<string> {
  const [block, { pending, queued }] = await Promise.all([node.getBlock(), node.getTxpoolContent()]);
  const base = block.baseFeePerGas;
  const lines = [
    `block ${block.number} of ${new Date(Number(block.timestamp) * 1_000).toISOString()}, now ${new Date().toISOString()}, ` +
      `base fee ${base === null ? 'none' : formatGwei(base)} gwei, gas ${block.gasUsed} of ${block.gasLimit}`,
  ];
  for (const [name, pool] of Object.entries({ pending, queued })) {
    for (const [sender, byNonce] of Object.entries(pool)) {
      const address = getAddress(sender);
      const [nonce, coins] = await Promise.all([
        node.getTransactionCount({ address }),
        node.getBalance({ address }),
      ]);
      const nonces = Object.keys(byNonce);
      lines.push(
        `${name}: ${address} at nonce ${nonce} with ${coins} wei has ${nonces.length}: ${nonces[0]}..${nonces.at(-1)}`,
      );
    }
  }
  return lines.join('\n');
}
