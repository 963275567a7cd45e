// `npm run lock`: npm leaves out of package-lock.json every optional package that its registry does not offer, and then
// `npm ci` refuses the file. This names them with the version their parent asks for and the platform their name says;
// npm then skips them elsewhere and fetches them where they are needed (no integrity: nobody here has seen the archive).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../platform/paths.ts';
import { type LockFile, missingPlatformPackages } from './lockFile.ts';

const file = join(projectRoot, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile;
const missing = missingPlatformPackages(lock);
const packages = Object.fromEntries(
  Object.entries({ ...lock.packages, ...missing }).sort(([one], [other]) => (one < other ? -1 : 1)),
);
writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
process.stdout.write(
  `package-lock.json: ${Object.keys(missing).length} packages of other platforms added.\n`,
);
