import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import type { Api } from '../../crash/api.ts';
import { waitFor } from '../../crash/child.ts';
import { type ChainWallet, holdingsOf, send, timelineOf } from './api.ts';
import type { Outsider, Payment } from './outsiders.ts';
import type { Sent } from './traffic.ts';

const FUNDS_MINOR = 1_000_000_000n;
const FUNDED_TIMEOUT_MS = 30_000;
const FIRST_SEND_TIMEOUT_MS = 60_000;

/** Gives each wallet something to send and lets it send once: coins are swept, gas is there, contracts are approved. */
export async function fund(
  api: Api,
  outsider: Outsider,
  wallets: readonly ChainWallet[],
): Promise<{ readonly payments: readonly Payment[]; readonly sent: readonly Sent[] }> {
  const payments: Payment[] = [];
  for (const { address } of wallets) payments.push(await outsider.pay(address, FUNDS_MINOR, false));
  for (const wallet of wallets) {
    await waitFor('spendable funds', FUNDED_TIMEOUT_MS, async () => {
      return (await holdingsOf(api, wallet)).available === FUNDS_MINOR;
    });
  }
  const sent: Sent[] = [];
  for (const [number, from] of wallets.entries()) {
    const to = privateKeyToAddress(generatePrivateKey());
    const transactionId = await send(api, { key: `first ${number}`, from, to, amount: '1.000000' });
    if (transactionId === null) throw new Error('a wallet with funds could not send');
    sent.push({ transactionId, from, to, amountMinor: 1_000_000n });
  }
  for (const { transactionId } of sent) {
    await waitFor('completed send', FIRST_SEND_TIMEOUT_MS, async () => {
      return (await timelineOf(api, transactionId)).status === 'COMPLETED';
    });
  }
  return { payments, sent };
}
