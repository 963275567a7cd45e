import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScreeningListError } from '../../screening/list/watchedList.ts';
import { createListFileScreening } from './listFile.ts';

const LISTED = '0x00000000000000000000000000000000000000aa';
const OTHER = '0x00000000000000000000000000000000000000bb';
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-screening-'));
  path = join(folder, 'list');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test.each([LISTED, LISTED.toUpperCase().replace('0X', '0x'), `"${LISTED}"`, `{"address":"${LISTED}"}`])(
  'a line %s lists its address, on every network',
  async (line) => {
    await writeFile(path, `# a comment\n\n  ${line}\r\n`);
    const screening = createListFileScreening(path);
    expect(await screening.screen(LISTED, 'POLYGON')).toMatchObject({ outcome: 'REFUSED' });
    expect(await screening.screen('0x00000000000000000000000000000000000000AA', 'LOCAL')).toMatchObject({
      outcome: 'REFUSED',
    });
    expect(await screening.screen(OTHER, 'POLYGON')).toMatchObject({ outcome: 'CLEAR' });
  },
);

test('an entry with names refuses its addresses', async () => {
  const entry = {
    id: 'x',
    names: ['Zoltan Quillfeather'],
    addresses: [LISTED, { address: OTHER, network: 'LOCAL' }],
  };
  await writeFile(path, JSON.stringify(entry));
  const screening = createListFileScreening(path);
  expect(await screening.screen(LISTED, 'POLYGON')).toMatchObject({ outcome: 'REFUSED' });
  expect(await screening.screen(OTHER, 'LOCAL')).toMatchObject({ outcome: 'REFUSED' });
  expect(await screening.screen(OTHER, 'POLYGON')).toMatchObject({ outcome: 'CLEAR' });
});

test('a line may be for one network', async () => {
  await writeFile(path, `{"address":"${LISTED}","network":"POLYGON"}`);
  const screening = createListFileScreening(path);
  expect(await screening.screen(LISTED, 'POLYGON')).toMatchObject({ outcome: 'REFUSED' });
  expect(await screening.screen(LISTED, 'LOCAL')).toMatchObject({ outcome: 'CLEAR' });
});

test('a list that changes is read again, under another version', async () => {
  await writeFile(path, `${LISTED}\n`);
  const screening = createListFileScreening(path);
  const before = await screening.screen(OTHER, 'LOCAL');
  expect(before).toEqual({ outcome: 'CLEAR', list: expect.stringMatching(/^[0-9a-f]{16}$/) });
  await writeFile(path, `${OTHER}\n`);
  await utimes(path, 1, 1);
  const after = await screening.screen(OTHER, 'LOCAL');
  expect(after.outcome).toBe('REFUSED');
  expect(after.list).not.toBe(before.list);
});

test('who cannot read the list, or not a line of it, says nothing', async () => {
  const screening = createListFileScreening(path);
  await expect(screening.screen(OTHER, 'LOCAL')).rejects.toThrow(ScreeningListError);
  for (const line of [
    '0x12',
    'nonsense',
    '{"address":',
    '{"name":"x"}',
    `{"address":"${OTHER}","network":1}`,
  ]) {
    await writeFile(path, `${LISTED}\n${line}\n`);
    await expect(screening.screen(OTHER, 'LOCAL')).rejects.toThrow('line 2 of the list is no entry');
  }
  await writeFile(path, LISTED);
  expect(await screening.screen(OTHER, 'LOCAL')).toMatchObject({ outcome: 'CLEAR' });
});
