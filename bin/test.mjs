// "npm test", also on a fresh clone: installs what is missing, then runs jest with the arguments it was given.
import { join } from 'node:path';
import { installPackages, requireNodeVersion, root, run } from './provision.mjs';

/** One weighs memory, one gives a chain and all that works on it a time in which to become quiet: nothing else may run meanwhile. */
const alone = ['test/streaming/crowd.test.ts', 'test/onchain/chaos.test.ts'];

requireNodeVersion();
await installPackages();
// Ctrl-C reaches jest as well, which then decides how to end; we only pass on how it ended.
process.on('SIGINT', () => undefined);
const given = process.argv.slice(2);
process.exitCode = given.length > 0 ? await jest(given) : await everything();

/** The others run also when one of those failed: a run tells all that is wrong. */
async function everything() {
  const codes = [await jest(['--testPathIgnorePatterns', '/node_modules/', '/.omsx/', '/dist/', ...alone])];
  for (const file of alone) codes.push(await jest([file]));
  return codes.find((code) => code !== 0) ?? 0;
}

function jest(args) {
  return run(process.execPath, [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...args]);
}
