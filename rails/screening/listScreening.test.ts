import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScreeningListError } from './list/watchedList.ts';
import { createFixedScreening, createListFileScreening } from './listScreening.ts';
import { MATCHES_MAX } from './provider.ts';
import { SANDBOX_ENTRIES } from './sandboxEntries.ts';

const ADDRESS = '0x00000000000000000000000000000000000000AA';
const ENTRY = {
  id: 'e-1',
  list: 'TEST',
  names: ['Zoltan Quillfeather'],
  aliases: ['Золтан Квиллфезер'],
  addresses: [ADDRESS, { address: 'bc1qTest', network: 'BITCOIN' }],
  accounts: ['GB33 BUKB 2020 1555 5555 55', '021000021/4000000001'],
};
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-screening-'));
  path = join(folder, 'list');
  await writeFile(path, `# entries\n\n${JSON.stringify(ENTRY)}\n`);
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  [{ names: ['QUILLFEATHER, Zoltán'] }, 'NAME', 'Zoltan Quillfeather', 100],
  [{ names: ['Zoltan Kvillfezer'] }, 'NAME', 'Золтан Квиллфезер', 100],
  [{ names: ['Somebody Else', 'Soltan Quilfeather'] }, 'NAME', 'Zoltan Quillfeather', 93],
  [
    { addresses: [{ address: ADDRESS.toLowerCase(), network: 'POLYGON' }] },
    'ADDRESS',
    'Zoltan Quillfeather',
    100,
  ],
  [{ addresses: [{ address: 'bc1qTest', network: null }] }, 'ADDRESS', 'Zoltan Quillfeather', 100],
  [{ accounts: ['GB33BUKB20201555555555'] }, 'ACCOUNT', 'Zoltan Quillfeather', 100],
  [{ accounts: ['021000021/4000000001'] }, 'ACCOUNT', 'Zoltan Quillfeather', 100],
] as const)('%j is matched by its %s', async (subject, field, name, scoreMin) => {
  const { outcome, matches, listVersion } = await createListFileScreening(path).screen(subject);
  expect(outcome).toBe('REVIEW');
  expect(listVersion).toMatch(/^[0-9a-f]{16}$/);
  expect(matches).toEqual([{ list: 'TEST', entry: 'e-1', name, scorePercent: expect.any(Number), field }]);
  expect(matches[0]?.scorePercent).toBeGreaterThanOrEqual(scoreMin);
});

test.each([
  {},
  { names: ['Ada Example'] },
  { names: [''] },
  {
    addresses: [
      { address: 'bc1qTest', network: 'LITECOIN' },
      { address: 'bc1qtest', network: 'BITCOIN' },
    ],
  },
  { accounts: ['4000000001', ''] },
  { countries: ['FR'] },
])('%j is clear', async (subject) => {
  expect(await createListFileScreening(path).screen(subject)).toMatchObject({
    outcome: 'CLEAR',
    matches: [],
  });
});

test('the threshold is data', async () => {
  const subject = { names: ['Soltan Quilfeather'] };
  expect(await createListFileScreening(path, 90).screen(subject)).toMatchObject({ outcome: 'REVIEW' });
  expect(await createListFileScreening(path, 99).screen(subject)).toMatchObject({ outcome: 'CLEAR' });
});

test.each([
  '{"id":"x","names":["A B"]',
  '{"id":"x"}',
  '{"names":["A B"]}',
  '{"id":"x","names":[1]}',
  '{"id":"x","names":["  "]}',
  '{"id":"x","names":"A B"}',
  '{"id":"x","names":["A B"],"addresses":[{"network":"LOCAL"}]}',
  '{"id":"x","names":["A B"],"addresses":[{"address":"0x1","network":7}]}',
  `{"id":"x","names":["${'a'.repeat(301)}"]}`,
  'Zoltan Quillfeather',
  '["a"]',
])('a list with the line %s is not believed, and what it says of others neither', async (line) => {
  const screening = createListFileScreening(path);
  await screening.screen({});
  await writeFile(path, `${JSON.stringify(ENTRY)}\n${line}\n`);
  await expect(screening.screen({ names: ['Ada Example'] })).rejects.toThrow(
    'line 2 of the list is no entry',
  );
});

const CSV = `\uFEFF# entries
id,names,list,aliases,accounts,addresses

e-1,Zoltan Quillfeather,TEST,Золтан Квиллфезер; Zoltan Ivanovich Quillfeather,GB33 BUKB 2020 1555 5555 55;021000021/4000000001,${ADDRESS}
# another
e-2,"Umbrafoot, Hildegard ""Hilde""",,,,
e-3,Ignatius Palefellow #2,,,,
`;

test('a list may be CSV, by its name, with several values in a cell', async () => {
  const csv = `${path}.CSV`;
  await writeFile(csv, CSV);
  const screening = createListFileScreening(csv);
  for (const [subject, entry, field, list] of [
    [{ names: ['Zoltan Quillfeather'] }, 'e-1', 'NAME', 'TEST'],
    [{ names: ['Zoltan Kvillfezer'] }, 'e-1', 'NAME', 'TEST'],
    [{ accounts: ['021000021/4000000001'] }, 'e-1', 'ACCOUNT', 'TEST'],
    [{ addresses: [{ address: ADDRESS.toLowerCase(), network: 'POLYGON' }] }, 'e-1', 'ADDRESS', 'TEST'],
    [{ names: ['Hildegard Umbrafoot'] }, 'e-2', 'NAME', 'LIST'],
    [{ names: ['Ignatius Palefellow'] }, 'e-3', 'NAME', 'LIST'],
  ] as const) {
    const { matches } = await screening.screen(subject);
    expect(matches).toMatchObject([{ entry, field, list }]);
  }
  expect(await screening.screen({ names: ['Ada Example'] })).toMatchObject({ outcome: 'CLEAR' });
});

test.each([
  ['a cell too few', 4, 'e-3,Ada Example'],
  ['a cell too many', 4, 'e-3,Ada Example,TEST,a@b,'],
  ['nobody', 4, 'e-3,,TEST,'],
  ['no id', 4, ',Ada Example,TEST,'],
  ['nothing between two values', 4, 'e-3,Ada Example;;Ada,TEST,'],
  ['a name that is too long', 4, `e-3,${'a'.repeat(301)},TEST,`],
  ['a quote that never ends', 4, 'e-3,"Ada Example,TEST,'],
])('a CSV list with %s is not believed, and the line is told', async (_, line, row) => {
  const csv = `${path}.csv`;
  await writeFile(csv, `id,names,list,aliases\ne-1,Zoltan Quillfeather,,\n\n${row}\n`);
  await expect(createListFileScreening(csv).screen({})).rejects.toThrow(
    `line ${line} of the list is no entry`,
  );
});

test.each(['', 'id,name', 'names,list', 'id,names,names', 'e-1,Zoltan Quillfeather'])(
  'a CSV list with the header %s is not believed, whatever it says below',
  async (header) => {
    const csv = `${path}.csv`;
    await writeFile(csv, header === '' ? '' : `${header}\ne-1,Zoltan Quillfeather\n`);
    await expect(createListFileScreening(csv).screen({})).rejects.toThrow('line 1 of the list is no entry');
  },
);

test('a list that is gone is no list, and is read as soon as it is back', async () => {
  const screening = createListFileScreening(path);
  await rename(path, `${path}.away`);
  await expect(screening.screen({})).rejects.toThrow(ScreeningListError);
  await rename(`${path}.away`, path);
  expect(await screening.screen({})).toMatchObject({ outcome: 'CLEAR' });
});

test('whoever asks while a list changes is answered by the one before or the one after, and from then on by that', async () => {
  const screening = createListFileScreening(path);
  const other = { ...ENTRY, names: ['Hildegard Umbrafoot'], aliases: [] };
  const lines = Array.from({ length: 3_000 }, (_, n) =>
    JSON.stringify({ id: `p-${n}`, names: [`Pers${n} On${n}`] }),
  );
  await writeFile(`${path}.new`, [...lines, JSON.stringify(other)].join('\n'));
  const { listVersion: before } = await screening.screen({});
  let isOver = false;
  const asking = Array.from({ length: 4 }, async () => {
    const seen: string[] = [];
    while (!isOver) {
      const { outcome, listVersion } = await screening.screen({ names: ['Hildegard Umbrafoot'] });
      expect(outcome).toBe(listVersion === before ? 'CLEAR' : 'REVIEW');
      seen.push(listVersion);
    }
    return seen;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await rename(`${path}.new`, path);
  expect(await screening.screen({ names: ['Hildegard Umbrafoot'] })).toMatchObject({ outcome: 'REVIEW' });
  isOver = true;
  for (const seen of await Promise.all(asking)) {
    const turned = seen.findIndex((version) => version !== before);
    if (turned >= 0) expect(new Set(seen.slice(turned)).size).toBe(1);
  }
});

test('the same bytes have the same version, others have another', async () => {
  const screening = createListFileScreening(path);
  const { listVersion } = await screening.screen({});
  await utimes(path, 1, 1);
  expect(await screening.screen({})).toMatchObject({ listVersion });
  await writeFile(path, `${JSON.stringify({ ...ENTRY, id: 'e-2' })}\n`);
  expect((await screening.screen({})).listVersion).not.toBe(listVersion);
});

test('an answer names a limited number of matches, the best first', async () => {
  const entries = Array.from({ length: 100 }, (_, n) => ({
    ...{ id: `e-${n}`, list: 'TEST', addresses: [], accounts: [] },
    names: [n % 2 === 0 ? 'Zoltan Quillfeather' : 'Zoltan Quillfeathers'],
  }));
  const { matches } = await createFixedScreening('v', entries).screen({ names: ['Zoltan Quillfeather'] });
  expect(matches).toHaveLength(MATCHES_MAX);
  expect(matches.every(({ scorePercent }) => scorePercent === 100)).toBe(true);
});

test('the list of the sandbox finds its own entries and no ordinary name', async () => {
  const screening = createFixedScreening('sandbox-1', SANDBOX_ENTRIES);
  for (const { names } of SANDBOX_ENTRIES) {
    expect(await screening.screen({ names })).toMatchObject({ outcome: 'REVIEW', listVersion: 'sandbox-1' });
  }
  for (const name of ['Ada Example', 'Ann Other', 'Northgate Shipping Ltd', 'Sandbox Trading Ltd'])
    expect(await screening.screen({ names: [name] })).toMatchObject({ outcome: 'CLEAR' });
});
