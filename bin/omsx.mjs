#!/usr/bin/env -S node --max-semi-space-size=32
// The executable. Young objects of a request live longer than the default nursery lets them: with 32 MiB, Node's CPU
// time for a createTransaction fell from 0.72 to 0.64 ms.
// Node 22.18 and later strip types by themselves; on Node 20 tsx does, on a loader thread that costs
// about 31 MB of memory (75 MB instead of 44 MB for a process that does nothing).
import { requireNodeVersion } from './provision.mjs';

requireNodeVersion();
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2), process.env);
