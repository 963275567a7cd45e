import { formatId, parseId, type Uuid } from '../../platform/id.ts';
import { addPlace } from '../bank/places.ts';
import { acc } from '../payments/fixture.ts';
import { handIn, payAll } from '../payments/payoutsWorld.ts';
import { mutateQuote, quoted } from '../payments/quotes/fixture.ts';
import { placeOf } from './bankSteps.ts';
import { suspect } from './look.ts';
import { availableIn, begin, decimal, type Run, type Side, type Step } from './run.ts';
import { APPROVED_FROM_MINOR } from './sides.ts';

const CLABE = { type: 'CLABE', accountNumber: '032180000118359719', bankCode: null } as const;

/** Dollars and pesos have two decimals. */
const minorOf = ({ amount }: { amount: string }): bigint => BigInt(amount.replace('.', ''));

interface Accepted {
  readonly id: string;
  readonly net: bigint;
  readonly gross: bigint;
  readonly arrives: bigint;
}

/** Dollars that go out as pesos, or as dollars, by a quote to an external account; a customer earns on each side. */
async function acceptOne(run: Run, side: Side, minor: bigint, isConverted: boolean): Promise<Accepted> {
  const { fixture, keyFile } = run.world;
  const { organizationId, viewer, purses } = side;
  const customerId = await fixture.addCustomer(organizationId);
  const earns = async (asset: string) =>
    acc(await fixture.openAccount(organizationId, { customerId, asset }));
  const ground = { fixture, settings: { databaseUrl: fixture.url, keyFile } };
  const priced = await quoted(fixture.payments, viewer, {
    sourceId: acc(purses.USD),
    destinationExternalAccountId: await addPlace(ground, side, isConverted ? CLABE : {}),
    ...(isConverted ? {} : { rail: 'ACH' }),
    ...{ amount: decimal(minor), fixedSide: 'SOURCE', sourceAsset: 'USD' },
    destinationAsset: isConverted ? 'MXN' : 'USD',
    developerFees: [
      { recipientId: await earns('USD'), percent: '3.3' },
      ...(isConverted ? [{ recipientId: await earns('MXN'), percent: '7.7' }] : []),
    ],
  });
  const { id } = await mutateQuote(fixture.payments, viewer, 'acceptQuote', { quoteId: priced.id });
  const { source, destination } = priced;
  const [net, gross, arrives] = [source.net, destination.gross, destination.net].map(minorOf) as [
    bigint,
    bigint,
    bigint,
  ];
  return { id, net, gross, arrives };
}

export const payQuoted = (minor: bigint, isConverted: boolean): Step => ({
  name: `quote ${minor}${isConverted ? ' in pesos' : ''}`,
  async run(run) {
    if (availableIn(run, 'USD') < minor) return;
    const [slow, reviewed] = await Promise.all(
      run.sides.map((side) => acceptOne(run, side, minor, isConverted)),
    );
    if (slow === undefined || reviewed === undefined) return;
    const { net, gross, arrives } = slow;
    const isApprovalOpen = minor >= APPROVED_FROM_MINOR;
    begin(run, {
      ...{ ids: [slow.id, reviewed.id], rail: 'BANK', from: 'USD', fromMinor: minor, isReversible: true },
      ...{
        out: { asset: isConverted ? 'MXN' : 'USD', amountMinor: arrives },
        backMinor: (net * arrives) / gross,
      },
      ...{ isApprovalOpen, status: isApprovalOpen ? 'AWAITING_ACTION' : 'PROCESSING' },
    });
  },
});

const PAID = `select id from payments.transaction where organization_id = $1 and id <> all($2) and source_rail = 'BOOK'
    and source_amount = $3 order by id`;

/** Two items of one batch, of which the second goes to a suspect. */
export const payBatch = (minor: bigint): Step => ({
  name: `batch of two ${minor}`,
  async run(run) {
    if (availableIn(run, 'USD') < 2n * minor + 1n) return;
    const { fixture } = run.world;
    const pairs: string[][] = [];
    for (const [at, side] of run.sides.entries()) {
      const { organizationId, viewer, purses } = side;
      const payer = { organizationId, viewer, source: purses.USD, payees: [] };
      const known = run.movements.map(({ ids }) => parseId('txn', ids[at as 0 | 1]));
      await handIn(fixture, payer, [
        { destinationBankAccount: placeOf('ACH', null), amount: decimal(minor) },
        { destinationBankAccount: placeOf('ACH', suspect(side).name), amount: decimal(minor + 1n) },
      ]);
      await payAll(fixture);
      const ids: string[] = [];
      for (const amount of [minor, minor + 1n]) {
        const [row] = await fixture.rows<{ id: Uuid }>(PAID, [organizationId, known, amount]);
        ids.push(formatId('txn', row?.id as Uuid));
      }
      pairs.push(ids);
    }
    for (const at of [0, 1]) {
      const fromMinor = minor + BigInt(at);
      begin(run, {
        ...{
          ids: [pairs[0]?.[at] as string, pairs[1]?.[at] as string],
          rail: 'BANK',
          from: 'USD',
          fromMinor,
        },
        ...{ out: { asset: 'USD', amountMinor: fromMinor }, isReversible: true },
        ...{ reviewed: at === 1, isReviewOpen: at === 1 },
      });
    }
  },
});
