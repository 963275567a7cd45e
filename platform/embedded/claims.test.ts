import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTemporaryFolder, removeFolder } from '../../test/harness/embedded.ts';
import { addClaim, listClaims, releaseClaim, withExclusiveClaim } from './claims.ts';

let folder = '';

beforeEach(async () => {
  folder = await makeTemporaryFolder();
});

afterEach(() => removeFolder(folder));

test('a claim of a live process is listed until it is released, by its role only', async () => {
  const claim = await addClaim(folder, 'owner');
  expect(await listClaims(folder, ['owner'])).toEqual([claim]);
  expect(await listClaims(folder, ['guest'])).toEqual([]);
  await releaseClaim(claim);
  expect(await listClaims(folder, ['owner'])).toEqual([]);
});

test('claims of a dead process, or of an earlier one with a live pid, are removed', async () => {
  await writeFile(join(folder, 'owner.999999999.1.1.claim'), '');
  await writeFile(join(folder, `owner.${process.pid}.1.1.claim`), '');
  expect(await listClaims(folder, ['owner'])).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test('exclusive work never overlaps, however many ask at once', async () => {
  let inside = 0;
  let insideMax = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    insideMax = Math.max(insideMax, inside);
    await sleep(5);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 12 }, () => withExclusiveClaim(folder, 'lock', 20_000, work)));
  expect(insideMax).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('a wait that takes too long ends with the pid of the holder', async () => {
  await withExclusiveClaim(folder, 'lock', 1_000, async () => {
    const second = withExclusiveClaim(folder, 'lock', 100, () => Promise.resolve());
    await expect(second).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      message: expect.stringContaining(`Process ${process.pid} `),
    });
  });
});
