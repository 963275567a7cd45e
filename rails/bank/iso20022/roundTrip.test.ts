import fc from 'fast-check';
import { INITIATIONS, type Initiation } from './initiation.ts';
import { MessageError } from './messageError.ts';
import { readInitiation } from './readInitiation.ts';
import { readStatement } from './readStatement.ts';
import type { StatementMessage } from './statement.ts';
import { writeInitiation } from './writeInitiation.ts';
import { writeStatement } from './writeStatement.ts';

const RUNS = 60;
const bytes = (text: string) => new TextEncoder().encode(text);

/** Every letter that XML can carry, those that have to be escaped above all. */
const letter = fc.oneof(
  fc.constantFrom('&', '<', '>', '"', "'", '\n', '\r', '\t', ']', ' ', 'é', '東', '😀'),
  fc.stringMatching(/^[!-~]$/),
);
const text = (max: number) =>
  fc.array(letter, { minLength: 1, maxLength: max }).map((letters) => letters.join(''));
const id = fc.stringMatching(/^[A-Za-z0-9]{1,30}$/);
const date = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((at) => at.toISOString().slice(0, 10));
const time = date.map((day) => `${day}T12:00:00Z`);
const currency = fc.constantFrom('EUR', 'USD', 'JPY', 'MXN');
const amountMinor = fc.bigInt({ min: 1n, max: 10n ** 13n });
const bic = fc.stringMatching(/^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$/);
const account = fc.oneof(
  fc.record({
    kind: fc.constant('IBAN' as const),
    iban: fc.stringMatching(/^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,26}$/),
  }),
  fc.record({
    kind: fc.constant('OTHER' as const),
    id: fc.stringMatching(/^[0-9]{5,30}$/),
    scheme: fc.option(fc.constantFrom('BBAN', 'CLABE', 'UPIC')),
  }),
);
const agent = fc.oneof(
  fc.record({ bic, clearing: fc.constant(null) }),
  fc.record({
    bic: fc.constant(null),
    clearing: fc.record({ system: fc.constantFrom('USABA', 'GBDSC', 'INFSC'), memberId: id }),
  }),
);
const line = fc.array(text(20), { maxLength: 3 });
const address = fc.record({
  country: fc.constantFrom('DE', 'MX'),
  town: fc.option(text(20)),
  postCode: fc.option(id.map((one) => one.slice(0, 10))),
  street: fc.option(text(20)),
  lines: line,
});
const party = fc.record({ name: text(35), address: fc.option(address), organizationId: fc.option(id) });
const code = (...codes: readonly string[]) => fc.option(fc.constantFrom(...codes));

const transfer = fc.record({
  instructionId: fc.option(id),
  endToEndId: id,
  uetr: fc.constant(null),
  amountMinor,
  currency,
  creditor: party,
  creditorAccount: account,
  creditorAgent: fc.option(agent),
  purpose: code('SALA', 'SUPP'),
  remittance: fc.option(text(60)),
});
const group = fc.record({
  id,
  requestedOn: date,
  serviceLevel: code('SEPA', 'URGP'),
  localInstrument: code('INST'),
  categoryPurpose: code('SALA'),
  chargeBearer: fc.option(fc.constantFrom('DEBT' as const, 'SHAR' as const, 'SLEV' as const)),
  debtor: party,
  debtorAccount: account,
  debtorAgent: fc.option(agent),
  transfers: fc.array(transfer, { minLength: 1, maxLength: 4 }),
});
const initiations: fc.Arbitrary<Initiation> = fc
  .record({
    messageId: id,
    createdAt: time,
    initiatingParty: party,
    groups: fc.array(group, { minLength: 1, maxLength: 3 }),
  })
  .map((one) => ({
    ...one,
    // Each id of one payment alone.
    groups: one.groups.map((each, at) => ({
      ...each,
      id: `G${at}`,
      transfers: each.transfers.map((paid, index) => ({
        ...paid,
        endToEndId: `${paid.endToEndId}-${at}-${index}`,
      })),
    })),
  }));

test.each(INITIATIONS.map(({ version }) => version))(
  'payments written as %s are read back as they were',
  (version) => {
    fc.assert(
      fc.property(initiations, (initiation) => {
        const written = writeInitiation(initiation, { version, characters: 'ANY' });
        expect(readInitiation(bytes(written))).toEqual(initiation);
      }),
      { numRuns: RUNS },
    );
  },
);

test('payments in the letters of SEPA are written whatever their names are', () => {
  fc.assert(
    fc.property(initiations, (initiation) => {
      const named = /^[ .]*$/;
      const written = () => writeInitiation(initiation, { version: 'pain.001.001.09', characters: 'SEPA' });
      try {
        const read = readInitiation(bytes(written()));
        const amounts = (one: Initiation) =>
          one.groups.map(({ transfers }) => transfers.map((paid) => paid.amountMinor));
        expect(amounts(read)).toEqual(amounts(initiation));
      } catch (error) {
        // A text of blanks alone has nothing that could be written.
        const faults = error instanceof MessageError ? error.faults : [];
        expect(faults.length).toBeGreaterThan(0);
        for (const { value } of faults) expect(value ?? '').toMatch(named);
      }
    }),
    { numRuns: RUNS },
  );
});

const statementLine = fc.record({
  bankReference: fc.constant(null),
  amountMinor: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).filter((amount) => amount !== 0n),
  status: fc.constantFrom('BOOK', 'PDNG'),
  bookedOn: fc.option(date),
  valueOn: fc.option(date),
  isReversal: fc.boolean(),
  endToEndId: fc.option(id),
  messageId: fc.option(id),
  groupId: fc.option(id),
  instructionId: fc.option(id),
  uetr: fc.constant(null),
  counterparty: fc.option(
    fc.record({ name: text(30), account: fc.option(account), agent: fc.option(agent) }),
  ),
  remittance: fc.option(text(60)),
  returnReason: fc.option(
    fc.record({
      code: fc.constantFrom('AC04', 'MD06', 'own word'),
      information: fc.array(text(30), { maxLength: 2 }),
    }),
  ),
  bankCode: code('PMNT/ICDT/ESCT', '166', 'NTRF+834'),
});
const statements: fc.Arbitrary<StatementMessage> = fc.record({
  messageId: id,
  createdAt: time,
  statements: fc.array(
    fc
      .record({
        id,
        sequence: fc.option(fc.bigInt({ min: 0n, max: 10n ** 6n })),
        createdAt: fc.option(time),
        account,
        currency,
        opening: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        on: date,
        lines: fc.array(statementLine, { maxLength: 5 }),
      })
      .map(({ opening, on, lines, ...statement }) => {
        const booked = lines
          .filter(({ status }) => status === 'BOOK')
          .reduce((sum, one) => sum + one.amountMinor, 0n);
        return {
          ...statement,
          balances: [
            { code: 'OPBD', amountMinor: opening, on },
            { code: 'CLBD', amountMinor: opening + booked, on },
          ],
          lines: lines.map((one, at) => ({ ...one, id: `line-${at}` })),
        };
      }),
    { minLength: 1, maxLength: 2 },
  ),
});

test('statements that we export are read back as they were, balances to the last minor unit', () => {
  fc.assert(
    fc.property(statements, (message) => {
      expect(readStatement(bytes(writeStatement(message)))).toEqual(message);
    }),
    { numRuns: RUNS },
  );
});

test('whatever bytes come, the answer is a message or a typed refusal', () => {
  const base = writeStatement(sample());
  fc.assert(
    fc.property(
      fc.nat(base.length - 1),
      fc.nat(200),
      fc.string({ unit: 'binary', maxLength: 5 }),
      (at, gone, put) => {
        const mutant = base.slice(0, at) + put + base.slice(at + gone);
        try {
          readStatement(bytes(mutant));
        } catch (error) {
          expect(error).toBeInstanceOf(MessageError);
        }
      },
    ),
    { numRuns: RUNS * 5 },
  );
});

function sample(): StatementMessage {
  const [message] = fc.sample(statements, { numRuns: 1, seed: 7 });
  if (message === undefined) throw new Error('a sample');
  return message;
}

test('thousands of payments, each on lines of its own, are written and read; more than twenty thousand are not', () => {
  const [base] = fc.sample(initiations, { numRuns: 1, seed: 7 });
  const [first] = base?.groups ?? [];
  const [paid] = first?.transfers ?? [];
  if (base === undefined || first === undefined || paid === undefined) throw new Error('a sample');
  const transfers = Array.from({ length: 5_000 }, (_, at) => ({ ...paid, endToEndId: `E-${at}` }));
  const large = { ...base, groups: [{ ...first, transfers }] };
  const written = bytes(writeInitiation(large, { version: 'pain.001.001.09', characters: 'ANY' }));
  const read = readInitiation(written).groups[0]?.transfers ?? [];
  expect([read.length, read.at(-1)]).toEqual([5_000, transfers.at(-1)]);
  const many = Array.from({ length: 20_001 }, (_, at) => ({ ...paid, endToEndId: `E-${at}` }));
  const more = { ...large, groups: [{ ...first, transfers: many }] };
  expect(() => writeInitiation(more, { version: 'pain.001.001.09', characters: 'ANY' })).toThrow(
    MessageError,
  );
});
