import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../platform/paths.ts';

/**
 * The fuzzer for a night, in a process for each two thousand cases: Apollo's planner and executor were seen to fill four
 * gigabytes with one operation, which ends the process that they are in and may not end the night. Exits 1 when a part
 * found a difference or broke down.
 *
 * npm run fuzz:nightly                          200,000 cases, with a seed of its own
 * npm run fuzz:nightly -- --cases 20000 --seed x
 */
const CASES = 200_000;
const PART_CASES = 2_000;
const PROGRAM = join(projectRoot, 'scripts', 'fuzz.ts');

function argument(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
}

/** How a part ended; null when it found nothing. */
async function runPart(seed: string, cases: number): Promise<string | null> {
  const args = ['--import', 'tsx', PROGRAM, '--seed', seed, '--cases', String(cases)];
  const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (code === 0) return null;
  return code === 1 ? `${seed}: differences` : `${seed}: broke down with ${signal ?? code}`;
}

const seed = argument('seed') ?? new Date().toISOString();
const cases = Number(argument('cases') ?? CASES);
const faults: string[] = [];
for (let done = 0, part = 0; done < cases; done += PART_CASES, part++) {
  const fault = await runPart(`${seed}.${part}`, Math.min(PART_CASES, cases - done));
  if (fault !== null) faults.push(fault);
}
process.stdout.write(`${cases} cases from seed ${seed}: ${faults.length} parts with faults\n`);
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
