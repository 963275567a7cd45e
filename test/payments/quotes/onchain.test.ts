import { parseId, type Uuid } from '../../../platform/id.ts';
import { type Answer, acc, mutate, wal } from '../fixture.ts';
import { kindsOf, NETWORK, newAddress, openWorld, type Tenant, type World } from '../onchainWorld.ts';
import { mutateQuote, quoted, readQuote } from './fixture.ts';

let world: World;
let tenant: Tenant;
let usd: Uuid;
let partner: Uuid;

/** 96,000 units of gas at 50 gwei are 0.0048 POL, which at half a dollar are 0.0024 USDC. */
const GAS = '0.002400';

beforeAll(async () => {
  world = await openWorld();
  await world.fixture.rows(
    `update chain.network set base_fee_per_gas = 20000000000, priority_fee_per_gas = 30000000000`,
  );
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant(100_000_000n);
  usd = await world.fixture.openAccount(tenant.organizationId, {
    customerId: tenant.customerId,
    amountMinor: 500_00n,
  });
  partner = await world.fixture.openAccount(tenant.organizationId);
});
afterEach(() => world.expectSound());

const input = (more: object = {}): Readonly<Record<string, unknown>> => ({
  sourceId: acc(usd),
  destinationAddress: newAddress(),
  destinationNetwork: NETWORK,
  amount: '40',
  fixedSide: 'DESTINATION',
  sourceAsset: 'USD',
  destinationAsset: 'USDC',
  developerFees: [{ recipientId: acc(partner), flat: '0.50' }],
  ...more,
});
const create = (more: object = {}): Promise<Answer> =>
  quoted(world.fixture.payments, tenant.viewer, input(more));
const attempt = (more: object): Promise<Answer> =>
  mutateQuote(world.fixture.payments, tenant.viewer, 'createQuote', input(more));
const accept = (quoteId: string): Promise<Answer> =>
  mutateQuote(world.fixture.payments, tenant.viewer, 'acceptQuote', { quoteId });
const uuidOf = ({ id }: Answer): Uuid => parseId('txn', id) as Uuid;
const read = ({ id }: Answer): Promise<Answer> => world.timeline(tenant.viewer, id);
/** Posted and held of an account of the tenant. */
async function stateOf(id: Uuid): Promise<string> {
  const [row] = await world.fixture.rows<{ text: string }>(
    `select format('%s held %s', credits_posted - debits_posted, greatest(debits_pending, credits_pending)) as text
       from ledger.account where id = $1`,
    [id],
  );
  return row?.text ?? '';
}

async function carried(sent: Answer, outcome: string): Promise<void> {
  const { id, hash } = await world.carry(uuidOf(sent));
  const included = `outcome = '${outcome}', included_hash = '${hash}'`;
  await world.moveCarrier(id, `state = 'FINAL', ${included}, fee = 21`, `state = 'FINAL'`);
  await world.settle();
}

test('a quote to an address charges gas on that side, holds everything, and captures it when the send is final', async () => {
  const toAddress = newAddress();
  const quote = await create({ destinationAddress: toAddress });
  expect(quote).toMatchObject({
    type: 'FIAT_TO_CRYPTO',
    source: { gross: { amount: '40.51' }, net: { amount: '40.01' }, fees: { developer: { amount: '0.50' } } },
    destination: {
      rail: 'ONCHAIN',
      network: NETWORK,
      address: toAddress,
      gross: { amount: '40.002400' },
      net: { amount: '40.000000' },
      fees: { gas: { amount: GAS }, items: [{ kind: 'GAS', side: 'DESTINATION' }] },
    },
    rate: { exchangeRate: '1', remainder: '0.0076' },
    gas: { estimate: { amount: '0.004800000000000000', asset: { code: 'POL' } }, sponsored: false },
  });
  const sent = await accept(quote.id);
  expect(sent).toMatchObject({ status: 'PROCESSING', finality: 'PROVISIONAL', type: 'FIAT_TO_CRYPTO' });
  expect(await stateOf(usd)).toBe('50000 held 4051');
  expect(await stateOf(partner)).toBe('0 held 50');
  expect(
    await world.fixture.rows('select amount, to_address, asset from chain.send where id = $1', [
      uuidOf(sent),
    ]),
  ).toEqual([{ amount: '40000000', to_address: toAddress, asset: 'USDC' }]);
  await world.expectSound();

  await carried(sent, 'SUCCEEDED');
  const done = await read(sent);
  expect(done).toMatchObject({ status: 'COMPLETED', finality: 'FINAL', capturedAmount: { amount: '40.51' } });
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'BROADCAST', 'INCLUDED', 'CONVERTED', 'COMPLETED']);
  expect(await stateOf(usd)).toBe('45949 held 0');
  expect(await stateOf(partner)).toBe('50 held 0');
});

test.each([
  ['FAILED', 'REVERTED'],
  ['CANCELED', 'CANCELED'],
])('a send that ended %s gives back all that was held, the fees with it', async (status, outcome) => {
  const sent = await accept((await create()).id);
  await carried(sent, outcome);
  expect(await read(sent)).toMatchObject({ status, capturedAmount: { amount: '0.00' } });
  expect(await stateOf(usd)).toBe('50000 held 0');
  expect(await stateOf(partner)).toBe('0 held 0');
  const open = await world.fixture.rows(
    'select id from payments.transaction where id = $1 and (hold_id is not null or more_hold_ids <> $2)',
    [uuidOf(sent), '{}'],
  );
  expect(open).toEqual([]);
});

test('sponsored gas is charged to nobody, and still told', async () => {
  const quote = await create({ sponsorGas: true });
  expect(quote).toMatchObject({
    source: { net: { amount: '40.00' } },
    destination: { gross: { amount: '40.000000' }, fees: { total: { amount: '0.000000' } } },
    gas: { estimate: { amount: '0.004800000000000000' }, sponsored: true },
  });
  await accept(quote.id);
});

test('without a conversion the send goes from the wallet itself', async () => {
  const quote = await create({
    sourceId: wal(tenant.walletId),
    sourceAsset: 'USDC',
    fixedSide: 'SOURCE',
    developerFees: [],
  });
  expect(quote).toMatchObject({
    type: 'CRYPTO_TO_CRYPTO',
    rate: null,
    destination: { net: { amount: '39.997600' } },
  });
  const sent = await accept(quote.id);
  await carried(sent, 'SUCCEEDED');
  expect(kindsOf(await read(sent))).not.toContain('CONVERTED');
  expect(await stateOf(tenant.walletId)).toBe('60000000 held 0');
});

test('a cancellation is asked of the send, and the quote stays accepted', async () => {
  const quote = await create();
  const sent = await accept(quote.id);
  await mutate(world.fixture.payments, tenant.viewer, 'cancelTransaction', { id: sent.id });
  await world.change('send', uuidOf(sent), `state = 'CANCELED'`);
  await world.settle();
  expect(await read(sent)).toMatchObject({ status: 'CANCELED' });
  expect(await readQuote(world.fixture.payments, tenant.viewer, quote.id)).toMatchObject({
    status: 'ACCEPTED',
  });
});

test('where nothing can be sent from, to our own addresses and to what is no address there is no quote', async () => {
  expect(await attempt({ destinationNetwork: 'ETHEREUM' })).toMatchObject({ __typename: 'NotOnChain' });
  expect(await attempt({ destinationAsset: 'EUR' })).toMatchObject({ __typename: 'NotOnChain' });
  expect(await attempt({ destinationNetwork: null })).toMatchObject({ field: 'destinationNetwork' });
  expect(await attempt({ destinationAddress: '0x12' })).toMatchObject({ field: 'destinationAddress' });
  for (const own of [tenant.address, tenant.custody]) {
    expect(await attempt({ destinationAddress: own })).toMatchObject({ field: 'destinationAddress' });
  }
  const theirs = await world.addTenant();
  expect(await attempt({ destinationAddress: theirs.address })).toMatchObject({ __typename: 'Quote' });
});

test('a network whose gas nobody has seen yet cannot be priced', async () => {
  await world.fixture.rows('update chain.network set base_fee_per_gas = null');
  try {
    expect(await attempt({})).toMatchObject({ __typename: 'NotOnChain' });
  } finally {
    await world.fixture.rows('update chain.network set base_fee_per_gas = 20000000000');
  }
});
