import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { projectRoot } from '../../../platform/paths.ts';
import { type AchFault, type AchFile, AchFileError, type Addenda } from './achFile.ts';
import { composeCredits } from './composeCredits.ts';
import { readAchFile } from './readAchFile.ts';
import {
  BATCH_CONTROL,
  BATCH_HEADER,
  CHANGE_ADDENDA,
  ENTRY,
  FILE_CONTROL,
  FILE_HEADER,
  PAYMENT_ADDENDA,
  RETURN_ADDENDA,
} from './records.ts';
import { changesOf, returnsOf } from './returns.ts';
import { checkDigitOf } from './totals.ts';
import { writeAchFile } from './writeAchFile.ts';

const fixtures = join(projectRoot, 'rails/bank/nacha/fixtures');
const RUNS = Number(process.env.FUZZ_RUNS ?? 60);

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function faultsOf(text: string | Uint8Array): readonly AchFault[] {
  try {
    readAchFile(typeof text === 'string' ? bytes(text) : text);
    return [];
  } catch (error) {
    if (!(error instanceof AchFileError)) throw error;
    return error.faults;
  }
}

const originator = {
  destinationRouting: '091000019',
  destinationName: 'Example Bank',
  immediateOrigin: '1234567890',
  originName: 'Open Money Ltd',
  odfi: '09100001',
  companyName: 'Open Money Ltd',
  companyId: '1234567890',
};
const day = {
  entryClass: 'PPD' as const,
  entryDescription: 'PAYROLL',
  descriptiveDate: 'JUL 07',
  effectiveDate: '2026-07-08',
  createdOn: '2026-07-07',
  createdAt: '1405',
  fileIdModifier: 'A',
  firstSequence: 41,
};
const credits = [
  credit('po-1', '021000021', 'DE-0012345', 'Zoë Müller', 125_000n, 'July, base pay'),
  credit('po-2', '011401533', '98765432109876543', 'Ana Peña', 9_999_999_999n, null),
  { ...credit('po-3', '091000019', '1', 'Acme & Sons', 0n, null), isSavings: true },
];

function credit(
  id: string,
  routingNumber: string,
  accountNumber: string,
  holderName: string,
  amountMinor: bigint,
  information: string | null,
) {
  return { id, routingNumber, accountNumber, isSavings: false, amountMinor, holderName, information };
}

test('every layout is 94 characters wide', () => {
  const layouts = [
    ...[FILE_HEADER, BATCH_HEADER, ENTRY, PAYMENT_ADDENDA, RETURN_ADDENDA, CHANGE_ADDENDA],
    ...[BATCH_CONTROL, FILE_CONTROL],
  ];
  const widths = layouts.map((layout) => layout.reduce((sum, { length }) => sum + length, 0));
  expect(widths).toEqual(layouts.map(() => 94));
});

test('a file of credits is, character by character, the one that we wrote by hand', () => {
  const written = writeAchFile(composeCredits(originator, { ...day, credits }));
  expect(written).toBe(readFileSync(join(fixtures, 'credits.ach'), 'latin1'));
  expect(readAchFile(bytes(written)).batches[0]?.entries.map(({ traceNumber }) => traceNumber)).toEqual([
    ...['091000010000041', '091000010000042', '091000010000043'],
  ]);
});

test('CTX says how many addenda follow, and cuts what is said into eighties', () => {
  const information = 'RMR*IV*1001**1250.00\\'.repeat(9);
  const file = composeCredits(originator, {
    ...day,
    entryClass: 'CTX',
    credits: [credit('po-9', '021000021', '77', 'Wholesale Company of Ohio', 5n, information)],
  });
  const entry = readAchFile(bytes(writeAchFile(file))).batches[0]?.entries[0];
  expect(entry?.individualName).toBe('0003Wholesale Compan');
  const texts =
    entry?.addenda.map((addenda) => (addenda.kind === 'PAYMENT' ? addenda.information : '')) ?? [];
  expect(texts.join('')).toBe(information);
});

test('the hash of many banks is its last ten digits', () => {
  const first8 = '99999999';
  const many = Array.from({ length: 101 }, (_, at) =>
    credit(`po-${at}`, `${first8}${checkDigitOf(first8)}`, '1', 'A', 1n, null),
  );
  const written = writeAchFile(composeCredits(originator, { ...day, credits: many }));
  // 101 times 99,999,999 is 10,099,999,899.
  const controls = written.split('\n').filter((record) => /^(8|9000)/.test(record));
  expect(
    controls.map((record) => (record.startsWith('8') ? record.slice(10, 20) : record.slice(21, 31))),
  ).toEqual([...['0099999899', '0099999899']]);
  expect(readAchFile(bytes(written)).batches[0]?.entries).toHaveLength(101);
  const half = composeCredits(originator, { ...day, credits: many.slice(0, 51) });
  const twice = writeAchFile({ ...half, batches: [...half.batches, ...half.batches] });
  expect(/^9000002.{14}(.{10})/m.exec(twice)?.[1]).toBe('0199999898');
});

test('every payment that cannot be written is named', () => {
  const wrong = [
    credit('', '021000022', 'no spaces', ' ', -1n, null),
    credit('x'.repeat(16), '02100002', '', 'A', 10_000_000_000n, 'y'.repeat(81)),
  ];
  const compose = () => composeCredits({ ...originator, odfi: '1' }, { ...day, credits: wrong });
  expect(compose).toThrow(AchFileError);
  try {
    compose();
  } catch (error) {
    const faults = error instanceof AchFileError ? error.faults : [];
    expect(faults.map(({ line, field }) => `${line} ${field}`)).toEqual([
      ...['0 odfi', '1 id', '1 routingNumber', '1 accountNumber', '1 amountMinor', '1 holderName'],
      ...['2 id', '2 routingNumber', '2 accountNumber', '2 amountMinor', '2 information'],
    ]);
    expect(String(error)).not.toContain('no spaces');
  }
});

test('returns and notifications of change of a bank are read', () => {
  const file = readAchFile(readFileSync(join(fixtures, 'returns.ach')));
  expect(returnsOf(file)).toEqual([
    {
      originalTrace: '091000010000041',
      id: 'po-1',
      amountMinor: 125_000n,
      traceNumber: '021000020000001',
      code: 'R03',
      dateOfDeath: null,
      information: '',
    },
    {
      originalTrace: '091000010000042',
      id: 'po-2',
      amountMinor: 5_000n,
      traceNumber: '021000020000002',
      code: 'R15',
      dateOfDeath: '2026-06-30',
      information: 'ESTATE NOTIFIED',
    },
  ]);
  expect(changesOf(file)).toEqual([
    {
      originalTrace: '091000010000043',
      id: 'po-3',
      amountMinor: 0n,
      traceNumber: '021000020000003',
      code: 'C01',
      correctedData: '123456789',
    },
  ]);
});

test('lines may end with CRLF, or not at all', () => {
  const text = readFileSync(join(fixtures, 'returns.ach'), 'latin1');
  const file = readAchFile(bytes(text));
  expect(readAchFile(bytes(text.replaceAll('\n', '\r\n')))).toEqual(file);
  expect(readAchFile(bytes(text.replaceAll('\n', '')))).toEqual(file);
});

const original = writeAchFile(composeCredits(originator, { ...day, credits }));

/** Puts `value` over the characters of a line, both counted from 1 as the rules do. */
function altered(line: number, from: number, value: string): string {
  const lines = original.split('\n');
  const before = lines[line - 1] ?? '';
  lines[line - 1] = before.slice(0, from - 1) + value + before.slice(from - 1 + value.length);
  return lines.join('\n');
}

test.each([
  ['an amount that is not the total', altered(3, 30, '0000125001'), ['creditMinor', 'creditMinor']],
  ['another bank', altered(3, 4, '01140153'), ['checkDigit', 'entryHash', 'entryHash']],
  ['a check digit that is wrong', altered(3, 12, '2'), ['checkDigit']],
  ['a count that is wrong', altered(7, 5, '000009'), ['entryCount']],
  ['a hash that is wrong', altered(7, 11, '0000000001'), ['entryHash']],
  ['a total of the file that is wrong', altered(8, 44, '000000000001'), ['creditMinor']],
  ['a block count that is wrong', altered(8, 8, '000009'), ['blockCount']],
  [
    'a debit among credits',
    altered(3, 2, '27'),
    ['debitMinor', 'creditMinor', 'serviceClass', 'debitMinor', 'creditMinor'],
  ],
  ['another company at the end', altered(7, 45, '9999999999'), ['companyId']],
  ['a letter in an amount', altered(3, 30, '00001250O0'), ['amountMinor', 'creditMinor', 'creditMinor']],
  ['an addenda that nobody announced', altered(3, 79, '0'), ['addendaIndicator']],
  ['an addenda of another entry', altered(4, 88, '0000042'), ['entrySequence']],
  ['a trace number that goes back', altered(5, 80, '091000010000001'), ['traceNumber']],
  ['a day that does not exist', altered(1, 24, '260231'), ['creationDate']],
  ['an unknown addenda', altered(4, 2, '10'), ['addendaType', 'entryCount', 'entryCount']],
  ['a line that is too short', original.replace('PPD', 'PD'), ['record']],
  ['a file that ends early', original.split('\n').slice(0, 5).join('\n'), ['recordType', 'recordType']],
  ['no padding', original.split('\n').slice(0, 8).join('\n'), ['records']],
  ['a record after the end', altered(9, 1, '6'), ['record']],
  ['an umlaut', original.replace('Open', 'Öpen'), ['file']],
  ['nothing', '', ['recordType']],
  ['XML', '<?xml version="1.0"?>'.padEnd(94), ['recordType']],
])('%s is refused, and nothing of the file is taken', (_, text, fields) => {
  expect(faultsOf(text).map(({ field }) => field)).toEqual(fields);
});

test('a file that is too large, and one with more faults than anyone reads, end early', () => {
  expect(faultsOf(new Uint8Array(20 * 1024 * 1024 + 1).fill(0x39))).toHaveLength(1);
  expect(faultsOf(`${'1\n'.repeat(5_000)}`)).toHaveLength(100);
});

const word = (length: number) => fc.stringMatching(new RegExp(`^[!-~]([ -~]{0,${length - 2}}[!-~])?$`));
const number = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
const date = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((at) => at.toISOString().slice(0, 10));
const origin = { originalTrace: number(15), originalRdfi: number(8) };
const answers: fc.Arbitrary<Addenda> = fc.oneof(
  fc.record({
    kind: fc.constant('RETURN' as const),
    code: fc.stringMatching(/^R[0-9]{2}$/),
    ...origin,
    dateOfDeath: fc.option(date),
    information: word(44),
  }),
  fc.record({
    kind: fc.constant('CHANGE' as const),
    code: fc.stringMatching(/^C[0-9]{2}$/),
    ...origin,
    correctedData: word(29),
  }),
);
const addenda = fc.oneof(
  answers.map((one) => [one]),
  fc.array(fc.record({ kind: fc.constant('PAYMENT' as const), information: word(80) }), { maxLength: 3 }),
);
const entries = fc
  .array(
    fc
      .record({
        transactionCode: fc.constantFrom('21', '22', '27', '31', '32', '37'),
        routingNumber: number(8).map((first8) => `${first8}${checkDigitOf(first8)}`),
        accountNumber: word(17),
        amountMinor: fc.bigInt({ min: 0n, max: 9_999_999_999n }),
        individualId: word(15),
        individualName: word(22),
        discretionaryData: word(2),
        addenda,
      })
      .map((entry) =>
        entry.addenda.some(({ kind }) => kind === 'CHANGE') ? { ...entry, amountMinor: 0n } : entry,
      ),
    { minLength: 1, maxLength: 6 },
  )
  .map((list) => list.map((entry, at) => ({ ...entry, traceNumber: `0910000100000${at + 10}` })));
const files: fc.Arbitrary<AchFile> = fc.record({
  immediateDestination: word(10),
  immediateOrigin: word(10),
  creationDate: date,
  creationTime: number(4),
  fileIdModifier: fc.stringMatching(/^[A-Z0-9]$/),
  destinationName: word(23),
  originName: word(23),
  referenceCode: word(8),
  batches: fc.array(
    fc.record({
      serviceClass: fc.constant('200'),
      companyName: word(16),
      discretionaryData: word(20),
      companyId: word(10),
      entryClass: fc.constantFrom('PPD', 'CCD', 'CTX', 'COR'),
      entryDescription: word(10),
      descriptiveDate: word(6),
      effectiveDate: date,
      settlementDay: number(3),
      originatorStatus: fc.constantFrom('0', '1', '2'),
      odfi: number(8),
      batchNumber: fc.integer({ min: 0, max: 9_999_999 }),
      entries,
    }),
    { maxLength: 3 },
  ),
});

test('what is written is read back as it was', () => {
  fc.assert(
    fc.property(files, (file) => {
      expect(readAchFile(bytes(writeAchFile(file)))).toEqual(file);
    }),
    { numRuns: RUNS },
  );
});

test('a digit that changes under way is never taken for another amount', () => {
  fc.assert(
    fc.property(files, fc.nat(), fc.nat(), (file, place, digit) => {
      const text = writeAchFile(file);
      const at = place % text.length;
      const changed = text.slice(0, at) + String(digit % 10) + text.slice(at + 1);
      const sumOf = (one: AchFile) =>
        one.batches.flatMap((batch) => batch.entries.map((entry) => entry.amountMinor));
      if (faultsOf(changed).length === 0) expect(sumOf(readAchFile(bytes(changed)))).toEqual(sumOf(file));
    }),
    { numRuns: RUNS },
  );
});
