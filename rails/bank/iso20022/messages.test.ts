import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../platform/paths.ts';
import { initiation } from './initiation.fixture.ts';
import { readInitiation } from './readInitiation.ts';
import { readStatement } from './readStatement.ts';
import { readStatusReport, verdictOf, wordFor } from './readStatusReport.ts';
import { writeInitiation } from './writeInitiation.ts';
import { writeStatement } from './writeStatement.ts';

function fixture(name: string): Uint8Array {
  return readFileSync(join(projectRoot, 'rails/bank/iso20022/fixtures', name));
}

test.each([
  ['pain.001.001.09', 'pain001v09.xml'],
  ['pain.001.001.03', 'pain001v03.xml'],
] as const)('payments are written as %s, letter by letter, and read back', (version, name) => {
  expect(writeInitiation(initiation, { version, characters: 'SEPA' })).toBe(
    Buffer.from(fixture(name)).toString(),
  );
  expect(readInitiation(fixture(name))).toEqual(initiation);
});

test('names and messages are put into the letters that every bank takes; elsewhere they stay', () => {
  const [group] = initiation.groups;
  const [transfer] = group?.transfers ?? [];
  if (group === undefined || transfer === undefined) throw new Error('the fixture has payments');
  const named = {
    ...transfer,
    creditor: { ...transfer.creditor, name: 'Łukasz Weiß & Søn 東' },
    remittance: '“Ça va”—50 €',
  };
  const one = { ...initiation, groups: [{ ...group, transfers: [named] }] };
  const read = (characters: 'SEPA' | 'ANY') => {
    const text = writeInitiation(one, { version: 'pain.001.001.09', characters });
    const paid = readInitiation(new TextEncoder().encode(text)).groups[0]?.transfers[0];
    return [paid?.creditor.name, paid?.remittance];
  };
  expect(read('SEPA')).toEqual(['Lukasz Weiss + Son .', "'Ca va'-50 ."]);
  expect(read('ANY')).toEqual(['Łukasz Weiß & Søn 東', '“Ça va”—50 €']);
});

test('a status report says of every payment what the bank said of it, of its group or of the message', () => {
  const report = readStatusReport(fixture('pain002.xml'));
  expect(report).toMatchObject({
    messageId: 'STS-20260707-0001',
    originalMessageId: 'OMSX-20260707-1',
    originalMessageName: 'pain.001.001.09',
    word: { status: 'PART', verdict: 'PARTIAL' },
  });
  expect(report.transfers).toMatchObject([
    {
      endToEndId: 'E2E-2',
      word: {
        status: 'RJCT',
        verdict: 'REJECTED',
        reasons: [{ code: 'AC04', information: ['ACCOUNT CLOSED', 'SINCE 2024'] }],
      },
    },
    {
      endToEndId: 'E2E-3',
      instructionId: 'I-3',
      uetr: 'eb6305c9-1f7f-49de-aed0-16487c27b42d',
      bankReference: 'BANK-77',
      word: { status: 'ACCC', verdict: 'SETTLED', reasons: [] },
    },
  ]);
  expect(wordFor(report, 'GRP-1', 'E2E-2')?.status).toBe('RJCT');
  expect(wordFor(report, 'GRP-1', 'E2E-1')?.status).toBe('ACSP');
  expect(wordFor(report, 'GRP-2', 'E2E-9')?.status).toBe('PART');
});

test('a word that nobody has heard of settles and rejects nothing', () => {
  expect(['ACSC', 'RJCT', 'CANC', 'PDNG', 'RCVD', 'ZZZZ'].map(verdictOf)).toEqual([
    ...['ACCEPTED', 'REJECTED', 'CANCELED', 'PENDING', 'PENDING', 'PENDING'],
  ]);
});

test('a statement gives each payment of a batch, what the bank kept of it, arrivals, returns and what is pending', () => {
  const { statements, messageId } = readStatement(fixture('camt053.xml'));
  const [statement] = statements;
  expect([messageId, statement?.id, statement?.sequence, statement?.currency]).toEqual([
    'CAMT-1',
    '2026-130',
    130n,
    'EUR',
  ]);
  expect(statement?.balances).toEqual([
    { code: 'PRCD', amountMinor: 1_000_000n, on: '2026-07-06' },
    { code: 'CLBD', amountMinor: 894_840n, on: '2026-07-07' },
  ]);
  expect(statement?.lines).toMatchObject([
    {
      id: 'BATCH-9/1',
      amountMinor: -100_010n,
      ...{ endToEndId: 'E2E-1', groupId: 'GRP-1', valueOn: '2026-07-07', remittance: 'Invoice 1' },
      bankCode: 'PMNT/ICDT/ESCT',
      counterparty: {
        name: 'Zoë M&Sons',
        account: { kind: 'IBAN', iban: 'FR1420041010050500013M02606' },
        agent: { bic: 'PSSTFRPPXXX', clearing: null },
      },
    },
    { id: 'BATCH-9/2', amountMinor: -10_000n, endToEndId: 'E2E-2', counterparty: null },
    { id: 'BATCH-9/charges', amountMinor: -150n, endToEndId: null },
    {
      id: 'IN-4711',
      amountMinor: 5_000n,
      ...{ endToEndId: null, bankCode: '166', remittance: 'RF18539007547034' },
      counterparty: {
        name: 'Ana Peña',
        account: { kind: 'OTHER', id: '032180000118359719', scheme: 'CLABE' },
      },
    },
    {
      id: 'IN-4711~2',
      ...{ endToEndId: 'E2E-0', isReversal: true },
      counterparty: { name: 'Closed GmbH' },
      returnReason: { code: 'AC04', information: ['ACCOUNT CLOSED'] },
    },
    { id: '2026-130#4', amountMinor: 50_000n, status: 'PDNG' },
  ]);
});

test('a notification is a statement without balances', () => {
  const { statements } = readStatement(fixture('camt054.xml'));
  expect(statements).toMatchObject([
    {
      account: { kind: 'OTHER', id: '000123456789', scheme: null },
      ...{ currency: 'USD', balances: [] },
      lines: [
        {
          ...{ id: 'IMAD-1', endToEndId: 'INV-9', amountMinor: 25_000n },
          counterparty: {
            name: 'First Bank',
            agent: { bic: null, clearing: { system: 'USABA', memberId: '021000021' } },
          },
        },
      ],
    },
  ]);
});

test('a statement that was read is exported with the same lines and balances', () => {
  const message = readStatement(fixture('camt053.xml'));
  const again = readStatement(new TextEncoder().encode(writeStatement(message)));
  const amounts = (one: typeof message) =>
    one.statements.map(({ balances, lines }) => [
      balances,
      lines.map(({ amountMinor, endToEndId }) => [amountMinor, endToEndId]),
    ]);
  expect(amounts(again)).toEqual(amounts(message));
});
