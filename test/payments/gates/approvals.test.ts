import { parseId, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { compileMatch, STREAM_RULES } from '../../../router/subscriptions/rules.ts';
import { EVENT_TYPES, type FeedEvent } from '../../../schema/events.ts';
import { type Answer, ask, clientOf, type Fixture, mutate, newKey, openFixture, run } from '../fixture.ts';
import { brokenPromises, decide, endWaits, keyFor, pay, read, setExpiry, setPolicy } from './world.ts';

let fixture: Fixture;
let organizationId: Uuid;
let maker: Viewer;
let checker: Viewer;
let sides: { source: Uuid; destination: Uuid };

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
  sides = {
    source: await fixture.openAccount(organizationId, { amountMinor: 100_00n }),
    destination: await fixture.openAccount(organizationId),
  };
});

const make = (more: object = {}): Promise<Answer> => pay(fixture.payments, maker, sides, more);
const say = (viewer: Viewer, name: 'approveTransaction' | 'rejectTransaction', id: string, more = {}) =>
  decide(fixture.payments, viewer, name, id, more);
const kinds = ({ events }: Answer): string[] => events.map(({ kind }: Answer) => kind);
const uuidOf = (id: string): Uuid => parseId('txn', id) as Uuid;

async function available(id: Uuid): Promise<string> {
  const [row] = await fixture.rows<{ text: string }>(
    'select (credits_posted - debits_posted - debits_pending)::text as text from ledger.account where id = $1',
    [id],
  );
  return row?.text ?? '';
}

test('a payment that a rule asks about waits with its money held, and goes on when another key approves it', async () => {
  await setPolicy(fixture.payments, maker, [{ asset: 'USD', minAmount: '10.00', approvals: 1 }]);
  expect(await make()).toMatchObject({ status: 'COMPLETED', approval: null });
  const waiting = await make({ amount: '10.00' });
  expect(waiting).toMatchObject({ status: 'AWAITING_ACTION', version: 2 });
  expect(waiting.approval).toMatchObject({ status: 'OPEN', required: 1, requestedBy: maker.subjectId });
  expect(waiting.events[1]).toMatchObject({
    kind: 'APPROVAL_REQUESTED',
    nextAction: 'APPROVE',
    expectedBy: waiting.approval.expiresAt,
  });
  expect(await available(sides.source)).toBe('8900');
  expect(await available(sides.destination)).toBe('100');

  const approved = await say(checker, 'approveTransaction', waiting.id, { note: 'seen the invoice' });
  expect(approved).toMatchObject({ status: 'COMPLETED', approval: { status: 'APPROVED', version: 2 } });
  expect(kinds(approved)).toEqual(['CREATED', 'APPROVAL_REQUESTED', 'APPROVED', 'COMPLETED']);
  expect(approved.events.map(({ version }: Answer) => version)).toEqual([1, 2, 3, 4]);
  expect(approved.approval.decisions).toEqual([
    { decidedBy: checker.subjectId, verdict: 'APPROVE', note: 'seen the invoice' },
  ]);
  expect(await available(sides.destination)).toBe('1100');
});

test('the key that made it may not decide it, the same key counts once, and each needed approval is waited for', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 2 }]);
  const { id } = await make();
  expect(await say(maker, 'approveTransaction', id)).toMatchObject({
    code: 'APPROVER_NOT_ALLOWED',
    reason: 'MADE_IT',
  });
  expect(await say(maker, 'rejectTransaction', id)).toMatchObject({ reason: 'MADE_IT' });
  expect(await say(checker, 'approveTransaction', id)).toMatchObject({ status: 'AWAITING_ACTION' });
  expect(await say(checker, 'approveTransaction', id)).toMatchObject({ reason: 'DECIDED_ALREADY' });
  const third = keyFor(organizationId);
  const done = await say(third, 'approveTransaction', id);
  expect(done).toMatchObject({ status: 'COMPLETED', approval: { status: 'APPROVED', version: 3 } });
  expect(await say(keyFor(organizationId), 'approveTransaction', id)).toMatchObject({
    code: 'APPROVAL_NOT_OPEN',
    approvalStatus: 'APPROVED',
  });
});

test('a rejection ends it, frees the money and says why', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 3 }]);
  const { id } = await make();
  const rejected = await say(checker, 'rejectTransaction', id, { note: 'wrong amount' });
  expect(rejected).toMatchObject({ status: 'CANCELED', approval: { status: 'REJECTED' } });
  expect(rejected.events.at(-1)).toMatchObject({
    kind: 'REJECTED',
    terminal: true,
    reason: { code: 'NOT_APPROVED', message: 'wrong amount', retryable: false },
  });
  expect(await available(sides.source)).toBe('10000');
});

test('what nobody approves in time is over by the clock, whether or not the worker has come by', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 1 }], { expiryHours: 1 });
  const { id } = await make();
  await setExpiry(fixture, uuidOf(id), 0);
  expect(await say(checker, 'approveTransaction', id)).toMatchObject({ approvalStatus: 'EXPIRED' });
  await endWaits(fixture);
  await endWaits(fixture);
  const expired = await read(fixture.payments, maker, id);
  expect(expired).toMatchObject({ status: 'CANCELED', approval: { status: 'EXPIRED' } });
  expect(kinds(expired)).toEqual(['CREATED', 'APPROVAL_REQUESTED', 'APPROVAL_EXPIRED']);
  expect(await available(sides.source)).toBe('10000');
});

test('who made it may call it off, and nobody can approve it then', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 1 }]);
  const { id } = await make();
  const { result } = await mutate(fixture.payments, maker, 'cancelTransaction', { id, reason: 'mistake' });
  expect(result).toMatchObject({ __typename: 'Transaction', status: 'CANCELED' });
  expect(await say(checker, 'approveTransaction', id)).toMatchObject({ approvalStatus: 'CANCELED' });
  expect(await available(sides.source)).toBe('10000');
});

test('changing the policy changes nothing for what waits already', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 2 }]);
  const { id } = await make();
  await setPolicy(fixture.payments, maker, []);
  expect(await make()).toMatchObject({ status: 'COMPLETED' });
  expect(await say(checker, 'approveTransaction', id)).toMatchObject({ status: 'AWAITING_ACTION' });
  expect((await read(fixture.payments, maker, id)).approval).toMatchObject({
    required: 2,
    rule: { approvals: 2 },
  });
});

test('of fifty decisions at once each key counts once, and exactly one is the last', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 3 }]);
  const { id } = await make();
  const keys = Array.from({ length: 5 }, () => keyFor(organizationId));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => say(keys[index % 5] as Viewer, 'approveTransaction', id)),
  );
  expect(answers.filter(({ __typename }) => __typename === 'Transaction')).toHaveLength(3);
  const done = await read(fixture.payments, maker, id);
  expect(done).toMatchObject({ status: 'COMPLETED' });
  expect(new Set(done.approval.decisions.map(({ decidedBy }: Answer) => decidedBy)).size).toBe(3);
  expect(kinds(done).filter((kind) => kind === 'COMPLETED')).toHaveLength(1);
});

test('approving and rejecting at once ends in one of the two', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 1 }]);
  for (let round = 0; round < 5; round++) {
    const { id } = await make();
    await Promise.all([
      say(checker, 'approveTransaction', id),
      say(keyFor(organizationId), 'rejectTransaction', id),
      mutate(fixture.payments, maker, 'cancelTransaction', { id }),
    ]);
    const done = await read(fixture.payments, maker, id);
    expect(['COMPLETED', 'CANCELED']).toContain(done.status);
    expect(done.events.map(({ version }: Answer) => version)).toEqual(
      done.events.map((_: Answer, i: number) => i + 1),
    );
  }
});

test('only who is new asks for approval where the rule says so, and a payment that came to nothing makes nobody known', async () => {
  await setPolicy(fixture.payments, maker, [{ newCounterparty: true, approvals: 1 }]);
  const first = await make();
  expect(first).toMatchObject({ status: 'AWAITING_ACTION' });
  await say(checker, 'rejectTransaction', first.id);
  const second = await make();
  expect(second).toMatchObject({ status: 'AWAITING_ACTION' });
  await say(checker, 'approveTransaction', second.id);
  expect(await make()).toMatchObject({ status: 'COMPLETED' });
});

test('a hold that is to be captured begins when it was approved', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 1 }]);
  const { id } = await make({ captureMethod: 'MANUAL', holdSeconds: 60 });
  expect((await mutate(fixture.payments, maker, 'captureTransaction', { id })).result).toMatchObject({
    __typename: 'InvalidState',
  });
  const approved = await say(checker, 'approveTransaction', id);
  expect(kinds(approved)).toEqual(['CREATED', 'APPROVAL_REQUESTED', 'APPROVED', 'FUNDS_HELD']);
  expect((await mutate(fixture.payments, maker, 'captureTransaction', { id })).result).toMatchObject({
    status: 'COMPLETED',
  });
});

test('the same key answers the same, also after the payment went on', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 1 }]);
  const { id } = await make();
  const idempotencyKey = newKey();
  await say(checker, 'approveTransaction', id, { idempotencyKey });
  expect(await say(checker, 'approveTransaction', id, { idempotencyKey })).toMatchObject({
    status: 'COMPLETED',
  });
  const other = keyFor(organizationId);
  expect(await say(other, 'approveTransaction', id, { idempotencyKey })).toMatchObject({
    __typename: 'IdempotencyKeyReused',
  });
});

test('approvals are listed for those who can decide them, and another organization or a payer sees none', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 2 }]);
  const ids = [(await make()).id, (await make()).id];
  await say(checker, 'approveTransaction', ids[0]);
  const list = async (viewer: Viewer, filter: object): Promise<Answer[]> => {
    const document = `query ($filter: ApprovalFilter) { approvals(first: 10, filter: $filter) { edges { node {
      id status transaction { id } } } } }`;
    const { approvals } = await ask(fixture.payments, viewer, document, { filter });
    return approvals.edges.map(({ node }: Answer) => node.transaction?.id);
  };
  expect(await list(checker, { openForMe: true })).toEqual([ids[1]]);
  expect(await list(maker, { openForMe: true })).toEqual([]);
  expect(await list(maker, { statuses: ['OPEN'], subject: 'TRANSACTION' })).toEqual([ids[1], ids[0]]);
  expect(await list(maker, { subject: 'PAYOUT_BATCH' })).toEqual([]);
  const stranger = keyFor(await fixture.addOrganization());
  expect(await list(stranger, {})).toEqual([]);
  expect(await say(stranger, 'approveTransaction', ids[1])).toMatchObject({ code: 'NOT_FOUND' });
  const payer = clientOf(organizationId, await fixture.addCustomer(organizationId));
  expect(await list(payer, {})).toEqual([]);
  const { approval } = await read(fixture.payments, maker, ids[1]);
  const one = `query ($id: ID!) { approval(id: $id) { id } }`;
  expect(await ask(fixture.payments, stranger, one, { id: approval.id })).toEqual({ approval: null });
  expect(await ask(fixture.payments, payer, one, { id: approval.id })).toEqual({ approval: null });
  const denied = await run(
    fixture.payments,
    keyFor(organizationId, ['transactions:*']),
    `mutation { approveTransaction(
    input: { idempotencyKey: "k", id: "${ids[1]}" }) { __typename } }`,
  );
  expect(denied.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
});

const STREAM = `subscription { approvalUpdates { cursor event { version kind } approval { id status decisions { verdict } } } }`;

test('a stream tells what waits and what becomes of it, of the own organization and to no client token', async () => {
  await setPolicy(fixture.payments, maker, [{ approvals: 1 }]);
  const { id, approval } = await make();
  await say(checker, 'approveTransaction', id);
  const feed = await readFeed(approval.id);
  const messageFor = (viewer: Viewer, event: FeedEvent | null) =>
    run(fixture.payments, viewer, STREAM, {}, { approvalUpdates: { cursor: 'c', event } });
  const seen = async (event: FeedEvent | null) =>
    JSON.parse(JSON.stringify((await messageFor(checker, event)).data)).approvalUpdates;
  const decided = { id: approval.id, status: 'APPROVED', decisions: [{ verdict: 'APPROVE' }] };
  expect(await Promise.all(feed.map(seen))).toEqual([
    { cursor: 'c', event: { version: 1, kind: 'REQUESTED' }, approval: decided },
    { cursor: 'c', event: { version: 2, kind: 'APPROVED' }, approval: decided },
  ]);
  expect(await seen(null)).toEqual({ cursor: 'c', event: null, approval: null });

  const customerId = await fixture.addCustomer(organizationId);
  const stranger = keyFor(await fixture.addOrganization());
  for (const viewer of [clientOf(organizationId, customerId), stranger]) {
    for (const event of feed) {
      const { errors } = await messageFor(viewer, event);
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    }
  }
  const { errors } = await messageFor(keyFor(organizationId, ['accounts:read']), null);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('the router gives that stream all that is told of approvals, and nothing else', () => {
  const rule = present(STREAM_RULES.approvalUpdates, 'the rule of approvals');
  const told = EVENT_TYPES.filter((type) => compileMatch(rule, {})({ type } as FeedEvent));
  expect(told).toEqual(EVENT_TYPES.filter((type) => /^Approval[A-Z]/.test(type)));
  expect(rule.scope).toBe('transactions:read');
});

/** The events of one object as a feed delivers them. */
async function readFeed(approvalId: string): Promise<readonly FeedEvent[]> {
  const rows = await fixture.rows<Answer>(
    `select id, organization_id, type, aggregate_id, version, subjects, payload, occurred_at
       from platform.outbox where aggregate_id = $1 order by version`,
    [parseId('apr', approvalId)],
  );
  return rows.map((row, index) => ({
    ...{ cursor: `c${index}`, id: row.id, organizationId: row.organization_id, type: row.type },
    ...{ aggregateId: row.aggregate_id, version: row.version, subjects: row.subjects },
    ...{ payload: row.payload, occurredAt: row.occurred_at.toISOString() },
  }));
}
