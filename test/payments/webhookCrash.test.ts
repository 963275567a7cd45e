import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../platform/paths.ts';
import { keyOf } from './fixture.ts';
import {
  addEndpoint,
  deliveriesTo,
  openWebhookWorld,
  pay,
  until,
  verify,
  type WebhookWorld,
} from './webhookWorld.ts';

let world: WebhookWorld;
let child: ChildProcess | undefined;

beforeAll(async () => {
  world = await openWebhookWorld();
});
afterEach(async () => {
  await kill();
});
afterAll(() => world.close());

async function startSender(): Promise<void> {
  const script = join(projectRoot, 'test/payments/webhookSender.fixture.ts');
  const started = spawn(process.execPath, ['--import', 'tsx', script, world.fixture.url, world.keyFile], {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child = started;
  await once(started.stdout, 'data');
}

async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test('a sender killed between sending and recording loses nothing: it is sent again under the same id', async () => {
  const { fixture, receiver } = world;
  const viewer = keyOf(await fixture.addOrganization());
  const { id, secret } = await addEndpoint(fixture, viewer, receiver.urlOf('/killed'), {
    events: ['transaction.completed'],
  });
  // Never answered, so that nothing can be recorded of it.
  receiver.behave = () => undefined;
  await startSender();
  const paid = await pay(fixture, viewer);
  await until(() => receiver.at('/killed').length === 1);
  await kill();
  receiver.behave = (_, response) => response.writeHead(200).end();
  await startSender();
  await until(() => receiver.at('/killed').length === 2);
  const [first, second] = receiver.at('/killed').map((one) => verify(secret, one));
  expect(second).toEqual(first);
  expect(second.data.transactionId).toBe(paid.id);
  const delivered = await until(async () => {
    const [found] = await deliveriesTo(fixture, viewer, id);
    return found.status === 'SUCCEEDED' && found;
  });
  expect(delivered.attempts).toMatchObject([{ number: 2, outcome: 'DELIVERED' }]);
});

test('whenever senders are killed, every event arrives, and each of them is queued once', async () => {
  const { fixture, receiver } = world;
  const viewer = keyOf(await fixture.addOrganization());
  const { id } = await addEndpoint(fixture, viewer, receiver.urlOf('/often'), { ordered: false });
  receiver.behave = (_, response) => setTimeout(() => response.writeHead(200).end(), 20);
  const expected: string[] = [];
  for (let round = 0; round < 4; round++) {
    await startSender();
    const paid = await Promise.all(Array.from({ length: 5 }, () => pay(fixture, viewer)));
    expected.push(...paid.flatMap(({ events }) => events.map((event: { id: string }) => event.id)));
    await sleep(30 * round);
    await kill();
  }
  await startSender();
  const arrived = () => new Set(receiver.at('/often').map(({ headers }) => headers['webhook-id']));
  await until(() => expected.every((event) => arrived().has(event)));
  expect(arrived().size).toBe(expected.length);
  const deliveries = await deliveriesTo(fixture, viewer, id);
  expect(deliveries.map(({ eventId }) => eventId).sort()).toEqual(expected.toSorted());
});
