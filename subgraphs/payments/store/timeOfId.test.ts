import { newUuid } from '../../../platform/id.ts';
import { firstIdAt } from './timeOfId.ts';

const DAY_MS = 86_400_000;

test('ids made within a day of an instant are on the inner side of both bounds', () => {
  const id = newUuid();
  const now = Date.now();
  expect(id > (firstIdAt(new Date(now + DAY_MS - 5_000), 'EARLY') ?? '')).toBe(true);
  expect(id < (firstIdAt(new Date(now - DAY_MS + 5_000), 'LATE') ?? '')).toBe(true);
  expect(id < (firstIdAt(new Date(now + DAY_MS + 5_000), 'EARLY') ?? '')).toBe(true);
});

test('instants before and after all ids are bounds as well, and no instant is none', () => {
  expect(firstIdAt(new Date('0001-01-01T00:00:00Z'), 'EARLY')).toBe('00000000-0000-0000-0000-000000000000');
  expect(firstIdAt(new Date('9999-01-01T00:00:00Z'), 'LATE')).toMatch(/^e/);
  expect(firstIdAt(undefined, 'EARLY')).toBeUndefined();
});
