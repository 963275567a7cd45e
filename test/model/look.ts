import type { Viewer } from '../../platform/viewer.ts';
import { type Answer, run as execute } from '../payments/fixture.ts';
import { shapeOf } from '../payments/gates/reviewing.ts';
import type { Pair, Run, Side } from './run.ts';

/** On the list that the sandbox screens for. */
const LISTED = 'Zoltan Quillfeather';
/** On none, and masked alike. */
const UNLISTED = 'Zigzag Quuxquuxquux';
const LISTED_ADDRESS = '0xbad0000000000000000000000000000000000bad';
const UNLISTED_ADDRESS = '0xc0c0000000000000000000000000000000000c0c';

/** Whom a payment goes to that is reviewed in one of the two histories. */
export const suspect = ({ isReviewed }: Side): { readonly name: string; readonly address: string } => ({
  name: isReviewed ? LISTED : UNLISTED,
  address: isReviewed ? LISTED_ADDRESS : UNLISTED_ADDRESS,
});

const INSTANT = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const NAMES = new RegExp(`${LISTED}|${UNLISTED}`, 'g');

/** What two histories have in common where they are the same: all but ids, addresses, instants and who is paid. */
function common(value: unknown): string {
  const text = JSON.stringify(value ?? null)
    .replace(INSTANT, 'then')
    .replace(NAMES, 'somebody');
  return shapeOf(JSON.parse(text));
}

/** The first difference says more than two texts of ten thousand letters. */
export function expectAlike(run: Run, [slow, reviewed]: Pair<unknown>): void {
  if (!run.isCompared) return;
  const [a, b] = [common(slow), common(reviewed)];
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  const from = Math.max(at < 0 ? a.length : at, 80) - 80;
  expect(b.slice(from, from + 200)).toBe(a.slice(from, from + 200));
}

/** Asks the same of both, as somebody who may know nothing of reviews, whose answers must not tell them apart. */
export async function both(run: Run, ask: (side: Side, at: 0 | 1) => Promise<Answer>): Promise<Pair<Answer>> {
  const [slow, reviewed] = run.sides;
  const answers: Pair<Answer> = await Promise.all([ask(slow, 0), ask(reviewed, 1)]);
  expectAlike(run, answers);
  return answers;
}

const EVENT = `id version kind status leg terminal nextAction expectedBy amount { amount } reason { code message retryable }
  transactionHash relatedTransaction { id }`;
const WHOLE = `id type status finality captureMethod version createdAt updatedAt completedAt holdExpiresAt expectedBy
  returnReason reversibleUntil amount { amount } capturedAmount { amount } refundedAmount { amount } refundingAmount { amount }
  approval { id status } review { id } fees { amount { amount } } refunds { id }
  source { rail address account { id } amount { amount asset { code } } }
  destination { rail address bankAccount reference orderId account { id } amount { amount asset { code } }
    cashPickup { network orderId recipientName codeMask expiresAt } }
  events { ${EVENT} }`;

const page = (name: string, filter: string, fields: string): string =>
  `${name}: transactions(first: 50, filter: { ${filter} }) { edges { node { ${fields} } } pageInfo { hasNextPage } }`;

const LISTS = `query ($ids: [_Any!]!) { ${page('all', '', WHOLE)}
  ${page('processing', 'statuses: [PROCESSING]', 'id status')} ${page('awaiting', 'statuses: [AWAITING_ACTION]', 'id status')}
  ${page('ended', 'statuses: [FAILED, CANCELED, RETURNED]', 'id')}
  approvals(first: 50) { edges { node { id status } } } cashIns(first: 50) { edges { node { id status version } } }
  _entities(representations: $ids) { ... on Transaction { id status version } } }`;
const REVIEWS = '{ reviews(first: 3) { edges { cursor } } }';
const REVIEWED = `{ ${page('reviewed', 'statuses: [UNDER_REVIEW]', 'id status')} }`;

/** All that a viewer may see of a history, and what was pushed since it was looked at last. */
async function seen(run: Run, side: Side, at: 0 | 1, viewer: Viewer): Promise<unknown> {
  const { payments } = run.world.fixture;
  const ids = run.movements.map((movement) => ({ __typename: 'Transaction', id: movement.ids[at] }));
  const answers: unknown[] = [];
  for (const query of [LISTS, REVIEWS, REVIEWED]) {
    const { data, errors } = await execute(payments, viewer, query, { ids });
    // What is refused as a whole compares nothing.
    if (query === LISTS) expect(errors).toBeUndefined();
    answers.push(
      data,
      errors?.map(({ message, extensions }) => [message, extensions?.code]),
    );
  }
  return [...answers, ...(await pushed(run, side, at, viewer))];
}

const SUBSCRIPTION = `subscription { transactionUpdates { cursor event { version kind status terminal }
  transaction { id status version } } }`;

/** What streams and webhooks are made of, and what a subscriber is told by it. */
async function pushed(run: Run, { organizationId }: Side, at: 0 | 1, viewer: Viewer): Promise<unknown[]> {
  const { fixture } = run.world;
  const rows = await fixture.rows<Answer>(
    `select id, type, version, subjects, payload, organization_id as "organizationId", aggregate_id as "aggregateId"
       from platform.outbox where organization_id = $1 and type like 'Transaction%' order by xid, seq offset $2`,
    [organizationId, run.told[at]],
  );
  run.told[at] += rows.length;
  const order = [...rows].sort((a, b) =>
    `${a.aggregateId}${a.version}` < `${b.aggregateId}${b.version}` ? -1 : 1,
  );
  const told: unknown[] = [];
  for (const row of order) {
    const event = { ...row, cursor: 'here', occurredAt: '2026-01-01T00:00:00.000Z' };
    const message = { transactionUpdates: { cursor: 'here', event } };
    const { data, errors } = await execute(fixture.payments, viewer, SUBSCRIPTION, {}, message);
    told.push(row.type, row.version, row.subjects.length, row.payload, data, errors);
  }
  return told;
}

/** To who may not know of reviews, what waits for one is slow: lists, filters, entities and pushes are the same. */
export async function lookAtBoth(run: Run): Promise<void> {
  // Before the first of them the two are the same whoever looks.
  if (!run.isCompared || !run.movements.some(({ reviewed }) => reviewed)) return;
  const [slow, reviewed] = run.sides;
  const view = await seen(run, slow, 0, slow.viewer);
  expectAlike(run, [view, await seen(run, reviewed, 1, reviewed.viewer)]);
}

/** Another organization sees nothing of either. */
export async function lookFromOutside(run: Run): Promise<void> {
  const { fixture } = run.world;
  const { viewer, organizationId } = run.bystander;
  const ids = run.movements.slice(-2).flatMap(({ ids: pair }) => [...pair]);
  const [id = null] = ids;
  const query = `query ($id: ID!, $ids: [_Any!]!) { transactions(first: 1) { edges { node { id } } }
    transaction(id: $id) { id } _entities(representations: $ids) { ... on Transaction { id status } } }`;
  const representations = ids.map((one) => ({ __typename: 'Transaction', id: one }));
  if (id === null) return;
  const { data } = await execute(fixture.payments, viewer, query, { id, ids: representations });
  expect(JSON.parse(JSON.stringify(data))).toEqual({
    ...{ transactions: { edges: [] }, transaction: null, _entities: ids.map(() => null) },
  });
  const pushes = await fixture.rows(
    `select type from platform.outbox where organization_id = $1 and type like 'Transaction%'`,
    [organizationId],
  );
  expect(pushes).toEqual([]);
}
