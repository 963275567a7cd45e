import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { type Answer, acc, type Fixture, newKey, openFixture, run } from '../fixture.ts';
import { handIn, itemsFor, mutateBatch, type Payer, payAll, readBatch, stepsOf } from '../payoutsWorld.ts';
import { brokenPromises, decide, endWaits, keyFor, pay, setExpiry, setPolicy } from './world.ts';

let fixture: Fixture;
let payer: Payer;
let checker: Viewer;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => {
  expect(await brokenPromises(fixture)).toEqual([]);
  await fixture.close();
});
beforeEach(async () => {
  const organizationId = await fixture.addOrganization();
  const source = await fixture.openAccount(organizationId, { amountMinor: 1_000_00n });
  const payees = [await fixture.openAccount(organizationId), await fixture.openAccount(organizationId)];
  payer = { organizationId, viewer: keyFor(organizationId), source, payees };
  checker = keyFor(organizationId);
});

async function say(
  viewer: Viewer,
  name: 'approvePayoutBatch' | 'rejectPayoutBatch',
  id: string,
): Promise<Answer> {
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { result: ${name}(input: $input) { __typename
    ... on PayoutBatch { id status approval { status } } ... on Failure { code message }
    ... on ApproverNotAllowed { reason } ... on ApprovalNotOpen { approvalStatus } } }`;
  const answer = await run(fixture.payments, viewer, document, { input: { idempotencyKey: newKey(), id } });
  expect(answer.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(answer.data)).result;
}

test('a batch is approved as a whole, by the sum of its items, before any of them runs', async () => {
  await setPolicy(fixture.payments, payer.viewer, [{ asset: 'USD', minAmount: '10.00', approvals: 2 }]);
  expect(await handIn(fixture, payer, itemsFor(payer, 9))).toMatchObject({ status: 'VALIDATED' });
  await payAll(fixture);
  const batch = await handIn(fixture, payer, itemsFor(payer, 10));
  expect(batch).toMatchObject({ status: 'AWAITING_APPROVAL', pending: { count: 10 } });
  await payAll(fixture);
  expect(await readBatch(fixture, payer, batch.id)).toMatchObject({
    status: 'AWAITING_APPROVAL',
    pending: { count: 10 },
  });
  expect(await say(payer.viewer, 'approvePayoutBatch', batch.id)).toMatchObject({ reason: 'MADE_IT' });
  expect(await say(checker, 'approvePayoutBatch', batch.id)).toMatchObject({ status: 'AWAITING_APPROVAL' });
  expect(await say(checker, 'approvePayoutBatch', batch.id)).toMatchObject({ reason: 'DECIDED_ALREADY' });
  const third = keyFor(payer.organizationId);
  expect(await say(third, 'approvePayoutBatch', batch.id)).toMatchObject({ status: 'VALIDATED' });
  await payAll(fixture);
  const done = await readBatch(fixture, payer, batch.id, 'approval { status decisions { decidedBy } }');
  expect(done).toMatchObject({
    status: 'COMPLETED',
    completed: { count: 10 },
    approval: { status: 'APPROVED' },
  });
  const steps = await stepsOf(fixture, parseId('bat', batch.id) as Uuid);
  expect(steps.map(({ version }) => version)).toEqual(steps.map((_, index) => index + 1));
});

test('a rejected batch, one that nobody approved in time and one that was called off run nothing', async () => {
  await setPolicy(fixture.payments, payer.viewer, [{ approvals: 1 }]);
  const ids = [];
  for (let number = 0; number < 3; number++) ids.push((await handIn(fixture, payer, itemsFor(payer, 3))).id);
  const [rejected, late, canceled] = ids as [string, string, string];
  await say(checker, 'rejectPayoutBatch', rejected);
  await setExpiry(fixture, parseId('bat', late) as Uuid, 0);
  expect(await say(checker, 'approvePayoutBatch', late)).toMatchObject({ approvalStatus: 'EXPIRED' });
  await endWaits(fixture);
  await mutateBatch(fixture, payer, 'cancelPayoutBatch', { id: canceled });
  await payAll(fixture);
  const statuses = [];
  for (const id of ids) {
    const batch = await readBatch(fixture, payer, id, 'approval { status }');
    expect(batch).toMatchObject({ status: 'CANCELED', canceled: { count: 3 } });
    statuses.push(batch.approval.status);
  }
  expect(statuses).toEqual(['REJECTED', 'EXPIRED', 'CANCELED']);
  expect(await say(checker, 'approvePayoutBatch', canceled)).toMatchObject({ approvalStatus: 'CANCELED' });
});

test('fifty that decide a batch at once and one that calls it off come to one end', async () => {
  await setPolicy(fixture.payments, payer.viewer, [{ approvals: 1 }]);
  const { id } = await handIn(fixture, payer, itemsFor(payer, 3));
  await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      index === 20
        ? mutateBatch(fixture, payer, 'cancelPayoutBatch', { id })
        : say(keyFor(payer.organizationId), index % 2 ? 'approvePayoutBatch' : 'rejectPayoutBatch', id),
    ),
  );
  await payAll(fixture);
  const batch = await readBatch(fixture, payer, id, 'approval { status }');
  expect([
    ['COMPLETED', 'APPROVED'],
    ['CANCELED', 'REJECTED'],
    ['CANCELED', 'CANCELED'],
    ['CANCELED', 'APPROVED'],
  ]).toContainEqual([batch.status, batch.approval.status]);
});

test('a batch of another organization is not there to be approved', async () => {
  await setPolicy(fixture.payments, payer.viewer, [{ approvals: 1 }]);
  const { id } = await handIn(fixture, payer, itemsFor(payer, 1));
  const stranger = keyFor(await fixture.addOrganization());
  expect(await say(stranger, 'approvePayoutBatch', id)).toMatchObject({ code: 'NOT_FOUND' });
});

/** A key as the accounts subgraph has it. */
async function addKey(organizationId: Uuid): Promise<{ viewer: Viewer; revoke: () => Promise<unknown> }> {
  const viewer = keyFor(organizationId);
  const id = parseId('key', viewer.subjectId);
  await fixture.rows(
    `insert into accounts.organization (id, name, mode) values ($1, 'Tenant', 'SANDBOX') on conflict do nothing`,
    [organizationId],
  );
  await fixture.rows(
    `insert into accounts.api_key (id, organization_id, name, prefix, secret_hmac, scopes)
     values ($1, $2, 'checker', $3, '', '{}')`,
    [id, organizationId, newUuid()],
  );
  return {
    viewer,
    revoke: () => fixture.rows('update accounts.api_key set revoked_at = now() where id = $1', [id]),
  };
}

test('the word of a key that was revoked meanwhile does not count, and a revoked key says nothing more', async () => {
  await setPolicy(fixture.payments, payer.viewer, [{ approvals: 2 }]);
  const sides = { source: payer.source, destination: payer.payees[0] as Uuid };
  const { id } = await pay(fixture.payments, payer.viewer, sides);
  const batch = await handIn(fixture, payer, itemsFor(payer, 2));
  const [gone, second, third] = [
    await addKey(payer.organizationId),
    await addKey(payer.organizationId),
    await addKey(payer.organizationId),
  ];
  await decide(fixture.payments, gone.viewer, 'approveTransaction', id);
  await say(gone.viewer, 'approvePayoutBatch', batch.id);
  await gone.revoke();
  expect(await decide(fixture.payments, second.viewer, 'approveTransaction', id)).toMatchObject({
    status: 'AWAITING_ACTION',
  });
  expect(await say(second.viewer, 'approvePayoutBatch', batch.id)).toMatchObject({
    status: 'AWAITING_APPROVAL',
  });
  const other = await pay(fixture.payments, payer.viewer, sides);
  expect(await decide(fixture.payments, gone.viewer, 'approveTransaction', other.id)).toMatchObject({
    reason: 'KEY_REVOKED',
  });
  expect(await decide(fixture.payments, third.viewer, 'approveTransaction', id)).toMatchObject({
    status: 'COMPLETED',
  });
  expect(await say(third.viewer, 'approvePayoutBatch', batch.id)).toMatchObject({ status: 'VALIDATED' });
});

test('what is wrong with a policy is said with its value', async () => {
  const set = (rules: readonly object[], more = {}) => setPolicy(fixture.payments, payer.viewer, rules, more);
  expect(await set([{ approvals: 4 }])).toMatchObject({ field: 'rules.0.approvals' });
  expect(await set([{ approvals: 1, minAmount: '1' }])).toMatchObject({ field: 'rules.0.minAmount' });
  expect(await set([{ approvals: 1, asset: 'XXX' }])).toMatchObject({ field: 'rules.0.asset' });
  expect(await set([{ approvals: 1, asset: 'USD', minAmount: '1.001' }])).toMatchObject({
    field: 'rules.0.minAmount',
  });
  expect(await set([], { expiryHours: 721 })).toMatchObject({ field: 'expiryHours' });
  const stranger = await fixture.openAccount(await fixture.addOrganization());
  expect(await set([{ approvals: 1, sources: [acc(stranger)] }])).toMatchObject({ field: 'rules.sources' });
  const policy = await set([
    {
      approvals: 2,
      asset: 'USD',
      minAmount: '5',
      rails: ['BOOK'],
      newCounterparty: true,
      sources: [acc(payer.source)],
    },
  ]);
  expect(policy).toMatchObject({
    ...{ version: 1, expiryHours: 72, setBy: payer.viewer.subjectId },
    rules: [
      {
        approvals: 2,
        asset: { code: 'USD' },
        minAmount: { amount: '5.00' },
        sources: [{ id: acc(payer.source) }],
      },
    ],
  });
});
