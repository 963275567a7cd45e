import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../platform/paths.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** `omsx help` from a bundle in `below`, in a process of its own. */
async function help(below: string): Promise<string> {
  const program = `
    const { loadBundle } = await import('./bin/bundle.mjs');
    const { main } = await loadBundle(process.argv[1]);
    process.exitCode = await main(['help'], process.env);`;
  const args = ['--input-type=module', '--eval', program, below];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: projectRoot });
  return stdout;
}

test('processes that start together share one bundle, which the next start finds', async () => {
  const below = join(folder, 'shared');
  const [one, other] = await Promise.all([help(below), help(below)]);
  expect(one).toContain('Usage: omsx');
  expect(other).toBe(one);
  const [made, ...others] = await readdir(below);
  expect(others).toEqual([]);
  const files = (await readdir(join(below, String(made)))).filter((name) => name.endsWith('.mjs'));
  const texts = await Promise.all(files.map((name) => readFile(join(below, String(made), name), 'utf8')));
  // Packages take their slow checks for developers out when they are bundled for production.
  expect(texts.join('\n')).not.toContain('process.env.NODE_ENV');
  const main = join(below, String(made), 'main.mjs');
  await writeFile(main, `process.stdout.write('found'); export const main = () => 0;`);
  expect(await help(below)).toBe('found');
});

test('an edited source gives a new bundle, and yesterday’s are removed', async () => {
  const below = join(folder, 'edited');
  await help(below);
  const [before] = await readdir(below);
  const yesterday = new Date(Date.now() - 2 * 86_400_000);
  await utimes(join(below, String(before)), yesterday, yesterday);
  const source = join(projectRoot, 'bin', 'main.ts');
  const { atime, mtime } = await stat(source);
  await utimes(source, atime, new Date());
  try {
    expect(await help(below)).toContain('Usage: omsx');
  } finally {
    await utimes(source, atime, mtime);
  }
  const after = await readdir(below);
  expect(after).toHaveLength(1);
  expect(after).not.toContain(before);
});

test('where no bundle can be written, the error says so; omsx then runs from its sources', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(help(join(file, 'below'))).rejects.toThrow('ENOTDIR');
});
