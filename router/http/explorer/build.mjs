// Bundles GraphiQL into the folder that the first argument names. A process of its own: bundling takes a second of CPU
// time, which no request is to wait for. Plain JavaScript, so that it runs from a bundle and from the sources alike.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

const made = process.argv[2];
const folder = dirname(made);
const own = `${made}.${process.pid}`;

async function bundle() {
  mkdirSync(folder, { recursive: true });
  await build({
    absWorkingDir: dirname(process.argv[1]),
    entryPoints: ['app.mjs'],
    outdir: own,
    entryNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'eof',
    logLevel: 'silent',
  });
  renameSync(own, made);
  removeOthers();
}

function removeOthers() {
  for (const name of readdirSync(folder)) {
    if (name === basename(made) || name.startsWith(`${basename(made)}.`)) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

try {
  await bundle();
} catch (error) {
  if (existsSync(own)) rmSync(own, { recursive: true, force: true });
  // Two processes that start together each make one, and one of them stays.
  if (!existsSync(made)) {
    process.stderr.write(error.message);
    process.exitCode = 1;
  }
}
