#!/usr/bin/env node
// The executable. Node 22.18 and later strip types by themselves; on Node 20 tsx does, on a loader thread that costs
// about 31 MB of memory (75 MB instead of 44 MB for a process that does nothing).
import { requireNodeVersion } from './provision.mjs';

requireNodeVersion();
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2), process.env);
