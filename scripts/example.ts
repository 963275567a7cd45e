import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../platform/paths.ts';

const USAGE_EXIT_CODE = 2;
const folder = join(projectRoot, 'examples');
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
const [name = ''] = process.argv.slice(2);

if (names.includes(name)) {
  await import(pathToFileURL(join(folder, `${name}.ts`)).href);
} else {
  process.stderr.write(`Usage: npm run example -- <${names.join('|')}>\n`);
  process.exitCode = USAGE_EXIT_CODE;
}
