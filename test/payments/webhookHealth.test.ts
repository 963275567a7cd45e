import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import {
  BREAKER_FAILURES,
  breakerPauseMs,
  RETRY_DELAYS_MS,
  retryDelayMs,
} from '../../subgraphs/payments/domain/webhookSchedule.ts';
import { keyOf } from './fixture.ts';
import {
  addEndpoint,
  call,
  deliveriesTo,
  openWebhookWorld,
  pay,
  until,
  type WebhookWorld,
} from './webhookWorld.ts';

let world: WebhookWorld;
let viewer: Viewer;

beforeAll(async () => {
  world = await openWebhookWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  viewer = keyOf(await world.fixture.addOrganization());
});

const rowOf = async (id: string) => {
  const [row] = await world.fixture.rows<{
    failures: number;
    status: string;
    disabled_reason: string;
    paused: boolean;
  }>(
    `select failures, status, disabled_reason, paused_until > now() as paused from payments.webhook_endpoint where id = $1`,
    [parseId('whk', id)],
  );
  return row;
};

test('retries are spread over three days and then end; an endpoint that fails is left alone longer and longer', () => {
  expect(RETRY_DELAYS_MS.map((_, index) => retryDelayMs(index + 1, 0))).toEqual(RETRY_DELAYS_MS);
  expect(retryDelayMs(1, 1)).toBe(6_000);
  expect(retryDelayMs(RETRY_DELAYS_MS.length + 1, 0)).toBeNull();
  expect(breakerPauseMs(BREAKER_FAILURES - 1, 1)).toBe(0);
  expect(breakerPauseMs(BREAKER_FAILURES + 1, 0)).toBe(2 * breakerPauseMs(BREAKER_FAILURES, 0));
  expect(breakerPauseMs(1_000, 0)).toBe(900_000);
});

test('endpoints that hang do not delay the others', async () => {
  const { fixture, receiver } = world;
  receiver.behave = ({ path }, response) => {
    if (!path.startsWith('/hangs')) response.writeHead(200).end();
  };
  await Promise.all(
    Array.from({ length: 4 }, (_, at) => addEndpoint(fixture, viewer, receiver.urlOf(`/hangs-${at}`))),
  );
  await addEndpoint(fixture, viewer, receiver.urlOf('/healthy'));
  const webhooks = await world.start({ timeoutMs: 3_000 });
  const paid = await Promise.all(Array.from({ length: 25 }, () => pay(fixture, viewer)));
  const lags = await until(() => {
    const arrived = receiver.at('/healthy');
    return (
      arrived.length >= 50 && arrived.map(({ body, atMs }) => atMs - Date.parse(JSON.parse(body).timestamp))
    );
  });
  expect(paid).toHaveLength(25);
  expect(Math.max(...lags)).toBeLessThan(2_000);
  const hanging = receiver.received.filter(({ path }) => path.startsWith('/hangs'));
  // Each has a few places for as long as the time-out.
  expect(hanging.length).toBeLessThanOrEqual(4 * 4);
  await webhooks.close();
});

test('after failures in a row an endpoint is paused, and one success ends that', async () => {
  const { fixture, receiver } = world;
  receiver.behave = (_, response) => response.writeHead(503).end();
  const { id } = await addEndpoint(fixture, viewer, receiver.urlOf('/fails'), { ordered: false });
  const webhooks = await world.start();
  await Promise.all(Array.from({ length: 5 }, () => pay(fixture, viewer)));
  await until(async () => (await rowOf(id))?.paused);
  await sleep(300);
  const before = receiver.at('/fails').length;
  await sleep(1_000);
  expect(receiver.at('/fails')).toHaveLength(before);
  receiver.behave = (_, response) => response.writeHead(200).end();
  await call(fixture, viewer, 'enableWebhookEndpoint', { id });
  await fixture.rows('update payments.webhook_endpoint set paused_until = null where id = $1', [
    parseId('whk', id),
  ]);
  await until(async () =>
    (await deliveriesTo(fixture, viewer, id)).every(({ status }) => status === 'SUCCEEDED'),
  );
  expect(await rowOf(id)).toMatchObject({ failures: 0, status: 'ENABLED' });
  await webhooks.close();
});

test('an endpoint that has failed for days is disabled with an event', async () => {
  const { fixture, receiver } = world;
  receiver.behave = (_, response) => response.writeHead(500).end();
  const { id } = await addEndpoint(fixture, viewer, receiver.urlOf('/days'), {
    events: ['transaction.completed'],
  });
  await fixture.rows(
    `update payments.webhook_endpoint set failures = 1, failing_since = now() - interval '6 days' where id = $1`,
    [parseId('whk', id)],
  );
  const webhooks = await world.start();
  await pay(fixture, viewer);
  await until(async () => (await rowOf(id))?.status === 'DISABLED');
  expect(await rowOf(id)).toMatchObject({ disabled_reason: 'FAILING' });
  const events = await fixture.rows('select type, version from platform.outbox where aggregate_id = $1', [
    parseId('whk', id),
  ]);
  expect(events).toEqual([{ type: 'WebhookEndpointDisabled', version: 1 }]);
  await webhooks.close();
});

test('several senders share the work, and send nothing twice', async () => {
  const { fixture, receiver } = world;
  receiver.behave = (_, response) => setTimeout(() => response.writeHead(200).end(), 10);
  await addEndpoint(fixture, viewer, receiver.urlOf('/shared'));
  const senders = await Promise.all([world.start(), world.start(), world.start()]);
  await Promise.all(Array.from({ length: 20 }, () => pay(fixture, viewer)));
  await until(() => receiver.at('/shared').length >= 40);
  await sleep(300);
  const arrived = receiver.at('/shared').map(({ body }) => JSON.parse(body));
  expect(new Set(arrived.map((one) => one.id)).size).toBe(40);
  expect(arrived).toHaveLength(40);
  const versions = new Map<string, number>();
  for (const { version, data } of arrived) {
    expect(version).toBe((versions.get(data.transactionId) ?? 0) + 1);
    versions.set(data.transactionId, version);
  }
  await Promise.all(senders.map((sender) => sender.close()));
});
