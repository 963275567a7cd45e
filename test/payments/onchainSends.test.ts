import pg from 'pg';
import { getAddress } from 'viem';
import { parseId, type Uuid } from '../../platform/id.ts';
import { type Answer, acc, mutate, succeed, wal } from './fixture.ts';
import {
  CONTRACT,
  chx,
  kindsOf,
  MULTISEND,
  newAddress,
  newHash,
  openWorld,
  sendInput,
  type Tenant,
  type World,
} from './onchainWorld.ts';

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant(100_000_000n);
});
afterEach(() => world.expectSound());

const wallet = () => world.balance(tenant.organizationId, 'CUSTOMER');
const omnibus = () => world.balance(tenant.organizationId, 'OMNIBUS');
const send = (amount: string, more: object = {}): Promise<Answer> =>
  succeed(world.fixture.payments, tenant.viewer, 'createTransaction', sendInput(tenant, amount, more));
const attempt = async (name: Parameters<typeof mutate>[2], input: object): Promise<Answer> =>
  (await mutate(world.fixture.payments, tenant.viewer, name, { ...input })).result;
const uuidOf = ({ id }: Answer): Uuid => parseId('txn', id) as Uuid;
const read = ({ id }: Answer): Promise<Answer> => world.timeline(tenant.viewer, id);
const row = async (sent: Answer): Promise<Answer> =>
  (await world.fixture.rows<Answer>('select * from chain.send where id = $1', [uuidOf(sent)]))[0];

const INCLUDED = (hash: string, outcome = 'SUCCEEDED') =>
  `state = 'INCLUDED', outcome = '${outcome}', included_hash = '${hash}'`;
const FINAL = (hash: string, outcome = 'SUCCEEDED') =>
  `state = 'FINAL', outcome = '${outcome}', included_hash = '${hash}', fee = 21`;

test('a send holds the money and queues the wish in one tx', async () => {
  const to = newAddress();
  const sent = await send('40', { destinationAddress: to });
  expect(sent).toMatchObject({ type: 'CRYPTO_TO_CRYPTO', status: 'PROCESSING', finality: 'PROVISIONAL' });
  expect(await row(sent)).toMatchObject({
    organization_id: tenant.organizationId,
    network: 'POLYGON',
    asset: 'USDC',
    purpose: 'PAYMENT',
    from_address: tenant.custody,
    to_address: to,
    amount: '40000000',
    state: 'QUEUED',
  });
  expect(await wallet()).toBe('100000000 and -40000000');
  const poor = await attempt('createTransaction', sendInput(tenant, '60.000001'));
  expect(poor).toMatchObject({ __typename: 'InsufficientFunds', available: { amount: '60.000000' } });
  const told = await read(sent);
  expect(kindsOf(told)).toEqual(['CREATED', 'SUBMITTED']);
  expect(told.destination).toMatchObject({
    rail: 'ONCHAIN',
    network: 'POLYGON',
    address: to,
    chainTransaction: null,
  });
  expect(told.source).toMatchObject({ rail: 'BOOK', network: null, wallet: { id: wal(tenant.walletId) } });
});

test('a batch of sends, and what is asked of one, wakes the sender', async () => {
  const listener = new pg.Client({ connectionString: world.fixture.url });
  await listener.connect();
  let heard = 0;
  listener.on('notification', () => {
    heard += 1;
  });
  await listener.query('listen chain_send');
  const [sent] = await Promise.all([send('1'), send('1'), send('1')]);
  await listener.query('select 1');
  // One for each batch, of which three at once may make fewer than three.
  const batches = heard;
  expect(batches).toBeGreaterThan(0);
  await attempt('cancelTransaction', { id: sent.id });
  await listener.query('select 1');
  expect(heard).toBe(batches + 1);
  await listener.end();
});

test('a send that the chain takes is completed when its block is final', async () => {
  const sent = await send('40');
  const { id, hash } = await world.carry(uuidOf(sent));
  await world.settle();
  await world.moveCarrier(id, INCLUDED(hash), `state = 'INCLUDED'`);
  await world.settle();
  expect(await omnibus()).toBe('0 and -40000000');
  await world.moveCarrier(id, FINAL(hash), `state = 'FINAL'`);
  await world.settle();
  const done = await read(sent);
  expect(done).toMatchObject({
    status: 'COMPLETED',
    finality: 'FINAL',
    capturedAmount: { amount: '40.000000' },
  });
  expect(done.destination.chainTransaction).toEqual({ id: chx(id) });
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'BROADCAST', 'INCLUDED', 'COMPLETED']);
  expect(done.events[2]).toMatchObject({ transactionHash: hash, chainTransaction: { id: chx(id) } });
  expect([await wallet(), await omnibus()]).toEqual(['60000000', '-40000000']);
});

test('a send that was final before it was looked at takes all steps at once, and no step twice', async () => {
  const sent = await send('40');
  const { id, hash } = await world.carry(uuidOf(sent));
  await world.moveCarrier(id, FINAL(hash), `state = 'FINAL'`);
  await world.settle();
  await world.change('send', uuidOf(sent), `state = 'FINAL'`);
  await world.settle();
  expect(kindsOf(await read(sent))).toEqual(['CREATED', 'SUBMITTED', 'BROADCAST', 'INCLUDED', 'COMPLETED']);
});

test('a re-org and a replacement are told, and the money moves once', async () => {
  const sent = await send('40');
  const { id, hash } = await world.carry(uuidOf(sent));
  await world.moveCarrier(id, INCLUDED(hash), `state = 'INCLUDED'`);
  await world.settle();
  await world.moveCarrier(
    id,
    `state = 'BROADCAST', outcome = null, included_hash = null`,
    `state = 'BROADCAST'`,
  );
  await world.settle();
  const bumped = newHash();
  await world.moveCarrier(id, INCLUDED(bumped), `state = 'INCLUDED'`);
  await world.settle();
  await world.moveCarrier(id, FINAL(bumped), `state = 'FINAL'`);
  await world.settle();
  const done = await read(sent);
  expect(done.events.map((event: Answer) => [event.kind, event.transactionHash])).toEqual([
    ['CREATED', null],
    ['SUBMITTED', null],
    ['BROADCAST', hash],
    ['INCLUDED', hash],
    ['REORGED', hash],
    ['REPLACED', bumped],
    ['INCLUDED', bumped],
    ['COMPLETED', bumped],
  ]);
  expect([await wallet(), await omnibus()]).toEqual(['60000000', '-40000000']);
});

test.each([
  ['reverts', 'REVERTED', `state = 'FAILED', failure_code = 'REVERTED'`, 'FAILED', 'REVERTED'],
  [
    'was replaced by its cancellation',
    'CANCELED',
    `state = 'CANCELED', cancel_asked_at = now()`,
    'CANCELED',
    'CANCELED_BY_REQUEST',
  ],
])('a send that %s gives the money back', async (_, outcome, sends, status, code) => {
  const sent = await send('40');
  const { id, hash } = await world.carry(uuidOf(sent));
  await world.settle();
  await world.moveCarrier(id, FINAL(hash, outcome), sends);
  await world.settle();
  const ended = await read(sent);
  expect(ended).toMatchObject({ status, finality: 'PROVISIONAL', capturedAmount: { amount: '0.000000' } });
  expect(ended.events.at(-1)).toMatchObject({ kind: status, terminal: true, reason: { code } });
  expect([await wallet(), await omnibus()]).toEqual(['100000000', '0']);
});

test('money is not given back while the chain may still move it', async () => {
  const sent = await send('40');
  const { id, hash } = await world.carry(uuidOf(sent));
  await world.settle();
  for (const [carrier, state] of [
    [`state = 'BROADCAST'`, `state = 'FAILED', failure_code = 'LOST'`],
    [`state = 'BROADCAST'`, `state = 'CANCELED', failure_code = null`],
    [INCLUDED(hash, 'CANCELED'), `state = 'CANCELED'`],
    [FINAL(hash), `state = 'CANCELED'`],
  ] as const) {
    await world.moveCarrier(id, carrier, state);
    await world.settle();
    expect([await wallet(), await omnibus()]).toEqual(['100000000 and -40000000', '0 and -40000000']);
  }
  await world.moveCarrier(id, FINAL(hash), `state = 'FINAL'`);
  await world.settle();
  expect([await wallet(), await omnibus()]).toEqual(['60000000', '-40000000']);
});

test('a cancellation only asks, as long as it may still work; the race is the chain’s to decide', async () => {
  const sent = await send('40');
  const asked = await attempt('cancelTransaction', { id: sent.id });
  expect(asked).toMatchObject({ __typename: 'Transaction', status: 'PROCESSING', version: 2 });
  expect((await row(sent)).cancel_asked_at).toBeInstanceOf(Date);
  const { id, hash } = await world.carry(uuidOf(sent));
  expect((await attempt('cancelTransaction', { id: sent.id })).__typename).toBe('Transaction');
  await world.moveCarrier(id, INCLUDED(hash), `state = 'INCLUDED'`);
  // Whether or not the timeline has told of the block yet.
  expect(await attempt('cancelTransaction', { id: sent.id })).toMatchObject({ __typename: 'InvalidState' });
  await world.moveCarrier(id, FINAL(hash), `state = 'FINAL'`);
  await world.settle();
  expect((await read(sent)).status).toBe('COMPLETED');
  expect((await attempt('cancelTransaction', { id: sent.id })).__typename).toBe('InvalidState');

  const early = await send('1');
  await attempt('cancelTransaction', { id: early.id });
  await world.change('send', uuidOf(early), `state = 'CANCELED'`);
  await world.settle();
  expect(await read(early)).toMatchObject({ status: 'CANCELED', version: 3 });
});

test('only what was broadcast and is in no block yet can be accelerated', async () => {
  const sent = await send('40');
  const input = { transactionId: sent.id };
  expect((await attempt('accelerateTransaction', input)).__typename).toBe('InvalidState');
  const { id, hash } = await world.carry(uuidOf(sent));
  expect(await attempt('accelerateTransaction', input)).toMatchObject({ id: sent.id, status: 'PROCESSING' });
  expect((await row(sent)).accelerate_asked_at).toBeInstanceOf(Date);
  await world.moveCarrier(id, INCLUDED(hash), `state = 'INCLUDED'`);
  expect((await attempt('accelerateTransaction', input)).__typename).toBe('InvalidState');
  expect((await attempt('accelerateTransaction', { transactionId: 'txn_x' })).__typename).toBe('NotFound');
});

test('where money may be sent to', async () => {
  const create = (input: object) => attempt('createTransaction', sendInput(tenant, '1', input));
  const address = getAddress(`0x${'aB'.repeat(20)}`);
  const wrong = `0x${address[2] === 'a' ? 'A' : 'a'}${address.slice(3)}`;
  const stranger = await world.addTenant();
  for (const [destinationAddress, expected] of [
    ['0x12', '40 hexadecimal'],
    [wrong, 'EIP-55'],
    [`0x${'0'.repeat(40)}`, 'holds the key'],
    [CONTRACT, 'not a contract'],
    [MULTISEND, 'not a contract'],
    [tenant.custody, 'outside the organization'],
    [tenant.address, wal(tenant.walletId)],
  ] as const) {
    expect(await create({ destinationAddress })).toMatchObject({
      __typename: 'InvalidInput',
      field: 'destinationAddress',
      expected: expect.stringContaining(expected),
    });
  }
  for (const destinationAddress of [address, `0x${'AB'.repeat(20)}`, stranger.address]) {
    expect((await create({ destinationAddress })).__typename).toBe('Transaction');
  }
  for (const [input, field] of [
    [{ destinationId: acc(stranger.walletId) }, 'destinationAddress'],
    [{ destinationAddress: null }, 'destinationId'],
    [{ captureMethod: 'MANUAL' }, 'captureMethod'],
  ] as const) {
    expect(await create(input)).toMatchObject({ __typename: 'InvalidInput', field });
  }
});

test('only a wallet with an address on a connected network can send', async () => {
  const plain = await world.fixture.openAccount(tenant.organizationId, { asset: 'USDC', amountMinor: 10n });
  const answer = await attempt('createTransaction', sendInput(tenant, '0.000001', { sourceId: acc(plain) }));
  expect(answer).toMatchObject({ __typename: 'NotOnChain', code: 'NOT_ON_CHAIN', accountId: acc(plain) });
  const other = await world.addTenant(10n);
  const foreign = await attempt('createTransaction', sendInput(other, '0.000001'));
  expect(foreign.__typename).toBe('NotFound');
  const mismatch = await attempt('createTransaction', sendInput(tenant, '1', { asset: 'USDT' }));
  expect(mismatch.__typename).toBe('AssetMismatch');
});

test('of a hundred sends at once exactly what is covered goes out, and each key once', async () => {
  const inputs = Array.from({ length: 100 }, (_, index) =>
    sendInput(tenant, '3', { idempotencyKey: `hundred-${index}` }),
  );
  const once = await Promise.all(inputs.map((input) => attempt('createTransaction', input)));
  const again = await Promise.all(inputs.map((input) => attempt('createTransaction', input)));
  expect(once.filter(({ __typename }) => __typename === 'Transaction')).toHaveLength(33);
  expect(again.map(({ id }) => id)).toEqual(once.map(({ id }) => id));
  const sends = await world.fixture.rows('select 1 from chain.send where organization_id = $1', [
    tenant.organizationId,
  ]);
  expect(sends).toHaveLength(33);
  expect(await omnibus()).toBe('0 and -99000000');
});

test('the same key with another address is another input', async () => {
  const key = { idempotencyKey: 'one-key' };
  const to = getAddress(newAddress());
  const first = await send('1', { ...key, destinationAddress: to });
  const same = await send('1', { ...key, destinationAddress: to.toLowerCase() });
  expect(same.id).toBe(first.id);
  expect((await attempt('createTransaction', sendInput(tenant, '1', key))).__typename).toBe(
    'IdempotencyKeyReused',
  );
});
