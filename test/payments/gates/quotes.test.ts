import type { Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { type Answer, acc, type Fixture, openFixture } from '../fixture.ts';
import { mutateQuote, quoted } from '../quotes/fixture.ts';
import { brokenPromises, decide, keyFor, read, setPolicy } from './world.ts';

let fixture: Fixture;
let organizationId: Uuid;
let maker: Viewer;
let checker: Viewer;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => {
  expect(await brokenPromises(fixture)).toEqual([]);
  await fixture.close();
});
beforeEach(async () => {
  organizationId = await fixture.addOrganization();
  maker = keyFor(organizationId);
  checker = keyFor(organizationId);
  await setPolicy(fixture.payments, maker, [{ approvals: 1 }]);
  await mutateQuote(fixture.payments, maker, 'setPlatformFee', { asset: 'USD', flat: '0.50', percent: '1' });
});

async function accept(
  destinationAsset: string,
): Promise<{ id: string; source: Uuid; destination: Uuid; quote: Answer }> {
  const source = await fixture.openAccount(organizationId, { amountMinor: 100_00n });
  const destination = await fixture.openAccount(organizationId, { asset: destinationAsset });
  const quote = await quoted(fixture.payments, maker, {
    ...{ sourceId: acc(source), destinationId: acc(destination), amount: '50.00', fixedSide: 'SOURCE' },
    ...{ sourceAsset: 'USD', destinationAsset, expiresInSeconds: 60 },
  });
  const accepted = await mutateQuote(fixture.payments, maker, 'acceptQuote', { quoteId: quote.id });
  expect(accepted).toMatchObject({
    __typename: 'Transaction',
    status: 'AWAITING_ACTION',
    quote: { status: 'ACCEPTED' },
  });
  return { id: accepted.id, source, destination, quote };
}

async function posted(id: Uuid): Promise<string> {
  const [row] = await fixture.rows<{ text: string }>(
    `select format('%s of %s', credits_posted - debits_posted - debits_pending, credits_posted - debits_posted) as text
       from ledger.account where id = $1`,
    [id],
  );
  return row?.text ?? '';
}

test.each([
  ['USD', ['CREATED', 'APPROVAL_REQUESTED', 'APPROVED', 'COMPLETED']],
  ['EUR', ['CREATED', 'APPROVAL_REQUESTED', 'APPROVED', 'CONVERTED', 'COMPLETED']],
])(
  'an accepted quote to %s holds all of it and its fees, and posts exactly that when it is approved',
  async (asset, kinds) => {
    const { id, source, destination, quote } = await accept(asset);
    expect(await posted(source)).toBe('5000 of 10000');
    expect(await posted(destination)).toBe('0 of 0');
    const done = await decide(fixture.payments, checker, 'approveTransaction', id);
    expect(done.events.map(({ kind }: Answer) => kind)).toEqual(kinds);
    expect(done).toMatchObject({ status: 'COMPLETED', capturedAmount: { amount: '50.00' } });
    expect(await posted(source)).toBe('5000 of 5000');
    const net = String(BigInt(quote.destination.net.amount.replace('.', '')));
    expect(await posted(destination)).toBe(`${net} of ${net}`);
  },
);

test('a quote that was not approved gives everything back, its fees among it, and stays accepted', async () => {
  const { id, source } = await accept('EUR');
  expect(await decide(fixture.payments, checker, 'rejectTransaction', id)).toMatchObject({
    status: 'CANCELED',
  });
  expect(await posted(source)).toBe('10000 of 10000');
  expect(await read(fixture.payments, maker, id, 'quote { status }')).toMatchObject({
    quote: { status: 'ACCEPTED' },
  });
});
