#!/usr/bin/env -S node --max-semi-space-size=32
// The executable. Objects of a request outlive V8's default nursery; with 32 MiB, Node's CPU time for a
// createTransaction fell by a tenth, and a router's for a deep query by a quarter against 16 MiB, for 45 MB.
import { setFlagsFromString } from 'node:v8';
import { loadBundle } from './bundle.mjs';
import { requireNodeVersion } from './provision.mjs';

requireNodeVersion();
// Up to four times its live objects is what V8 lets a busy heap grow to before it looks for garbage; here it is 1.6:
// measured, 237 MB instead of 418 after the payments bench, for 5 % more CPU.
setFlagsFromString('--heap-growing-percent=60');

const { main } = await loadBundle().catch(loadSources);
process.exitCode = await main(process.argv.slice(2), process.env);

/** Slower and 31 MB larger, but it needs nothing written: where the checkout is on a read-only disk. */
async function loadSources(error) {
  process.stderr.write(`Running from the sources, as no bundle could be made: ${error.message}\n`);
  const { register } = await import('tsx/esm/api');
  register();
  return await import('./main.ts');
}
