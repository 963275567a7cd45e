import type { Address } from 'viem';
import { checkLedger, formatChecks } from '../../../ledger/check.ts';
import { createLogger } from '../../../platform/log.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { readNetworks } from '../../../rails/onchain/networks/readNetworks.ts';
import { isEqual } from '../../../rails/onchain/reconcile/compare.ts';
import { reconcile } from '../../../rails/onchain/reconcile/reconcile.ts';
import { followedNumber } from '../../../rails/onchain/reconcile/reconciler.ts';
import { createChainClient } from '../../../rails/onchain/rpc/chainClient.ts';
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

export interface SendProof {
  readonly completed: readonly Sent[];
  /** How often each step was told of all of them. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly faults: readonly string[];
}

/** Who was paid has it once, and nobody else has anything. Gives the sends that completed and what does not fit. */
export async function proveSends(api: Api, chain: Chain, sent: readonly Sent[]): Promise<SendProof> {
  const faults: string[] = [];
  const completed: Sent[] = [];
  const kinds = new Map<string, number>();
  for (const one of sent) {
    const { status, finality, events } = await timelineOf(api, one.transactionId);
    const arrived = await chain.usdcOf(one.to);
    for (const { kind } of events) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const isCompleted = status === 'COMPLETED';
    if (isCompleted) completed.push(one);
    if (arrived !== (isCompleted ? one.amountMinor : MINOR_NONE))
      faults.push(`${one.transactionId} is ${status} and ${arrived} of ${one.amountMinor} arrived`);
    if (isCompleted && finality !== 'FINAL') faults.push(`${one.transactionId} is ${finality}`);
    if (events.some(({ version }, index) => version !== index + 1))
      faults.push(`${one.transactionId} has a gap in its timeline`);
  }
  return { completed, kinds, faults };
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

/** Books and chain are equal at the finalized block, and every nonce that was given is used up by the chain. */
export async function proveChain(world: {
  readonly databaseUrl: string;
  readonly chainUrl: string;
  readonly chain: Chain;
}): Promise<readonly string[]> {
  const [network] = readNetworks({ LOCAL: [world.chainUrl] }, undefined);
  if (network === undefined) throw new Error('LOCAL is not known');
  const client = createChainClient({ network: network.code, rpcUrls: network.rpcUrls, logger: SILENT });
  const database = await openDatabase({ url: world.databaseUrl, role: 'omsx_check', poolMax: 1 });
  try {
    const result = await reconcile(database, client, network, () => followedNumber(database, network.code));
    if (result === null) return ['the follower is behind'];
    const differing = result.comparisons.filter((comparison) => !isEqual(comparison));
    const faults = differing.map(
      ({ asset, expectedMinor, actualMinor }) => `${asset}: books ${expectedMinor}, chain ${actualMinor}`,
    );
    for (const { address, nextNonce } of await database.write((tx) => tx.rows<NonceRow>(NONCES))) {
      const used = await world.chain.node.getTransactionCount({ address });
      if (BigInt(used) !== nextNonce)
        faults.push(`${address} gave ${nextNonce} nonces, the chain took ${used}`);
    }
    return faults;
  } finally {
    await database.close();
    await client.close();
  }
}

interface NonceRow {
  readonly address: Address;
  readonly nextNonce: bigint;
}

const NONCES = statement(
  'test.nonces',
  `select address, next_nonce as "nextNonce" from chain.address where network = 'LOCAL' and next_nonce > 0`,
);

const SILENT = createLogger({ name: 'test', level: 'silent' });

function sum(amounts: readonly { readonly amountMinor: bigint }[]): bigint {
  return amounts.reduce((total, { amountMinor }) => total + amountMinor, 0n);
}
