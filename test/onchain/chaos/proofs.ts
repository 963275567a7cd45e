import { checkLedger, formatChecks } from '../../../ledger/check.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import type { Api } from '../../crash/api.ts';
import { type ChainWallet, holdingsOf, timelineOf } from './api.ts';
import type { Chain, Payment } from './outsiders.ts';
import type { Sent } from './traffic.ts';

const MINOR_NONE = 0n;

/** Each Wallet has what came to its address, once, less what went out of it, once. Gives what does not fit. */
export async function proveWallets(
  api: Api,
  wallets: readonly ChainWallet[],
  payments: readonly Payment[],
  completed: readonly Sent[],
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const wallet of wallets) {
    const came = sum(payments.filter(({ to }) => to.toLowerCase() === wallet.address.toLowerCase()));
    const went = sum(completed.filter(({ from }) => from.id === wallet.id));
    const { posted, pending, available } = await holdingsOf(api, wallet);
    if (posted !== came - went) faults.push(`${wallet.id} has ${posted}: ${came} came and ${went} went`);
    if (pending !== posted || available !== posted)
      faults.push(`${wallet.id} holds or awaits something still`);
  }
  return faults;
}

/** Who was paid has it once, and nobody else has anything. Gives the sends that completed and what does not fit. */
export async function proveSends(
  api: Api,
  chain: Chain,
  sent: readonly Sent[],
): Promise<{ readonly completed: readonly Sent[]; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const completed: Sent[] = [];
  for (const one of sent) {
    const { status, finality, events } = await timelineOf(api, one.transactionId);
    const arrived = await chain.usdcOf(one.to);
    const isCompleted = status === 'COMPLETED';
    if (isCompleted) completed.push(one);
    if (arrived !== (isCompleted ? one.amountMinor : MINOR_NONE))
      faults.push(`${one.transactionId} is ${status} and ${arrived} of ${one.amountMinor} arrived`);
    if (isCompleted && finality !== 'FINAL') faults.push(`${one.transactionId} is ${finality}`);
    if (events.some(({ version }, index) => version !== index + 1))
      faults.push(`${one.transactionId} has a gap in its timeline`);
  }
  return { completed, faults };
}

/** The promises of the books, those that are broken. */
export async function proveLedger(databaseUrl: string): Promise<string> {
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_check', poolMax: 1 });
  try {
    const results = await checkLedger(database);
    return formatChecks(results.filter(({ faulty }) => faulty > 0n));
  } finally {
    await database.close();
  }
}

function sum(amounts: readonly { readonly amountMinor: bigint }[]): bigint {
  return amounts.reduce((total, { amountMinor }) => total + amountMinor, 0n);
}
