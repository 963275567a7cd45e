import fc from 'fast-check';
import type { Uuid } from '../../../platform/id.ts';
import { type Answer, acc, type Fixture, keyOf, openFixture } from '../fixture.ts';
import { expectSound, mutateQuote } from './fixture.ts';

/**
 * Goal: whatever is quoted and accepted, in whatever order and at whatever time, no Asset gains or loses a minor unit,
 * and every account holds what the quotes said. Method: random quotes among accounts of four Assets of different scales,
 * accepted all at once, against a model that only adds up what the quotes told.
 */
const ASSETS = ['USD', 'JPY', 'USDC', 'ETH'] as const;
const RUNS = 6;
const QUOTES_MAX = 12;
const FUNDS: Readonly<Record<(typeof ASSETS)[number], bigint>> = {
  USD: 10_000_00n,
  JPY: 1_000_000n,
  USDC: 10_000_000_000n,
  ETH: 5_000_000_000_000_000_000n,
};

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const quote = fc.record({
  from: fc.nat({ max: ASSETS.length - 1 }),
  to: fc.nat({ max: ASSETS.length - 1 }),
  fixedSide: fc.constantFrom('SOURCE', 'DESTINATION'),
  units: fc.integer({ min: 1, max: 3_000 }),
  percent: fc.option(fc.constantFrom('0.0001', '1', '2.9', '17.3333')),
  feeTo: fc.nat({ max: 1 }),
});

async function balances(organizationId: Uuid): Promise<ReadonlyMap<Uuid, bigint>> {
  const rows = await fixture.rows<{ id: Uuid; posted: string }>(
    `select id, (credits_posted - debits_posted)::text as posted from ledger.account
      where organization_id = $1 and kind = 'TREASURY'`,
    [organizationId],
  );
  return new Map(rows.map(({ id, posted }) => [id, BigInt(posted)]));
}

const minor = ({ amount, asset }: Answer): bigint => {
  const [whole, fraction = ''] = String(amount).split('.');
  return BigInt(`${whole}${fraction.padEnd(SCALES[asset.code] ?? 0, '0')}`);
};
const SCALES: Readonly<Record<string, number>> = { USD: 2, JPY: 0, USDC: 6, ETH: 18 };

test('accounts hold what quotes said, and each Asset adds up to what there was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(quote, { minLength: 1, maxLength: QUOTES_MAX }), async (wanted) => {
      const organizationId = await fixture.addOrganization();
      const viewer = keyOf(organizationId);
      const sides: Uuid[] = [];
      const partners: Uuid[] = [];
      for (const asset of ASSETS) {
        sides.push(await fixture.openAccount(organizationId, { asset, amountMinor: FUNDS[asset] }));
        partners.push(await fixture.openAccount(organizationId, { asset }));
      }
      const other = await fixture.openAccount(organizationId, { asset: 'USD' });
      const expected = new Map(await balances(organizationId));
      const move = (id: Uuid, by: bigint) => expected.set(id, (expected.get(id) ?? 0n) + by);

      const quotes = await Promise.all(
        wanted.map(async ({ from, to, fixedSide, units, percent, feeTo }) => {
          const [source, destination] = [sides[from] as Uuid, from === to ? other : (sides[to] as Uuid)];
          const destinationAsset = from === to ? 'USD' : ASSETS[to];
          const recipient = partners[feeTo === 0 ? from : to] as Uuid;
          const made = await mutateQuote(fixture.payments, viewer, 'createQuote', {
            sourceId: acc(source),
            destinationId: acc(destination),
            amount: String(units),
            fixedSide,
            sourceAsset: ASSETS[from],
            destinationAsset,
            developerFees: percent === null ? [] : [{ recipientId: acc(recipient), percent }],
          });
          return { made, source, destination, recipient };
        }),
      );
      const asked = quotes.filter(({ made }) => made.__typename === 'Quote');
      const answers = await Promise.all(
        asked.map(({ made }) => mutateQuote(fixture.payments, viewer, 'acceptQuote', { quoteId: made.id })),
      );
      for (const [index, { made, source, destination, recipient }] of asked.entries()) {
        const { __typename } = answers[index];
        expect(['Transaction', 'InsufficientFunds']).toContain(__typename);
        if (__typename !== 'Transaction') continue;
        move(source, -minor(made.source.gross));
        move(destination, minor({ ...made.destination.net, asset: made.destination.gross.asset }));
        for (const side of [made.source, made.destination]) {
          for (const { amount } of side.fees.items) {
            move(recipient, minor({ ...amount, asset: side.gross.asset }));
          }
        }
      }
      expect(await balances(organizationId)).toEqual(expected);
      await expectSound(fixture.url);
    }),
    { numRuns: RUNS },
  );
}, 120_000);
