import { newUuid } from '../../../platform/id.ts';
import { idAfter } from './timeOfId.ts';

const HOUR_MS = 3_600_000;

test('ids made until an hour after an instant are on the inner side of its bound', () => {
  const id = newUuid();
  const now = Date.now();
  expect(id < (idAfter(new Date(now - HOUR_MS + 5_000)) ?? '')).toBe(true);
  expect(id < (idAfter(new Date(now - HOUR_MS - 5_000)) ?? '')).toBe(false);
});

test('an instant after all ids is a bound as well, and no instant is none', () => {
  expect(idAfter(new Date('9999-01-01T00:00:00Z'))).toMatch(/^e/);
  expect(idAfter(new Date('0001-01-01T00:00:00Z'))).toBe('00000000-0000-0000-0000-000000000000');
  expect(idAfter(undefined)).toBeUndefined();
});
