import fc from 'fast-check';
import { readUuidPage, toConnection } from './connection.ts';
import { comparePositions, formatCursor, parseCursor } from './cursor.ts';
import { formatId, isUuid, newUuid, parseId, prefixOf } from './id.ts';
import { formatAmount, parseAmount } from './money.ts';
import { signViewer, type Viewer, verifyViewer } from './viewer.ts';

const USD = { code: 'USD', scale: 2 };

test('an amount in range survives being printed and read', () => {
  const cases = fc.record({
    amountMinor: fc.bigInt(1n, 10n ** 38n - 1n),
    scale: fc.integer({ min: 0, max: 18 }),
  });
  fc.assert(
    fc.property(cases, ({ amountMinor, scale }) => {
      const asset = { code: 'X', scale };
      expect(parseAmount(formatAmount(amountMinor, asset), asset)).toEqual({ amountMinor });
    }),
  );
});

test.each([
  '',
  ' 1',
  '1 ',
  '+1',
  '-1',
  '1e3',
  '0x10',
  '01',
  '1.',
  '.5',
  '1,000',
  'NaN',
  'Infinity',
  '١٢',
  '1.234',
  '0',
  '0.00',
  `${10n ** 38n}`,
  '9'.repeat(65),
])('%j is not an amount of USD', (text) => {
  expect(parseAmount(text, USD)).toHaveProperty('fault');
});

test('a negative balance prints its sign and all decimals', () => {
  expect(formatAmount(-5n, USD)).toBe('-0.05');
  expect(formatAmount(7n, { code: 'JPY', scale: 0 })).toBe('7');
});

test('ids go round, sort by time, and refuse other prefixes and letters', () => {
  const uuids = Array.from({ length: 100 }, () => newUuid());
  const ids = uuids.map((uuid) => formatId('txn', uuid));
  expect(ids.map((id) => parseId('txn', id))).toEqual(uuids);
  expect([...ids].sort()).toEqual(ids);
  const id = ids[0] as string;
  expect([
    parseId('acc', id),
    parseId('txn', `${id}0`),
    parseId('txn', id.toUpperCase()),
    parseId('txn', `txn_${'z'.repeat(26)}`),
  ]).toEqual([null, null, null, null]);
  expect([prefixOf(id), prefixOf('toString_x'), prefixOf('')]).toEqual(['txn', null, null]);
  expect(isUuid('not')).toBe(false);
});

test('cursors go round and keep the order of (xid, seq)', () => {
  const position = fc.record({ xid: fc.bigInt(0n, 2n ** 63n - 1n), seq: fc.bigInt(0n, 2n ** 63n - 1n) });
  fc.assert(
    fc.property(position, position, (a, b) => {
      expect(parseCursor(formatCursor(a))).toEqual(a);
      expect(Math.sign(comparePositions(a, b))).toBe(
        a.xid < b.xid ? -1 : a.xid > b.xid ? 1 : a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0,
      );
    }),
  );
  expect(
    ['', 'c-', 'c1', 'cw-0', 'c1-1-1', 'cvvvvvvvvvvvvv-1', `c${'1'.repeat(14)}-1`].map(parseCursor),
  ).toEqual(Array(7).fill(null));
});

test('pages say what stands before and after them, in both directions', () => {
  const from = newUuid();
  const forward = readUuidPage({
    first: 2,
    after: toConnection([from], { limit: 1, forward: true, from: null }, String).edges[0]?.cursor,
  });
  expect(forward).toEqual({ limit: 2, forward: true, from });
  expect(toConnection(['c', 'b', 'a'], forward, String)).toMatchObject({
    edges: [{ node: 'c' }, { node: 'b' }],
    pageInfo: { hasNextPage: true, hasPreviousPage: true },
  });
  expect(toConnection(['x', 'y'], { limit: 2, forward: false, from: null }, String)).toMatchObject({
    edges: [{ node: 'y' }, { node: 'x' }],
    pageInfo: { hasNextPage: false, hasPreviousPage: false },
  });
});

test.each([
  {},
  { first: 0 },
  { first: 101 },
  { first: -1 },
  { first: 1, last: 1 },
  { first: 1, before: 'x' },
  { first: 1, after: 'rubbish' },
  { last: 1, after: 'x' },
])('page arguments %j are refused with a sentence', (args) => {
  expect(() => readUuidPage(args)).toThrow(/./);
});

test('a viewer verifies for its own body, secret and time only', () => {
  const viewer: Viewer = { organizationId: newUuid(), kind: 'KEY', subjectId: 'key', scopes: ['*'] };
  const now = new Date();
  const header = signViewer(viewer, 'body', 'secret', now);
  expect(verifyViewer(header, 'body', 'secret', now)).toEqual(viewer);
  const [payload, signature] = header.split('.') as [string, string];
  const forged = Buffer.from(
    JSON.stringify({ ...viewer, organizationId: newUuid(), expiresAt: now.getTime() + 1e6 }),
  ).toString('base64url');
  const attempts = [
    undefined,
    '',
    'x',
    payload,
    `${forged}.${signature}`,
    `${payload}.${signature.slice(1)}`,
    `${header}.x`,
  ];
  expect(attempts.map((attempt) => verifyViewer(attempt, 'body', 'secret', now))).toEqual(
    attempts.map(() => null),
  );
  expect(verifyViewer(header, 'other body', 'secret', now)).toBeNull();
  expect(verifyViewer(header, 'body', 'other secret', now)).toBeNull();
  expect(verifyViewer(header, 'body', 'secret', new Date(now.getTime() + 31_000))).toBeNull();
});
