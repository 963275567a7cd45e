import { setTimeout as sleep } from 'node:timers/promises';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Webhooks } from '../../../subgraphs/payments/workers/webhooks.ts';
import { type Answer, acc, ask, run } from '../fixture.ts';
import { addEndpoint, openWebhookWorld, until, verify, type WebhookWorld } from '../webhookWorld.ts';
import { decideOn, payScreened } from './reviewing.ts';
import { keyFor } from './world.ts';

let world: WebhookWorld;
let webhooks: Webhooks;

beforeAll(async () => {
  world = await openWebhookWorld();
  webhooks = await world.start();
});
afterAll(async () => {
  await webhooks.close();
  await world.close();
});

/** Long enough for what was queued with what arrived. */
const SETTLE_MS = 400;

async function pay(viewer: Viewer): Promise<string> {
  const { fixture } = world;
  const source = await fixture.openAccount(viewer.organizationId, { amountMinor: 100_00n });
  const destination = await fixture.openAccount(viewer.organizationId);
  const sides = { sourceId: acc(source), destinationId: acc(destination) };
  return payScreened(fixture, viewer, { ...sides, amount: '10', asset: 'USD' });
}

async function tellEndorsementReview(organizationId: Uuid): Promise<void> {
  await world.fixture.rows(
    `insert into platform.outbox (id, organization_id, type, aggregate_id, version, subjects, payload)
     values ($1, $2, 'EndorsementReviewStarted', $1, 1, '{}', '{"id": "x"}')`,
    [newUuid(), organizationId],
  );
}

test('reviews are told to endpoints for compliance and to no others, which are told a slow payment', async () => {
  const { fixture, receiver } = world;
  const officer = keyFor(await fixture.addOrganization());
  const [open, closed] = [`/${newUuid()}`, `/${newUuid()}`];
  const all = await addEndpoint(fixture, officer, receiver.urlOf(open));
  const only = await addEndpoint(fixture, officer, receiver.urlOf(closed), { complianceOnly: true });
  const id = await pay(officer);
  await tellEndorsementReview(officer.organizationId);
  await decideOn(fixture, officer, id, 'RELEASE');
  await until(() => receiver.at(open).length >= 2 && receiver.at(closed).length >= 3);
  await sleep(SETTLE_MS);
  const typesAt = (path: string, secret: string): string[] =>
    receiver
      .at(path)
      .map((one) => verify(secret, one).type)
      .sort();
  expect(typesAt(open, all.secret)).toEqual(['transaction.completed', 'transaction.created']);
  expect(typesAt(closed, only.secret)).toEqual(
    ['endorsement.reviewStarted', 'review.decided', 'review.opened'].sort(),
  );
  const told = receiver
    .at(open)
    .map(({ body }) => body)
    .join();
  expect(told).not.toMatch(/review/i);
});

test('the log of what was told of reviews is shown with the scope only', async () => {
  const { fixture, receiver } = world;
  const officer = keyFor(await fixture.addOrganization());
  const clerk = keyFor(officer.organizationId, ['webhooks:*', 'transactions:*', 'customers:*', 'accounts:*']);
  const { id: endpointId } = await addEndpoint(fixture, officer, receiver.urlOf('/log'), {
    complianceOnly: true,
  });
  await pay(officer);
  const log = async (viewer: Viewer): Promise<Answer[]> => {
    const document = `query ($id: ID!) { webhookDeliveries(first: 9) { edges { node { id type } } }
      webhookEndpoint(id: $id) { deliveries(first: 9) { edges { node { id type } } } } }`;
    const answer = await ask(fixture.payments, viewer, document, { id: endpointId });
    return [...answer.webhookDeliveries.edges, ...answer.webhookEndpoint.deliveries.edges].map(
      ({ node }) => node,
    );
  };
  const seen = await until(async () => ((await log(officer)).length === 2 ? log(officer) : null));
  expect(seen.map(({ type }) => type)).toEqual(['review.opened', 'review.opened']);
  expect(await log(clerk)).toEqual([]);
  const one = `query ($id: ID!) { webhookDelivery(id: $id) { type } }`;
  expect(await ask(fixture.payments, clerk, one, { id: seen[0].id })).toEqual({ webhookDelivery: null });
  expect(await ask(fixture.payments, officer, one, { id: seen[0].id })).toEqual({
    webhookDelivery: { type: 'review.opened' },
  });
});

test('nobody without the scope asks for reviews to be told, or sends what is told of them elsewhere', async () => {
  const { fixture, receiver } = world;
  const officer = keyFor(await fixture.addOrganization());
  const { id } = await addEndpoint(fixture, officer, receiver.urlOf('/own'), { complianceOnly: true });
  const scopes = [
    'organization',
    'keys',
    'customers',
    'accounts',
    'wallets',
    'transactions',
    'webhooks',
    'reconciliation',
  ];
  const clerk = keyFor(
    officer.organizationId,
    scopes.map((scope) => `${scope}:*`),
  );
  const codeOf = async (name: 'create' | 'update', input: object): Promise<unknown> => {
    const type = `${name === 'create' ? 'Create' : 'Update'}WebhookEndpointInput`;
    const document = `mutation ($input: ${type}!) { result: ${name}WebhookEndpoint(input: $input) { __typename } }`;
    return (await run(fixture.payments, clerk, document, { input })).errors?.[0]?.extensions.code;
  };
  const url = receiver.urlOf('/mine');
  expect(await codeOf('create', { url })).toBeUndefined();
  expect(await codeOf('create', { url, events: ['review.opened'] })).toBe('FORBIDDEN');
  expect(await codeOf('create', { url, complianceOnly: true })).toBe('FORBIDDEN');
  for (const change of [{ url }, { complianceOnly: false }, { events: [] }]) {
    expect(await codeOf('update', { id, ...change })).toBe('FORBIDDEN');
  }
});
