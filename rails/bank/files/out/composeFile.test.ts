import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Uuid } from '../../../../platform/id.ts';
import { projectRoot } from '../../../../platform/paths.ts';
import { isoBank, nachaBank } from '../banks.fixture.ts';
import { composeFile, type FilePlace, type OpenOrder } from './composeFile.ts';
import { isDue } from './isDue.ts';

const FIXTURES = join(projectRoot, 'rails/bank/files/fixtures');
const place: FilePlace = {
  ...{ number: 42n, firstSequence: 7n, earlierToday: 1 },
  now: new Date('2026-07-07T14:05:09.123Z'),
  madeOn: '2026-07-07',
};
const idOf = (at: number): Uuid => `01900000-0000-7000-8000-${String(at).padStart(12, '0')}` as Uuid;

function order(at: number, of: Partial<OpenOrder> = {}): OpenOrder {
  return {
    ...{ id: idOf(at), rail: 'SEPA', asset: 'EUR', amountMinor: 1_234n, reference: `invoice ${at}` },
    creditor: { rail: 'SEPA', accountHolderName: 'Zoë Müller', iban: 'FR1420041010050500013M02606' },
    ...of,
  };
}

function ach(at: number, amountMinor = 5_000n): OpenOrder {
  const account = { routingNumber: '021000021', accountNumber: '000123456789' };
  const creditor = { rail: 'ACH', accountHolderName: 'Ana Peña', ...account } as const;
  return order(at, { rail: 'ACH', asset: 'USD', amountMinor, creditor });
}

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

test('a pain.001 is, byte by byte, the one that is kept beside', () => {
  const { file, unfit } = composeFile(isoBank('/b'), [order(1), order(2)], place);
  expect(unfit).toEqual([]);
  expect(file).toMatchObject({
    name: 'TESTBANK-00000042.xml',
    messageId: 'TESTBANK-00000042',
    lastSequence: 6n,
  });
  expect(file?.placed[0]).toEqual({
    ...{ orderId: idOf(1), key: '01900000000070008000000000000001', groupId: 'TESTBANK-00000042-SEPA' },
  });
  expect(textOf(file?.bytes)).toBe(readFileSync(join(FIXTURES, 'order.xml'), 'utf8'));
});

test('a NACHA file is, byte by byte, the one that is kept beside', () => {
  const { file } = composeFile(nachaBank('/b'), [ach(1), ach(2, 1n)], place);
  expect(file).toMatchObject({ name: 'FEDBANK-00000042.ach', lastSequence: 8n });
  expect(file?.placed.map(({ key }) => key)).toEqual(['000000000000007', '000000000000008']);
  expect(textOf(file?.bytes)).toBe(readFileSync(join(FIXTURES, 'order.ach'), 'utf8'));
});

test('the same orders in the same place are the same bytes', () => {
  const [one, two] = [1, 2].map(() => composeFile(isoBank('/b'), [order(1), order(2)], place).file);
  expect(one?.digest).toBe(two?.digest);
});

test('an order that cannot be written is named, and the others go out', () => {
  const { file, unfit } = composeFile(nachaBank('/b'), [ach(1), ach(2, 10_000_000_000n), ach(3)], place);
  expect(unfit).toEqual([idOf(2)]);
  expect(file?.placed.map(({ orderId }) => orderId)).toEqual([idOf(1), idOf(3)]);
});

test('what is too much for one file is left for the next, from the end', () => {
  const long = Array.from({ length: 4_000 }, (_, at) => order(at));
  const { file, unfit } = composeFile(isoBank('/b'), long, place);
  expect(unfit).toEqual([]);
  expect(file?.placed).toHaveLength(2_000);
  expect(file?.placed[0]?.orderId).toBe(idOf(0));
});

test('trace numbers begin anew where they end, and never within a file; ids go on', () => {
  const end = { ...place, firstSequence: 9_999_999n };
  const { file } = composeFile(nachaBank('/b'), [ach(1), ach(2)], end);
  expect(file?.placed.map(({ key }) => key)).toEqual(['000000010000000', '000000010000001']);
  expect(textOf(file?.bytes)).toContain('091000010000001');
});

describe('a file is made', () => {
  const at = (time: string) => new Date(`2026-07-07T${time}Z`);
  const bank = isoBank('/b', { gathering: { ordersMax: 3, waitSeconds: 3_600, beforeCutOffSeconds: 600 } });

  test.each([
    ['not for nothing', 0, null, '12:00:00', false],
    ['when it is full', 3, '12:00:00', '12:00:00', true],
    ['not before its time', 2, '06:00:00', '06:59:59', false],
    ['when the oldest has waited long enough', 2, '06:00:00', '07:00:00', true],
  ] as const)('%s', (_, count, oldest, now, expected) => {
    const oldestAt = oldest === null ? null : at(oldest);
    expect(isDue(bank, { count, oldestAt, now: at(now) })).toBe(expected);
  });

  test('before a cut-off, for what was there in time; later orders wait for the next', () => {
    const wire = { ...bank, rails: ['WIRE' as const], gathering: { ...bank.gathering, waitSeconds: 86_400 } };
    // Wires are taken until 18:45 in New York, which is 22:45 here.
    expect(isDue(wire, { count: 1, oldestAt: at('20:00:00'), now: at('22:34:59') })).toBe(false);
    expect(isDue(wire, { count: 1, oldestAt: at('20:00:00'), now: at('22:35:00') })).toBe(true);
    expect(isDue(wire, { count: 1, oldestAt: at('22:35:00'), now: at('22:44:00') })).toBe(false);
  });
});
