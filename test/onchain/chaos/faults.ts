import { readdir, readFile } from 'node:fs/promises';
import { parseGwei } from 'viem';
import type { Random } from '../../crash/random.ts';
import type { Chain } from './outsiders.ts';

/** Makes the pool forget one transaction, whosever it is. */
export async function dropOne(chain: Chain, random: Random): Promise<string> {
  const { pending } = await chain.node.getTxpoolContent();
  const hashes = Object.values(pending).flatMap((byNonce) => Object.values(byNonce).map(({ hash }) => hash));
  if (hashes.length === 0) return 'nothing to drop';
  await chain.node.dropTransaction({ hash: random.pick(hashes) });
  return 'dropped a transaction';
}

/** The price of gas falls from there by an eighth with each block. */
export async function spike(chain: Chain, random: Random): Promise<string> {
  const gwei = random.integer(5, 60);
  await chain.node.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei(String(gwei)) });
  return `gas at ${gwei} gwei`;
}

/** Pid of the role that this process started; null while there is none. */
export async function findChildRole(parentPid: number, role: string): Promise<number | null> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // pid (command) state ppid ...: the command may hold blanks and brackets.
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent !== String(parentPid)) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (command.split('\0').includes(role)) return Number(name);
  }
  return null;
}

export async function killSigner(parentPid: number): Promise<string> {
  const pid = await findChildRole(parentPid, 'signer');
  if (pid === null) return 'no signer to kill';
  process.kill(pid, 'SIGKILL');
  return 'killed the signer';
}
