import type { Statement, StatementLine } from '../../iso20022/statement.ts';
import { IBAN, isoBank } from '../banks.fixture.ts';
import { wordsOfStatement } from './wordsOfStatement.ts';

const bank = isoBank('/b');

function line(of: Partial<StatementLine> = {}): StatementLine {
  const none = { endToEndId: null, messageId: null, groupId: null, instructionId: null, uetr: null };
  return {
    ...{ id: '1', bankReference: null, amountMinor: 500n, status: 'BOOK', isReversal: false },
    ...{ bookedOn: '2026-07-07', valueOn: null, remittance: 'rent', returnReason: null, bankCode: null },
    ...none,
    counterparty: null,
    ...of,
  };
}

function statement(id: string, lines: readonly StatementLine[]): Statement {
  const account = { kind: 'IBAN' as const, iban: IBAN };
  return { ...{ id, sequence: null, createdAt: null, account, currency: 'EUR', balances: [] }, lines };
}

const wordsOf = (...statements: readonly Statement[]) =>
  wordsOfStatement(bank, { messageId: 'M', createdAt: '', statements }, 'camt.053');
const idsOf = (...statements: readonly Statement[]) => wordsOf(...statements).map(({ id }) => id);

test('a line with a reference of the bank is the same in every statement, one of another amount is not', () => {
  const named = line({ id: 'REF', bankReference: 'REF' });
  const [one, two] = idsOf(
    statement('A', [named]),
    statement('B', [{ ...named, remittance: 'otherwise told' }]),
  );
  expect(one).toBe(two);
  const [other] = wordsOf(statement('B', [{ ...named, amountMinor: 501n }]));
  expect(other?.id).not.toBe(one);
  expect(other).toMatchObject({ receiptId: one?.slice(0, one.lastIndexOf('|')) });
});

test('a line without one is told by its statement, its place and what it says', () => {
  const ids = idsOf(
    statement('A', [line(), line({ id: '2' })]),
    statement('B', [line()]),
    statement('A', [line({ remittance: 'of the second page' })]),
  );
  expect(new Set(ids).size).toBe(4);
  expect(idsOf(statement('A', [line()]))).toEqual(ids.slice(0, 1));
});

test('only what is booked counts, and nothing that is zero', () => {
  const lines = [line({ status: 'PDNG' }), line({ status: 'INFO' }), line({ amountMinor: 0n })];
  expect(wordsOf(statement('A', lines))).toEqual([]);
});

test('credits arrive unless they have a reason, or the bank takes back a booking', () => {
  const back = { returnReason: { code: 'AC03', information: [] }, endToEndId: 'E' };
  const words = wordsOf(
    statement('A', [
      line(),
      line({ id: '2', ...back }),
      line({ id: '3', isReversal: true, endToEndId: 'E' }),
    ]),
    // Whoever was paid by us knows our end-to-end id, and may write it into a payment of their own.
    statement('B', [line({ endToEndId: 'E' })]),
  );
  expect(words.map((word) => (word.type === 'ORDER' ? word.kind : word.type))).toEqual([
    ...['ARRIVAL', 'RETURNED', 'RETURNED', 'ARRIVAL'],
  ]);
});

test('a day of booking ends where the return window begins', () => {
  const [word] = wordsOf(statement('A', [line({ amountMinor: -500n, endToEndId: 'E' })]));
  expect(word).toMatchObject({
    kind: 'SETTLED',
    amountMinor: 500n,
    occurredAt: new Date('2026-07-08T00:00:00Z'),
  });
});
