import { createFixedScreening } from '../../../rails/screening/listScreening.ts';
import { SANDBOX_ENTRIES } from '../../../rails/screening/sandboxEntries.ts';
import { type Answer, acc, ask, clientOf, keyOf, mutate, newKey, run, succeed } from '../fixture.ts';
import { NETWORK, newAddress, openWorld, sendInput, type Tenant, type World } from '../onchainWorld.ts';
import { mutateBatch, payAll } from '../payoutsWorld.ts';
import { mutateQuote, quoted } from '../quotes/fixture.ts';
import { decide, openReviews, plainOf } from './reviews.ts';

const LISTED = '0xbad0000000000000000000000000000000000bad';

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld({ screening: createFixedScreening('list-1', SANDBOX_ENTRIES) });
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant(100_000_000n);
});
afterEach(() => world.expectSound());

const payments = () => world.fixture.payments;
const reviews = () => openReviews(payments(), tenant.viewer);
const queued = async (): Promise<readonly Answer[]> =>
  world.fixture.rows('select to_address from chain.send where organization_id = $1', [tenant.organizationId]);
const send = (destinationAddress: string, more: object = {}): Promise<Answer> =>
  succeed(
    payments(),
    plainOf(tenant.organizationId),
    'createTransaction',
    sendInput(tenant, '1', { destinationAddress, ...more }),
  );

/** What differs from one payment to another whatever is made of them. */
const alike = (answer: Answer): string =>
  JSON.stringify(answer)
    .replace(/"(id|occurredAt|createdAt|updatedAt)":"[^"]*"/g, '"$1"')
    .replaceAll(LISTED, 'an address')
    .replace(/0x[0-9a-f]{40}/gi, 'an address');

test('a send to a listed address waits with its money held; nobody without the scope sees a difference', async () => {
  const [listed, clear] = [await send(LISTED), await send(newAddress())];
  expect(alike(listed)).toBe(alike(clear));
  const plain = plainOf(tenant.organizationId);
  const [one, other] = [await world.timeline(plain, listed.id), await world.timeline(plain, clear.id)];
  expect(alike(one)).toBe(alike(other));
  expect(await queued()).toHaveLength(1);
  const [review] = await reviews();
  expect(review).toMatchObject({
    ...{
      subject: 'TRANSACTION',
      transaction: { id: listed.id, status: 'UNDER_REVIEW' },
      matches: [{ entry: 'sandbox-3' }],
    },
  });
  await decide(payments(), tenant.viewer, review.id, 'RELEASE');
  expect(await queued()).toContainEqual({ to_address: LISTED });
  expect(alike(await world.timeline(plain, listed.id))).toBe(alike(other));
});

test('refused, all that was held is free again', async () => {
  const listed = await send(LISTED);
  await decide(payments(), tenant.viewer, (await reviews())[0].id, 'REFUSE');
  expect(await world.timeline(plainOf(tenant.organizationId), listed.id)).toMatchObject({ status: 'FAILED' });
  expect(await queued()).toEqual([]);
  expect(await world.balance(tenant.organizationId, 'CUSTOMER')).toBe('100000000');
});

test('a quote to a listed address is screened when it is accepted', async () => {
  await world.fixture.rows(
    'update chain.network set base_fee_per_gas = 20000000000, priority_fee_per_gas = 30000000000',
  );
  const usd = await world.fixture.openAccount(tenant.organizationId, {
    customerId: tenant.customerId,
    amountMinor: 500_00n,
  });
  const input = {
    ...{ sourceId: acc(usd), destinationAddress: LISTED, destinationNetwork: NETWORK, amount: '40' },
    ...{ fixedSide: 'DESTINATION', sourceAsset: 'USD', destinationAsset: 'USDC' },
  };
  const quote = await quoted(payments(), tenant.viewer, input);
  expect(await reviews()).toEqual([]);
  const accepted = await mutateQuote(payments(), plainOf(tenant.organizationId), 'acceptQuote', {
    quoteId: quote.id,
  });
  expect(accepted).toMatchObject({ __typename: 'Transaction', status: 'PROCESSING' });
  expect(await reviews()).toMatchObject([{ transaction: { id: accepted.id, status: 'UNDER_REVIEW' } }]);
  expect(await queued()).toEqual([]);
});

test('an item of a batch to a listed address waits alone', async () => {
  const payer = {
    organizationId: tenant.organizationId,
    viewer: tenant.viewer,
    source: tenant.walletId,
    payees: [],
  };
  const items = [LISTED, newAddress()].map((destinationAddress) => ({ destinationAddress, amount: '1' }));
  const { result } = await mutateBatch(world.fixture, payer, 'createPayoutBatch', { asset: 'USDC', items });
  expect(result).toMatchObject({ __typename: 'PayoutBatch' });
  await payAll(world.fixture);
  expect(await queued()).toHaveLength(1);
  await decide(payments(), tenant.viewer, (await reviews())[0].id, 'RELEASE');
  expect(await queued()).toHaveLength(2);
});

test('who may know sees what screening said, by transaction and by outcome; nobody else asks', async () => {
  const [listed] = [await send(LISTED), await send(newAddress())];
  const query = `query ($filter: ScreeningFilter) { screenings(first: 10, filter: $filter) { edges { node { id subject outcome
    listVersion matches { list entry field scorePercent } transaction { id } arrivalId } } } }`;
  const list = async (viewer = tenant.viewer, filter: object = {}): Promise<readonly Answer[]> =>
    (await ask(payments(), viewer, query, { filter })).screenings.edges.map(
      ({ node }: { node: Answer }) => node,
    );
  expect((await list()).map(({ outcome }) => outcome)).toEqual(['CLEAR', 'REVIEW']);
  expect(await list(tenant.viewer, { outcome: 'REVIEW', transactionId: listed.id })).toMatchObject([
    {
      ...{
        id: expect.stringMatching(/^scr_/),
        subject: 'TRANSACTION',
        listVersion: 'list-1',
        arrivalId: null,
      },
      matches: [{ list: 'SANDBOX', entry: 'sandbox-3', field: 'ADDRESS', scorePercent: 100 }],
      transaction: { id: listed.id },
    },
  ]);
  expect(await list(tenant.viewer, { transactionId: 'nonsense' })).toEqual([]);
  const other = await world.addTenant();
  expect(await list(other.viewer)).toEqual([]);
  expect(await list(other.viewer, { transactionId: listed.id })).toEqual([]);
  const { organizationId, customerId } = tenant;
  const all = { ...clientOf(organizationId, customerId), scopes: ['*'] };
  expect(await list(all)).toEqual([]);
  for (const viewer of [
    plainOf(organizationId),
    clientOf(organizationId, customerId),
    keyOf(organizationId, []),
  ]) {
    const { errors } = await run(payments(), viewer, query, { filter: {} });
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('asked again with the same key, a held payment is answered as before, whatever lists say by then', async () => {
  const idempotencyKey = newKey();
  const first = await send(LISTED, { idempotencyKey });
  const again = await mutate(payments(), plainOf(tenant.organizationId), 'createTransaction', {
    ...sendInput(tenant, '1', { destinationAddress: LISTED, idempotencyKey }),
  });
  expect(again).toMatchObject({ replayed: true, result: { id: first.id, status: 'PROCESSING' } });
  expect(await reviews()).toHaveLength(1);
});
