import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot, stateFolder } from '../../../platform/paths.ts';

const SOURCES = join(projectRoot, 'router', 'http', 'explorer');
const BUILD = join(SOURCES, 'build.mjs');
/** Whose version changes what is made. */
const PACKAGES = ['esbuild', 'graphiql', 'graphql', 'graphql-ws', 'react', 'react-dom'];
const BUILD_TIMEOUT_MS = 60_000;

/** GraphiQL as a browser loads it. */
export interface Assets {
  /** File names. */
  readonly script: string;
  readonly style: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * GraphiQL from the installed packages. Bundled once into `.omsx/explorer/`, in a process of its own so that no request
 * waits for it; a later start finds it there.
 *
 * @throws when a package is not installed or the disk cannot be written
 */
export async function loadAssets(folder = join(stateFolder, 'explorer')): Promise<Assets> {
  const made = join(folder, await fingerprint());
  if (!existsSync(made)) await build(made);
  const names = await readdir(made);
  const entries = await Promise.all(
    names.map(async (name) => [name, await readFile(join(made, name))] as const),
  );
  const files = new Map(entries);
  const named = (pattern: RegExp): string => {
    const name = names.find((candidate) => pattern.test(candidate));
    if (name === undefined) throw new Error(`${made} is incomplete: delete it`);
    return name;
  };
  return { script: named(/^app-\w+\.js$/), style: named(/^app-\w+\.css$/), files };
}

async function build(made: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [BUILD, made], {
      cwd: projectRoot,
      timeout: BUILD_TIMEOUT_MS,
    });
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string };
    throw new Error(`it cannot be bundled: ${stderr || message}`, { cause: error });
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['app.mjs', 'app.css', 'build.mjs']) hash.update(await readFile(join(SOURCES, name)));
  for (const name of PACKAGES) {
    const { version } = JSON.parse(
      await readFile(join(projectRoot, 'node_modules', name, 'package.json'), 'utf8'),
    ) as { readonly version: string };
    hash.update(`${name}@${version}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
