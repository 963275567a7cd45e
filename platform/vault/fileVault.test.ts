import {
  chmod,
  link,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openFileVault } from './fileVault.ts';

const CONTEXT = { purpose: 'test', rootId: 'a' };
const DATA_KEY = Uint8Array.from({ length: 32 }, (_, i) => i + 1);

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-vault-'));
  path = join(folder, 'deeper', 'kek');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('a key file is made once, for its owner alone, and nothing else is left beside it', async () => {
  const vaults = await Promise.all(Array.from({ length: 8 }, () => openFileVault(path, 'create')));
  expect(new Set(vaults.map(({ id }) => id)).size).toBe(1);
  const { mode, size } = await stat(path);
  expect([mode & 0o777, size]).toEqual([0o600, 32]);
  expect((await stat(join(folder, 'deeper'))).mode & 0o077).toBe(0);
  expect(await readdir(join(folder, 'deeper'))).toEqual(['kek']);

  const before = await readFile(path);
  await openFileVault(path, 'create');
  expect(await readFile(path)).toEqual(before);
});

test('what one process wrapped another unwraps, with the same context in any order', async () => {
  const wrapped = await (await openFileVault(path, 'create')).wrap(DATA_KEY, CONTEXT);
  const again = await openFileVault(path, 'refuse');
  const opened = await again.unwrap(wrapped, { rootId: 'a', purpose: 'test' });
  expect(Uint8Array.from(opened)).toEqual(DATA_KEY);
});

test('no context, byte or length but the right one unwraps', async () => {
  const vault = await openFileVault(path, 'create');
  const wrapped = await vault.wrap(DATA_KEY, CONTEXT);
  const refused = { name: 'KeyVaultError', code: 'NOT_AUTHENTIC', retryable: false };
  for (const context of [{}, { ...CONTEXT, rootId: 'b' }, { ...CONTEXT, more: '' }, { purpose: 'testa' }]) {
    await expect(vault.unwrap(wrapped, context)).rejects.toMatchObject(refused);
  }
  const bits = fc.integer({ min: 0, max: wrapped.length * 8 - 1 });
  await fc.assert(
    fc.asyncProperty(bits, fc.integer({ min: 0, max: wrapped.length - 1 }), async (bit, length) => {
      const changed = Uint8Array.from(wrapped, (byte, i) =>
        i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      );
      await expect(vault.unwrap(changed, CONTEXT)).rejects.toMatchObject(refused);
      await expect(vault.unwrap(wrapped.subarray(0, length), CONTEXT)).rejects.toMatchObject(refused);
    }),
  );
});

test('another KEK has another id and opens nothing', async () => {
  const wrapped = await (await openFileVault(path, 'create')).wrap(DATA_KEY, CONTEXT);
  const other = await openFileVault(join(folder, 'other'), 'create');
  expect(other.id).not.toBe((await openFileVault(path, 'refuse')).id);
  await expect(other.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ code: 'NOT_AUTHENTIC' });
});

test('a data key of another length is not wrapped', async () => {
  const vault = await openFileVault(path, 'create');
  await expect(vault.wrap(new Uint8Array(31), CONTEXT)).rejects.toMatchObject({ code: 'MISCONFIGURED' });
});

describe('a key file is refused', () => {
  const refusal = (why: RegExp) => ({ code: 'MISCONFIGURED', message: expect.stringMatching(why) });

  test.each([0o640, 0o604, 0o660, 0o601])('when its mode is %p', async (mode) => {
    await openFileVault(path, 'create');
    await chmod(path, mode);
    await expect(openFileVault(path, 'create')).rejects.toMatchObject(refusal(/others/));
  });

  test.each([0, 31, 33])('when it has %p bytes, and is left as it is', async (size) => {
    await openFileVault(path, 'create');
    await truncate(path, size);
    await expect(openFileVault(path, 'create')).rejects.toMatchObject(refusal(/bytes and not 32/));
    expect((await stat(path)).size).toBe(size);
  });

  test('when it is missing and must not be', async () => {
    await expect(openFileVault(path, 'refuse')).rejects.toMatchObject(refusal(/missing/));
  });

  test('when it is a link or a folder', async () => {
    await openFileVault(path, 'create');
    await symlink(path, join(folder, 'linked'));
    await expect(openFileVault(join(folder, 'linked'), 'create')).rejects.toMatchObject(refusal(/symbolic/));
    await chmod(folder, 0o700);
    await expect(openFileVault(folder, 'create')).rejects.toMatchObject(refusal(/not a file/));
  });

  test('when its folder cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    const inFile = openFileVault(join(folder, 'file', 'kek'), 'create');
    await expect(inFile).rejects.toMatchObject(refusal(/cannot be/));
  });

  test('but not while another process is still giving it its name', async () => {
    await openFileVault(path, 'create');
    await link(path, `${path}.draft`);
    await expect(openFileVault(path, 'create')).resolves.toHaveProperty('id');
  });
});
