import type { ScreeningProvider } from './provider.ts';
import { screenOrHold, UNAVAILABLE } from './screenOrHold.ts';

const warned: object[] = [];
const logger = { warn: (fields: object) => void warned.push(fields) };
const hold = { outcome: 'REVIEW', listVersion: UNAVAILABLE, matches: [] };
const ask = (screen: ScreeningProvider['screen']) =>
  screenOrHold({ provider: { screen }, logger }, { names: ['Ada Example'] }, 50);

beforeEach(() => void warned.splice(0));

test('an answer in time is the answer', async () => {
  const clear = { outcome: 'CLEAR', listVersion: 'v', matches: [] } as const;
  expect(await ask(async () => clear)).toEqual(clear);
  expect(warned).toEqual([]);
});

test('whoever throws, says nothing in time or never answers holds, and the log does not say whom', async () => {
  expect(await ask(() => Promise.reject(new Error('down')))).toEqual(hold);
  expect(await ask(() => new Promise(() => undefined))).toEqual(hold);
  expect(
    await ask(() => {
      throw new Error('at once');
    }),
  ).toEqual(hold);
  expect(warned).toHaveLength(3);
  expect(JSON.stringify(warned)).not.toContain('Ada');
});
