import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProviderSilentError } from '../../rails/bank/provider.ts';
import { controlSimulator, createSimulatorClient } from '../../rails/bank/simulator/client.ts';
import type { Simulator } from '../../rails/bank/simulator/serveSimulator.ts';
import { startSimulator } from '../../rails/bank/simulator/startSimulator.ts';

const secret = 'a secret of tests that is long enough';
let folder: string;
let simulator: Simulator;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-simulator-'));
  simulator = await start();
});
afterEach(async () => {
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

const journalPath = () => join(folder, 'journal');

/** Its callbacks go nowhere, which is a bank whose every callback is lost. */
function start(): Promise<Simulator> {
  return startSimulator({
    ...{ journalPath: journalPath(), host: '127.0.0.1', port: 0, secret, callbackUrl: 'http://127.0.0.1:9/' },
    crash: () => undefined,
    onFault: () => undefined,
  });
}

const client = () => createSimulatorClient({ url: simulator.url, secret });
const orderOf = (key: string, more: object = {}): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      key,
      customer: 'org',
      rail: 'WIRE',
      asset: 'USD',
      amountMinor: '1000',
      reference: null,
      ...more,
    }),
  );

async function untilEvents(count: number) {
  for (;;) {
    const { received } = await client().listEvents('');
    if (received.length >= count) return received;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('an order is taken once for its key, and told what became of it', async () => {
  expect(await client().ask('a')).toEqual({ type: 'NOT_FOUND' });
  const first = await client().submit('a', orderOf('a'));
  expect(first).toEqual({ type: 'KNOWN', fact: 'SUBMITTED', reasonCode: null, reference: 'a' });
  await untilEvents(2);
  expect(await client().submit('a', orderOf('a'))).toMatchObject({ fact: 'SETTLED' });
  const taken = (await readFile(journalPath(), 'utf8'))
    .split('\n')
    .filter((line) => line.includes('"ORDER","order"'));
  expect(taken).toHaveLength(1);
});

test('the same key with other bytes, and a stranger, get no answer', async () => {
  await client().submit('a', orderOf('a'));
  await expect(client().submit('a', orderOf('a', { amountMinor: '1' }))).rejects.toThrow(ProviderSilentError);
  const stranger = createSimulatorClient({ url: simulator.url, secret: 'wrong' });
  await expect(stranger.ask('a')).rejects.toThrow(ProviderSilentError);
  await expect(client().submit('b', Buffer.from('{}'))).rejects.toThrow(ProviderSilentError);
});

test('a restart knows all that was told, and forgets the line that a crash cut short', async () => {
  await client().submit('a', orderOf('a', { reference: 'sim:ACCEPT_ONLY' }));
  const [accepted] = await untilEvents(1);
  await simulator.close();
  await appendFile(journalPath(), '{"type":"ORDER","order":{"key":"b"');
  simulator = await start();
  expect(await client().ask('a')).toMatchObject({ fact: 'ACCEPTED' });
  expect(await client().ask('b')).toEqual({ type: 'NOT_FOUND' });
  expect((await client().listEvents('')).received).toEqual([accepted]);
  await client().submit('b', orderOf('b'));
  expect(await client().ask('b')).toMatchObject({ type: 'KNOWN' });
});

test('what is not settled is called off, and what is settled is not', async () => {
  await client().submit('a', orderOf('a', { reference: 'sim:ACCEPT_ONLY' }));
  await untilEvents(1);
  expect(await client().cancel('a')).toMatchObject({ fact: 'CANCELED' });
  await client().submit('b', orderOf('b'));
  await untilEvents(4);
  expect(await client().cancel('b')).toMatchObject({ fact: 'SETTLED' });
});

test('the list of events goes on from where it was read', async () => {
  await client().submit('a', orderOf('a'));
  await untilEvents(2);
  const first = await client().listEvents('1');
  expect(first.received.map(({ event }) => event)).toMatchObject([{ kind: 'SETTLED' }]);
  expect((await client().listEvents(first.next)).received).toEqual([]);
  expect((await client().listEvents('9')).received).toHaveLength(2);
});

test('an outcome that is set twice with one key is set once', async () => {
  const endpoint = { url: simulator.url, secret };
  const wish = { key: 'k', customer: 'org', outcome: 'REJECT', reasonCode: null, delayMs: null };
  await controlSimulator(endpoint, '/control/outcome', wish);
  await controlSimulator(endpoint, '/control/outcome', wish);
  await client().submit('a', orderOf('a'));
  await client().submit('b', orderOf('b'));
  const kinds = (await untilEvents(3)).map(({ event }) => (event.type === 'ORDER' ? event.kind : event.type));
  expect(kinds.toSorted()).toEqual(['ACCEPTED', 'REJECTED', 'SETTLED']);
  await expect(
    controlSimulator(endpoint, '/control/outcome', { ...wish, outcome: 'NONSENSE' }),
  ).rejects.toThrow();
});
