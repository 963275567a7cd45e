// "npm test", also on a fresh clone: installs what is missing, then runs jest with the arguments it was given.
import { join } from 'node:path';
import { installPackages, requireNodeVersion, root, run } from './provision.mjs';

requireNodeVersion();
await installPackages();
// Ctrl-C reaches jest as well, which then decides how to end; we only pass on how it ended.
process.on('SIGINT', () => undefined);
process.exitCode = await run(process.execPath, [
  join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
  ...process.argv.slice(2),
]);
