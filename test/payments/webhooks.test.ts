import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { Webhooks } from '../../subgraphs/payments/workers/webhooks.ts';
import { clientOf, keyOf, run } from './fixture.ts';
import {
  addEndpoint,
  call,
  deliveriesTo,
  openWebhookWorld,
  pay,
  until,
  verify,
  type WebhookWorld,
} from './webhookWorld.ts';

let world: WebhookWorld;
let webhooks: Webhooks;
let viewer: Viewer;
let path: string;
let paths = 0;

beforeAll(async () => {
  world = await openWebhookWorld();
  webhooks = await world.start();
});
afterAll(async () => {
  await webhooks.close();
  await world.close();
});
beforeEach(async () => {
  viewer = keyOf(await world.fixture.addOrganization());
  path = `/hook-${++paths}`;
  world.receiver.behave = (_, response) => response.writeHead(204).end();
});

const received = (count: number) =>
  until(() => world.receiver.at(path).length >= count && world.receiver.at(path));

test('an endpoint is told of each step once, in order, signed, with the ids and versions of the timeline', async () => {
  const { fixture, receiver } = world;
  const { id, secret } = await addEndpoint(fixture, viewer, receiver.urlOf(path));
  const paid = await pay(fixture, viewer);
  const messages = (await received(paid.events.length)).map((one) => verify(secret, one));
  expect(messages.map(({ id: event, version, type }) => [event, version, type])).toEqual([
    [paid.events[0].id, 1, 'transaction.created'],
    [paid.events[1].id, 2, 'transaction.completed'],
  ]);
  expect(receiver.at(path).map(({ headers }) => headers['webhook-id'])).toEqual(
    messages.map((one) => one.id),
  );
  expect(messages[1].data).toMatchObject({
    transactionId: paid.id,
    event: { status: 'COMPLETED', terminal: true },
  });
  const deliveries = await until(async () => {
    const found = await deliveriesTo(fixture, viewer, id);
    return found.every(({ status }) => status === 'SUCCEEDED') && found;
  });
  expect(deliveries).toHaveLength(2);
  expect(deliveries[0]).toMatchObject({
    transaction: { id: paid.id },
    endpoint: { id },
    attempts: [{ number: 1, statusCode: 204 }],
  });
});

test('a message is refused by a receiver that has another secret, an old timestamp, or another body', async () => {
  const { fixture, receiver } = world;
  const { secret } = await addEndpoint(fixture, viewer, receiver.urlOf(path));
  await pay(fixture, viewer);
  const [message] = await received(1);
  if (!message) throw new Error('nothing was received');
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  expect(() => verify(other, message)).toThrow('No matching signature');
  const old = {
    ...message.headers,
    'webhook-timestamp': String(Number(message.headers['webhook-timestamp']) - 600),
  };
  expect(() => verify(secret, { ...message, headers: old })).toThrow('timestamp too old');
  const spaced = JSON.stringify(JSON.parse(message.body), null, 1);
  expect(() => verify(secret, { ...message, body: spaced })).toThrow('No matching signature');
});

test('the public key of an endpoint verifies v1a', async () => {
  const { fixture, receiver } = world;
  const { publicKey } = await addEndpoint(fixture, viewer, receiver.urlOf(path));
  await pay(fixture, viewer);
  const [{ headers, body }] = (await received(1)) as never as [
    { headers: Record<string, string>; body: string },
  ];
  const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signature = /v1a,(\S+)/.exec(String(headers['webhook-signature']))?.[1];
  const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  expect(verifySignature(null, signed, key, Buffer.from(String(signature), 'base64'))).toBe(true);
});

test('after a rotation the old and the new secret both verify, and without overlap only the new one', async () => {
  const { fixture, receiver } = world;
  const { id, secret } = await addEndpoint(fixture, viewer, receiver.urlOf(path));
  const second = await call(fixture, viewer, 'rotateWebhookSecret', { id, overlapSeconds: 3600 });
  expect(second.endpoint.keys).toMatchObject([{ retiresAt: null }, { retiresAt: expect.any(String) }]);
  await call(fixture, viewer, 'sendTestWebhook', { id });
  const [both] = await received(1);
  for (const one of [secret, second.secret]) expect(verify(one, both as never).type).toBe('webhook.test');
  const third = await call(fixture, viewer, 'rotateWebhookSecret', { id, overlapSeconds: 0 });
  await sleep(2_100);
  await call(fixture, viewer, 'sendTestWebhook', { id });
  const last = (await received(2))[1];
  expect(() => verify(second.secret, last as never)).toThrow('No matching signature');
  expect(verify(third.secret, last as never).type).toBe('webhook.test');
});

test('an endpoint is told only of the types and the customer that it asks for, and never of reviews', async () => {
  const { fixture, receiver } = world;
  const customerId = await fixture.addCustomer(viewer.organizationId);
  const mine = await fixture.openAccount(viewer.organizationId, { customerId });
  const { formatId } = await import('../../platform/id.ts');
  const more = { events: ['transaction.completed'], customerId: formatId('cus', customerId) };
  const { secret } = await addEndpoint(fixture, viewer, receiver.urlOf(path), more);
  await addEndpoint(fixture, viewer, receiver.urlOf(`${path}-reviews`), { complianceOnly: true });
  await pay(fixture, viewer);
  const paid = await pay(fixture, viewer, { destinationId: formatId('acc', mine) });
  const messages = (await received(1)).map((one) => verify(secret, one));
  await sleep(300);
  expect(messages.map(({ type, data }) => [type, data.transactionId])).toEqual([
    ['transaction.completed', paid.id],
  ]);
  expect(receiver.at(path)).toHaveLength(1);
  expect(receiver.at(`${path}-reviews`)).toHaveLength(0);
});

test('a later version waits for the earlier one, which is tried again', async () => {
  const { fixture, receiver } = world;
  let refusals = 1;
  receiver.behave = (_, response) => response.writeHead(refusals-- > 0 ? 500 : 200).end('so it is');
  const { id, secret } = await addEndpoint(fixture, viewer, receiver.urlOf(path));
  await pay(fixture, viewer);
  await received(1);
  await sleep(300);
  expect(receiver.at(path)).toHaveLength(1);
  const messages = (await received(3)).map((one) => verify(secret, one));
  expect(messages.map(({ version }) => version)).toEqual([1, 1, 2]);
  const [, first] = await deliveriesTo(fixture, viewer, id);
  expect(first.attempts).toMatchObject([
    { number: 2, outcome: 'DELIVERED' },
    { number: 1, outcome: 'REFUSED', statusCode: 500, responseBody: 'so it is', error: 'HTTP_500' },
  ]);
});

test('an endpoint that answers 410 is disabled at once; what happens then is kept and can be sent again', async () => {
  const { fixture, receiver } = world;
  receiver.behave = (_, response) => response.writeHead(410).end();
  const { id } = await addEndpoint(fixture, viewer, receiver.urlOf(path), { ordered: false });
  await pay(fixture, viewer);
  const read = () =>
    run(
      world.fixture.payments,
      viewer,
      'query ($id: ID!) { webhookEndpoint(id: $id) { status disabledReason } }',
      { id },
    );
  await until(async () => JSON.stringify((await read()).data).includes('GONE'));
  const told = await fixture.rows('select type from platform.outbox where aggregate_id = $1', [
    parseId('whk', id),
  ]);
  expect(told).toEqual([{ type: 'WebhookEndpointDisabled' }]);
  await pay(fixture, viewer);
  const skipped = await until(async () => {
    const found = (await deliveriesTo(fixture, viewer, id)).filter(({ status }) => status === 'SKIPPED');
    return found.length >= 2 && found;
  });
  receiver.behave = (_, response) => response.writeHead(200).end();
  await call(fixture, viewer, 'enableWebhookEndpoint', { id });
  const resent = await call(fixture, viewer, 'resendWebhookDeliveries', { id, status: 'SKIPPED' });
  expect(resent.count).toBe(skipped.length);
  await until(() =>
    skipped.every(({ eventId }) =>
      receiver.at(path).some(({ headers }) => headers['webhook-id'] === eventId),
    ),
  );
});

test('a delivery that is sent again has the same id and body', async () => {
  const { fixture, receiver } = world;
  const { id, secret } = await addEndpoint(fixture, viewer, receiver.urlOf(path), {
    events: ['transaction.completed'],
  });
  await pay(fixture, viewer);
  await received(1);
  const [delivery] = await until(async () => {
    const found = await deliveriesTo(fixture, viewer, id);
    return found[0]?.status === 'SUCCEEDED' && found;
  });
  await call(fixture, viewer, 'resendWebhookDelivery', { id: delivery.id });
  const [first, again] = await received(2);
  expect(again?.body).toBe(first?.body);
  expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(verify(secret, again as never).id).toBe(delivery.eventId);
});

test('another organization and a client token see and change nothing', async () => {
  const { fixture, receiver } = world;
  const { id } = await addEndpoint(fixture, viewer, receiver.urlOf(path));
  const stranger = keyOf(await fixture.addOrganization());
  for (const name of [
    'deleteWebhookEndpoint',
    'disableWebhookEndpoint',
    'rotateWebhookSecret',
    'sendTestWebhook',
    'resendWebhookDeliveries',
  ])
    expect(await call(fixture, stranger, name, { id })).toMatchObject({ __typename: 'NotFound' });
  expect(await deliveriesTo(fixture, stranger, id)).toEqual([]);
  const client = {
    ...clientOf(viewer.organizationId, await fixture.addCustomer(viewer.organizationId)),
    scopes: ['*'],
  };
  const refused = await run(
    fixture.payments,
    client,
    'mutation ($id: ID!) { deleteWebhookEndpoint(input: { id: $id }) { __typename } }',
    { id },
  );
  expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(await deliveriesTo(fixture, client, id)).toEqual([]);
});

test('who may not read something cannot have it told', async () => {
  const { fixture, receiver } = world;
  const make = (scopes: readonly string[], input: object) =>
    run(
      fixture.payments,
      { ...viewer, scopes },
      'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { __typename } }',
      { input: { url: receiver.urlOf(path), ...input } },
    );
  const scopes = ['webhooks:write', 'transactions:read'];
  expect((await make(scopes, { events: ['transaction.completed'] })).errors).toBeUndefined();
  for (const input of [
    {},
    { events: ['customer.created'] },
    { events: ['transaction.completed'], complianceOnly: true },
  ])
    expect((await make(scopes, input)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('secrets are sealed in the database', async () => {
  const { fixture, receiver } = world;
  const { id, secret } = await addEndpoint(fixture, viewer, receiver.urlOf(path));
  const [row] = await fixture.rows<{ text: string }>(
    `select encode(sealed, 'base64') as text from payments.webhook_key where endpoint_id = $1`,
    [parseId('whk', id)],
  );
  const bytes = Buffer.from(secret.replace('whsec_', ''), 'base64');
  expect(Buffer.from(String(row?.text), 'base64').includes(bytes)).toBe(false);
});
