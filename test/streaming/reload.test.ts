import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newUuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import { connectAs, type RawClient, type RunningRouter, startTestRouter } from './routerHarness.ts';
import { supergraphSdl, transactionPayload } from './subgraphs.ts';
import { append, newEvent, pause, waitFor } from './support.ts';

/** Goal: streams go on over a new supergraph as if nothing had happened, unless it does not know them any more. */
let running: RunningRouter;
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-reload-'));
  file = join(folder, 'supergraph.graphql');
  await writeFile(file, supergraphSdl);
  running = await startTestRouter({}, { supergraphFile: file });
});
afterEach(async () => {
  await running.close();
  await rm(folder, { recursive: true });
});

let written = 0;

/** Whole at once, as a deployment does it. */
async function serve(sdl: string): Promise<void> {
  await writeFile(`${file}.new`, `${sdl}\n# ${++written}\n`);
  await rename(`${file}.new`, file);
}

function completed(version: number): NewEvent {
  const aggregateId = newUuid();
  const payload = transactionPayload(aggregateId, version);
  return newEvent(running.organizationId, { type: 'TransactionCompleted', aggregateId, version, payload });
}

const UPDATES = 'subscription { transactionUpdates { cursor event { version } transaction { id } } }';
const WITHOUT_EVENT = 'subscription { transactionUpdates { cursor transaction { id } } }';
/** A schema in which updates tell of their event under another name. */
const narrowSdl = supergraphSdl.replace(
  /(type TransactionUpdate\b[^}]*?)\bevent: TransactionEvent/,
  '$1happening: TransactionEvent',
);
/** A schema in which updates tell of one thing more. */
const wideSdl = supergraphSdl.replace(
  /(type TransactionUpdate\b[^{]*\{)/,
  '$1\n  again: Cursor @join__field(graph: PAYMENTS)\n',
);

async function watch(client: RawClient, query = UPDATES, id = 's'): Promise<void> {
  client.send({ id, type: 'subscribe', payload: { query } });
  await waitFor('the first message', () => client.messages.some((message) => message.id === id));
}

function versions(client: RawClient, id = 's'): readonly (number | undefined)[] {
  const nexts = client.messages.filter((message) => message.type === 'next' && message.id === id).slice(1);
  return nexts.map(({ payload }) => {
    const { data } = payload as { data: { transactionUpdates: { event?: { version: number } } } };
    return data.transactionUpdates.event?.version;
  });
}

async function knows(query: string): Promise<boolean> {
  const response = await fetch(running.router.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.text()).includes('"again"');
}

const AGAIN = '{ __type(name: "TransactionUpdate") { fields { name } } }';

test('a stream loses and doubles nothing while the schema is replaced again and again under load (cosmo, apollo and hive end it; hive gateway#2551)', async () => {
  const [quick, slow] = [await connectAs(running.router.wsUrl), await connectAs(running.router.wsUrl)];
  await watch(quick);
  await watch(slow);
  let isAppending = true;
  let total = 0;
  const appending = (async () => {
    while (isAppending) {
      await append(running.database.writer, [completed(++total), completed(++total)]);
      if (total % 40 === 0) await pause(1);
    }
  })();
  for (let round = 0; round < 4; round++) {
    await serve(round % 2 === 0 ? wideSdl : supergraphSdl);
    await waitFor('the new schema', async () => (await knows(AGAIN)) === (round % 2 === 0));
    if (round === 1) slow.socket.pause();
  }
  isAppending = false;
  await appending;
  slow.socket.resume();
  for (const client of [quick, slow]) {
    await waitFor('all events', () => versions(client).length >= total);
    expect(versions(client)).toEqual(Array.from({ length: total }, (_, n) => n + 1));
    expect(client.messages.filter(({ type }) => type === 'error' || type === 'complete')).toEqual([]);
  }
  expect(total).toBeGreaterThan(100);
  quick.socket.close();
  slow.socket.close();
}, 60_000);

test('streams opened before and after share their messages, which are resolved over the new schema', async () => {
  const before = await connectAs(running.router.wsUrl);
  await watch(before);
  await serve(wideSdl);
  await waitFor('the new schema', () => knows(AGAIN));
  const after = await connectAs(running.router.wsUrl);
  await watch(after);
  await waitFor('one group', () => running.feed.status().subscribers === 1);
  running.world.requests.payments.length = 0;
  await append(running.database.writer, [completed(1)]);
  await Promise.all(
    [before, after].map((client) => waitFor('the event', () => versions(client).length === 1)),
  );
  expect(running.world.requests.payments).toHaveLength(1);
  before.socket.close();
  after.socket.close();
});

test('a stream whose operation the new schema does not know ends with an error that says so; others go on', async () => {
  const client = await connectAs(running.router.wsUrl);
  await watch(client);
  await watch(client, WITHOUT_EVENT, 'other');
  await serve(narrowSdl);
  const [error] = await client.next('error');
  expect(error).toMatchObject({
    id: 's',
    payload: [
      {
        message: expect.stringMatching(
          /^The schema was replaced and this subscription is no longer valid: Cannot/,
        ),
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ],
  });
  await append(running.database.writer, [completed(1)]);
  await waitFor('the other', () => versions(client, 'other').length === 1);
  expect(client.messages.filter(({ id, type }) => id === 'other' && type !== 'next')).toEqual([]);
  client.socket.close();
});

test('who is told that the schema was replaced finds the new one when it asks at once (apollo router#7777)', async () => {
  const client = await connectAs(running.router.wsUrl);
  await watch(client);
  await serve(narrowSdl);
  await client.next('error');
  await watch(client, UPDATES.replace('event {', 'happening {'), 'again');
  expect(client.messages.filter(({ id }) => id === 'again')).toMatchObject([{ type: 'next' }]);
  client.socket.close();
});

test('a broken file changes nothing for the streams', async () => {
  const client = await connectAs(running.router.wsUrl);
  await watch(client);
  await serve('type Query {');
  await pause(2_500);
  await append(running.database.writer, [completed(1)]);
  await waitFor('the event', () => versions(client).length === 1);
  client.socket.close();
});
