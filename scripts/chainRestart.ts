import { parseArgs } from 'node:util';
import { withDatabase } from '../bin/database.ts';
import { configuredNetworks } from '../bin/networks.ts';
import { readConfig } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { type Database, openDatabase } from '../platform/postgres.ts';
import { countAbove, type Restart, readRestart } from '../rails/onchain/follow/readRestart.ts';
import { restartAt } from '../rails/onchain/follow/restartAt.ts';
import { createChainClient } from '../rails/onchain/rpc/chainClient.ts';
import type { ChainClient } from '../rails/onchain/rpc/chainReader.ts';
import { withLocalChain } from './localChain.ts';

/**
 * `npm run chain:restart -- NETWORK [--at BLOCK] [--yes]`: what an operator does to a LOST Network. Says from which
 * block following would begin again and what that takes back, and does it with `--yes` only. Ends with 1 when the
 * Network cannot be restarted so.
 */
const USAGE = 'npm run chain:restart -- NETWORK [--at BLOCK] [--yes]';

interface Wanted {
  readonly code: string;
  readonly at: bigint | null;
  readonly isConfirmed: boolean;
}

/** Null for what is not the usage. */
function readWanted(args: readonly string[]): Wanted | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { at: { type: 'string' }, yes: { type: 'boolean', default: false } },
    });
    const [code, ...rest] = positionals;
    const { at = null, yes } = values;
    if (code === undefined || rest.length > 0 || (at !== null && !/^\d+$/.test(at))) return null;
    return { code, at: at === null ? null : BigInt(at), isConfirmed: yes };
  } catch {
    return null;
  }
}

async function run(databaseUrl: string): Promise<number> {
  const wanted = readWanted(process.argv.slice(2));
  if (wanted === null) return refuse(`Usage: ${USAGE}`);
  const networks = await configuredNetworks(await withLocalChain(readConfig(process.env)));
  const network = networks.find(({ code }) => code === wanted.code);
  if (network === undefined) return refuse(`${wanted.code} is not configured (RPC_URL_${wanted.code}).`);
  const { code, rpcUrls, chainId } = network;
  const logger = createLogger({ name: 'chain:restart', level: 'silent' });
  const client = createChainClient({ network: code, rpcUrls, chainId, logger });
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_chain', poolMax: 1 });
  try {
    return await restart(database, client, wanted);
  } finally {
    await database.close();
    await client.close();
  }
}

async function restart(database: Database, client: ChainClient, wanted: Wanted): Promise<number> {
  const { code, isConfirmed } = wanted;
  const known = await readRestart(database, client, code);
  if (known === null) return refuse(`${code} was never followed.`);
  if (known.status !== 'LOST') return refuse(`${code} is ${known.status}: only a LOST Network is restarted.`);
  const tags = await client.tags();
  say(`${code} is LOST: ${known.reason ?? 'no reason is known'}`);
  say(
    `It was followed to block ${known.followedNumber}, and ${known.finalizedNumber} had been called final.`,
  );
  say(
    `The chain is at block ${tags.headNumber} now and calls ${tags.finalizedNumber} final (${tags.agreements} of ${tags.endpoints} endpoints agree).`,
  );
  const at = chooseBlock(known, wanted.at);
  if (typeof at === 'string') return refuse(at);
  await describe(database, code, at);
  if (!isConfirmed) {
    say('Nothing was done. Add --yes to do it.');
    return 0;
  }
  await restartAt(database, client, code, at);
  say(`${code} is followed again from block ${at}.`);
  return 0;
}

/** The block to begin at, or why there is none. */
function chooseBlock({ commonNumber }: Restart, wanted: bigint | null): bigint | string {
  if (commonNumber === null)
    return (
      wanted ?? 'No stored block is part of the chain any more: name one from before they part with --at.'
    );
  say(`The newest block that both have is ${commonNumber}.`);
  if (wanted !== null && wanted > commonNumber)
    return `Block ${wanted} is after it: what arrived between the two would be missed.`;
  return wanted ?? commonNumber;
}

async function describe(database: Database, code: string, at: bigint): Promise<void> {
  const above = await database.write((tx) => countAbove(tx, code, at));
  say(`Following would begin again at block ${at}. Of what is in blocks after it,`);
  say(
    `- ${above.deposits} deposits and ${above.transactions} transactions that are not final are taken back,`,
  );
  say('  and come again where the chain still has them;');
  say(
    `- ${above.finalDeposits} deposits and ${above.finalTransactions} transactions that are final stay as booked.`,
  );
  say('  Run chain:check afterwards: what the chain no longer has shows as a difference.');
}

function refuse(line: string): number {
  say(line);
  return 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await withDatabase(process.env, run);
