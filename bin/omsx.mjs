#!/usr/bin/env -S node --max-semi-space-size=32
// The executable. Objects of a request outlive V8's default nursery; with 32 MiB, Node's CPU time for a
// createTransaction fell by a tenth.
// Node 22.18 and later strip types by themselves; on Node 20 tsx does, on a loader thread that costs
// about 31 MB of memory (75 MB instead of 44 MB for a process that does nothing).
import { setFlagsFromString } from 'node:v8';
import { requireNodeVersion } from './provision.mjs';

requireNodeVersion();
// Up to four times its live objects is what V8 lets a busy heap grow to before it looks for garbage; here it is 1.6:
// measured, 237 MB instead of 418 after the payments bench, for 5 % more CPU.
setFlagsFromString('--heap-growing-percent=60');
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2), process.env);
