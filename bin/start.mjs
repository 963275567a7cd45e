// "npm start", also on a fresh clone: installs what is missing, then runs "omsx up" in this process.
import { installPackages, requireNodeVersion } from './provision.mjs';

requireNodeVersion();
await installPackages();
process.argv.splice(2, 0, 'up');
await import('./omsx.mjs');
