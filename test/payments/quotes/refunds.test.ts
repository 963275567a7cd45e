import fc from 'fast-check';
import { formatAmount } from '../../../platform/money.ts';
import { type Answer, acc, type Fixture, keyOf, mutate, openFixture, succeed } from '../fixture.ts';
import { expectSound, mutateQuote, quoted } from './fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());
afterEach(() => expectSound(fixture.url));

const USD = { code: 'USD', scale: 2 };

/** A payer with dollars and a payee, a partner who takes a fee, and the Transaction of an accepted Quote between them. */
async function trade(amount: string, destinationAsset = 'EUR', more: object = {}) {
  const organizationId = await fixture.addOrganization();
  const viewer = keyOf(organizationId);
  const payer = await fixture.openAccount(organizationId, { amountMinor: 10_000_00n });
  const payee = await fixture.openAccount(organizationId, { asset: destinationAsset });
  const partner = await fixture.openAccount(organizationId);
  const quote = await quoted(fixture.payments, viewer, {
    ...{ sourceId: acc(payer), destinationId: acc(payee), amount, fixedSide: 'SOURCE', sourceAsset: 'USD' },
    ...{ destinationAsset, developerFees: [{ recipientId: acc(partner), percent: '1' }], ...more },
  });
  const original = await mutateQuote(fixture.payments, viewer, 'acceptQuote', { quoteId: quote.id });
  const posted = async () => {
    const rows = await fixture.rows<{ posted: string }>(
      `select (credits_posted - debits_posted)::text as posted from unnest($1::uuid[]) with ordinality as asked(id, number)
         join ledger.account using (id) order by number`,
      [[payer, payee, partner]],
    );
    return rows.map((row) => row.posted);
  };
  return { viewer, original, quote, posted };
}

test('what was converted goes back at the rate that it came by; fees stay', async () => {
  const { viewer, original, quote, posted } = await trade('100');
  const [, received] = await posted();
  expect(quote.source.net.amount).toBe('99.00');
  const half = await succeed(fixture.payments, viewer, 'refundTransaction', {
    id: original.id,
    amount: '49.50',
  });
  expect(half).toMatchObject({
    type: 'REFUND',
    status: 'COMPLETED',
    source: { amount: { amount: formatAmount((BigInt(received ?? '') + 1n) / 2n, USD) } },
    destination: { amount: { amount: '49.50' } },
  });
  await succeed(fixture.payments, viewer, 'refundTransaction', { id: original.id });
  expect(await posted()).toEqual(['999900', '0', '100']);
  const { result } = await mutate(fixture.payments, viewer, 'refundTransaction', {
    id: original.id,
    amount: '0.01',
  });
  expect(result).toMatchObject({ __typename: 'RefundExceedsCaptured', refundable: { amount: '0.00' } });
});

test('without conversion what the recipient got goes back', async () => {
  const { viewer, original, posted } = await trade('100', 'USD');
  await succeed(fixture.payments, viewer, 'refundTransaction', { id: original.id, amount: '40' });
  await succeed(fixture.payments, viewer, 'refundTransaction', { id: original.id });
  expect(await posted()).toEqual(['999900', '0', '100']);
});

test('a fee is never refunded, however much is asked for', async () => {
  const { viewer, original } = await trade('100');
  const { result } = await mutate(fixture.payments, viewer, 'refundTransaction', {
    id: original.id,
    amount: '99.01',
  });
  expect(result).toMatchObject({ __typename: 'RefundExceedsCaptured', refundable: { amount: '99.00' } });
});

test('in however many parts it goes back, payer and payee end where one refund would have left them', async () => {
  const part = fc.bigInt({ min: 1n, max: 2_500n });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 8 }), async (parts) => {
      const { viewer, original, posted } = await trade('77.77');
      await Promise.all(
        parts.map((minor) =>
          mutate(fixture.payments, viewer, 'refundTransaction', {
            id: original.id,
            amount: formatAmount(minor, USD),
          }),
        ),
      );
      const { result }: { result: Answer } = await mutate(fixture.payments, viewer, 'refundTransaction', {
        id: original.id,
      });
      expect(['Transaction', 'InvalidState']).toContain(result.__typename);
      expect(await posted()).toEqual(['999923', '0', '77']);
    }),
    { numRuns: 6 },
  );
});
