import { parseId, type Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { type Answer, mutate, newKey, run, wal } from '../fixture.ts';
import { newAddress, openWorld, type Tenant, type World } from '../onchainWorld.ts';
import { decideOn, payScreened, shapeOf } from './reviewing.ts';
import { brokenPromises, decide, endWaits, keyFor, read, setPolicy } from './world.ts';

/**
 * Goal: whoever lacks compliance:read cannot tell a payment under review from a slow one. Method: two histories in which
 * the same is asked, one of a send under review and one of a send that the chain's worker has not taken up; all that the
 * viewer can ask is asked of both, and what differs beside ids, addresses and instants is a leak. A viewer with the scope
 * looks at the same, and must see a difference.
 */
let world: World;
let slow: Tenant;
let reviewed: Tenant;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  expect(await brokenPromises(world.fixture)).toEqual([]);
  await world.close();
});
beforeEach(async () => {
  slow = await world.addTenant(100_000_000n);
  reviewed = await world.addTenant(100_000_000n);
});

const SCOPES = ['transactions:*', 'accounts:*', 'wallets:*', 'webhooks:*'];
const blind = ({ organizationId }: Tenant): Viewer => ({
  ...keyFor(organizationId, SCOPES),
  subjectId: 'one',
});
const sighted = ({ organizationId }: Tenant): Viewer => keyFor(organizationId, [...SCOPES, 'compliance:*']);
const uuidOf = (id: string): Uuid => parseId('txn', id) as Uuid;

const requestOf = ({ walletId }: Tenant, destinationAddress: string) => ({
  ...{ sourceId: wal(walletId), destinationAddress, amount: '40', asset: 'USDC', externalId: 'pay-1' },
});

/** Both histories begin: the same is asked, and only screening answers differently. */
async function begin(): Promise<{ readonly id: string; readonly tenant: Tenant }[]> {
  const { fixture } = world;
  const asked = requestOf(slow, newAddress());
  const { result } = await mutate(fixture.payments, blind(slow), 'createTransaction', {
    ...asked,
    idempotencyKey: 'send',
  });
  const id = await payScreened(fixture, blind(reviewed), {
    ...requestOf(reviewed, newAddress()),
    idempotencyKey: 'send',
  });
  return [
    { id: result.id, tenant: slow },
    { id, tenant: reviewed },
  ];
}

const WHOLE = `id type status finality captureMethod version description externalId createdAt updatedAt completedAt
  amount { amount } capturedAmount { amount } refundedAmount { amount } expectedBy returnReason
  approval { id } review { id }
  source { rail network address account { id } wallet { id } amount { amount asset { code } } }
  destination { rail network address account { id } bankAccount reference orderId chainTransaction { id } amount { amount } }
  fees { amount { amount } } refunds { id } events { id version kind status leg amount { amount } terminal occurredAt
    reason { code message retryable } nextAction expectedBy transactionHash chainTransaction { id } }`;

/** All that a viewer may ask about it, failures and errors among it. */
async function lookAt(
  viewer: Viewer,
  { id, tenant }: { readonly id: string; readonly tenant: Tenant },
): Promise<string> {
  const { payments } = world.fixture;
  const answers: unknown[] = [];
  const see = async (query: string, variables: object = {}): Promise<void> => {
    const { data, errors } = await run(payments, viewer, query, { ...variables });
    answers.push(
      data,
      errors?.map(({ message, extensions }) => [message, extensions?.code]),
    );
  };
  await see(`query ($id: ID!) { transaction(id: $id) { ${WHOLE} } }`, { id });
  await see(`{ transactionByExternalId(externalId: "pay-1") { ${WHOLE} } }`);
  await see(
    `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Transaction { ${WHOLE} } ... on Wallet {
    transactions(first: 5) { edges { cursor node { status version } } pageInfo { hasNextPage endCursor } } } } }`,
    {
      r: [
        { __typename: 'Transaction', id },
        { __typename: 'Wallet', id: wal(tenant.walletId) },
      ],
    },
  );
  for (const statuses of [['PROCESSING'], ['AWAITING_ACTION'], ['FAILED', 'COMPLETED'], ['UNDER_REVIEW']]) {
    await see(
      `query ($s: [TransactionStatus!]) { transactions(first: 3, filter: { statuses: $s }) { edges { cursor node { id status } }
      pageInfo { hasNextPage hasPreviousPage } } }`,
      { s: statuses },
    );
  }
  await see('{ reviews(first: 3) { edges { cursor } } }');
  await see('{ approvals(first: 3) { edges { cursor } } }');
  await see('{ webhookDeliveries(first: 3) { edges { node { type body } } } }');
  const asked: readonly [Parameters<typeof mutate>[2], Parameters<typeof mutate>[3]][] = [
    ['captureTransaction', { id }],
    ['accelerateTransaction', { transactionId: id }],
    ['refundTransaction', { id }],
    ['createTransaction', { ...requestOf(tenant, newAddress()), idempotencyKey: newKey() }],
  ];
  for (const [name, more] of asked) {
    answers.push((await mutate(payments, viewer, name, more)).result);
  }
  answers.push(await messagesOf(viewer, id));
  return shapeOf(answers);
}

/** What streams and webhooks are made of, and what each step is told as to a subscriber. */
async function messagesOf(viewer: Viewer, id: string): Promise<unknown> {
  const rows = await world.fixture.rows<Answer>(
    `select id, type, version, subjects, payload, organization_id as "organizationId", aggregate_id as "aggregateId"
       from platform.outbox where organization_id = $1 and type like 'Transaction%' order by xid, seq`,
    [viewer.organizationId],
  );
  const told: unknown[] = [];
  for (const row of rows) {
    const event = { ...row, cursor: 'here', occurredAt: '2026-01-01T00:00:00.000Z' };
    const message = { transactionUpdates: { cursor: 'here', event } };
    const query = `subscription { transactionUpdates { cursor event { version kind status terminal } transaction { id status version } } }`;
    const { data, errors } = await run(world.fixture.payments, viewer, query, {}, message);
    told.push(row.type, row.version, row.subjects.length, row.payload, data, errors);
  }
  expect(rows.some(({ aggregateId }) => aggregateId === uuidOf(id))).toBe(true);
  return told;
}

async function expectSame(pair: readonly { readonly id: string; readonly tenant: Tenant }[]): Promise<void> {
  const [a, b] = await Promise.all(pair.map((one) => lookAt(blind(one.tenant), one)));
  // The first difference says more than two texts of ten thousand letters.
  const at = [...(a ?? '')].findIndex((letter, index) => letter !== b?.[index]);
  expect(at < 0 ? '' : b?.slice(at - 80, at + 80)).toBe(at < 0 ? '' : a?.slice(at - 80, at + 80));
  expect(b?.length).toBe(a?.length);
}

test('under review it looks like a send that is slow, and only the scope tells them apart', async () => {
  const pair = await begin();
  await expectSame(pair);
  const [a, b] = await Promise.all(pair.map((one) => lookAt(sighted(one.tenant), one)));
  expect(b).not.toBe(a);
  expect(b).toContain('UNDER_REVIEW');
  expect(a).not.toContain('"status":"UNDER_REVIEW"');
});

test('asking for it again with its key answers the same', async () => {
  const [, { id }] = (await begin()) as [unknown, { id: string }];
  const [row] = await world.fixture.rows<Answer>('select to_address from chain.send limit 1');
  expect(row).toBeDefined();
  const instruction = await world.fixture.rows<Answer>(
    `select instruction ->> 'toAddress' as address from payments.gate where transaction_id = $1`,
    [uuidOf(id)],
  );
  const again = await mutate(world.fixture.payments, blind(reviewed), 'createTransaction', {
    ...requestOf(reviewed, instruction[0].address),
    idempotencyKey: 'send',
  });
  expect(again).toMatchObject({ replayed: true, result: { id, status: 'PROCESSING' } });
});

test('called off it is answered like a slow one, and ends in the same words', async () => {
  const pair = await begin();
  const answers: string[] = [];
  for (const { id, tenant } of pair) {
    const { result } = await mutate(world.fixture.payments, blind(tenant), 'cancelTransaction', { id });
    answers.push(shapeOf(result));
  }
  expect(answers[1]).toBe(answers[0]);
  await expectSame(pair);
  await world.change('send', uuidOf(pair[0]?.id ?? ''), `state = 'CANCELED'`);
  await world.settle();
  await endWaits(world.fixture);
  await expectSame(pair);
  expect(await read(world.fixture.payments, sighted(reviewed), pair[1]?.id ?? '')).toMatchObject({
    status: 'CANCELED',
  });
});

test('released it goes the way of a slow one, to the end', async () => {
  const pair = await begin();
  await decideOn(world.fixture, sighted(reviewed), pair[1]?.id ?? '', 'RELEASE');
  await expectSame(pair);
  for (const { id } of pair) {
    const carrier = await world.carry(uuidOf(id));
    const done = `state = 'FINAL', outcome = 'SUCCEEDED', included_hash = '${carrier.hash}', fee = 21`;
    await world.moveCarrier(carrier.id, done, `state = 'FINAL'`);
  }
  await world.settle();
  await expectSame(pair);
  expect(await read(world.fixture.payments, blind(reviewed), pair[1]?.id ?? '')).toMatchObject({
    status: 'COMPLETED',
  });
});

test('a cancellation that was asked for holds, even where the review lets it go on a moment later', async () => {
  const [, { id }] = (await begin()) as [unknown, { id: string }];
  await mutate(world.fixture.payments, blind(reviewed), 'cancelTransaction', { id });
  await decideOn(world.fixture, sighted(reviewed), id, 'RELEASE');
  expect(await read(world.fixture.payments, blind(reviewed), id)).toMatchObject({ status: 'CANCELED' });
  const sent = await world.fixture.rows('select 1 from chain.send where id = $1', [uuidOf(id)]);
  expect(sent).toEqual([]);
});

test('a send waits for approval before its rail knows of it, and is handed over with the last one', async () => {
  const maker = keyFor(slow.organizationId);
  await setPolicy(world.fixture.payments, maker, [{ rails: ['ONCHAIN'], approvals: 1 }]);
  const { result } = await mutate(
    world.fixture.payments,
    maker,
    'createTransaction',
    requestOf(slow, newAddress()),
  );
  expect(result).toMatchObject({ status: 'AWAITING_ACTION' });
  const sends = () => world.fixture.rows('select state from chain.send where id = $1', [uuidOf(result.id)]);
  expect(await sends()).toEqual([]);
  const approved = await decide(
    world.fixture.payments,
    keyFor(slow.organizationId),
    'approveTransaction',
    result.id,
  );
  expect(approved.events.map(({ kind }: Answer) => kind)).toEqual([
    ...['CREATED', 'APPROVAL_REQUESTED', 'APPROVED', 'SUBMITTED'],
  ]);
  expect(await sends()).toEqual([{ state: 'QUEUED' }]);
  await world.expectSound();
});

test('an address that is one of our own by now is not sent to any more', async () => {
  const maker = keyFor(slow.organizationId);
  await setPolicy(world.fixture.payments, maker, [{ rails: ['ONCHAIN'], approvals: 1 }]);
  const to = newAddress();
  const { result } = await mutate(world.fixture.payments, maker, 'createTransaction', requestOf(slow, to));
  await world.fixture.rows(
    `update payments.gate set instruction = jsonb_set(instruction, '{toAddress}', to_jsonb($2::text))
     where transaction_id = $1`,
    [uuidOf(result.id), slow.address],
  );
  const ended = await decide(
    world.fixture.payments,
    keyFor(slow.organizationId),
    'approveTransaction',
    result.id,
  );
  expect(ended).toMatchObject({ status: 'FAILED' });
  expect(ended.events.at(-1).reason).toMatchObject({ code: 'DESTINATION_INVALID' });
  await world.expectSound();
});
