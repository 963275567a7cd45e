#!/usr/bin/env -S node --max-semi-space-size=16
// The executable. Objects of a request outlive V8's default nursery; with 32 MiB, as `npm start` has it for everything in
// one process, Node's CPU time for a createTransaction fell by a tenth. A role by itself makes do with half of that.
import { setFlagsFromString } from 'node:v8';
import { loadBundle } from './bundle.mjs';
import { requireNodeVersion } from './provision.mjs';

requireNodeVersion();
// Up to four times its live objects is what V8 lets a busy heap grow to before it looks for garbage; here it is 1.6:
// measured, 237 MB instead of 418 after the payments bench, for 5 % more CPU. What a router holds are answers on their
// way, which are garbage a moment later: 206 MB at most instead of 224 under answers of 175 kB.
const heapGrowingPercent = process.argv[2] === 'router' ? 25 : 60;
setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);

const { main } = await loadBundle().catch(loadSources);
process.exitCode = await main(process.argv.slice(2), process.env);

/** Slower and 31 MB larger, but it needs nothing written: where the checkout is on a read-only disk. */
async function loadSources(error) {
  process.stderr.write(`Running from the sources, as no bundle could be made: ${error.message}\n`);
  const { register } = await import('tsx/esm/api');
  register();
  return await import('./main.ts');
}
