import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../crash/child.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import { balanceOf, fund, onboard } from './business.ts';
import { listProcessesIn, type Omsx, readCredentials, runOmsx, startOmsx } from './omsx.ts';

/** How `omsx up` begins and ends, as the person at the terminal sees it. */
const END_TIMEOUT_MS = 30_000;

let folder: string;
let running: Omsx | undefined;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
});

afterEach(async () => {
  await running?.interrupt();
  running = undefined;
}, 60_000);

afterAll(async () => {
  await removeFolder(folder);
});

async function start(environment: Readonly<Record<string, string>> = {}): Promise<Omsx> {
  running = await startOmsx({ folder, environment });
  return running;
}

test('a first start makes credentials that work and that only their owner can read', async () => {
  const omsx = await start();
  const { mode } = await stat(join(folder, 'credentials.json'));
  expect((mode & 0o777).toString(8)).toBe('600');
  expect(((await stat(join(folder, 'secrets.json'))).mode & 0o777).toString(8)).toBe('600');
  const { data } = await omsx.api.ask('{ organization { id mode } }');
  expect(data).toEqual({ organization: { id: omsx.credentials.organizationId, mode: 'SANDBOX' } });
}, 120_000);

test('ctrl-C ends it cleanly and leaves no process behind', async () => {
  const omsx = await start();
  expect((await listProcessesIn(folder)).length).toBeGreaterThan(0);
  expect(await omsx.interrupt()).toBe(0);
  expect(await listProcessesIn(folder)).toEqual([]);
  expect(await omsx.output()).toMatch(/Platform stopped/);
  await expect(fetch(omsx.credentials.graphql)).rejects.toThrow();
}, 120_000);

test('a second start has the same key, the same organization and the same money', async () => {
  const first = await start();
  const { accountId } = await onboard(first.api, 'Lasting Ltd');
  await fund(first.api, accountId, '12.34');
  await first.interrupt();
  const second = await start();
  expect(second.credentials.apiKey).toBe(first.credentials.apiKey);
  expect(second.credentials.organizationId).toBe(first.credentials.organizationId);
  expect(await balanceOf(second.api, accountId)).toBe('12.34/12.34');
}, 120_000);

test('a kill -9 leaves nothing that a next start does not put right', async () => {
  const first = await start();
  const { accountId } = await onboard(first.api, 'Killed Ltd');
  await fund(first.api, accountId, '1.00');
  process.kill(first.pid, 'SIGKILL');
  await first.interrupt();
  const second = await start();
  expect(await balanceOf(second.api, accountId)).toBe('1.00/1.00');
  await second.interrupt();
  expect(await listProcessesIn(folder)).toEqual([]);
}, 120_000);

test('a port that is taken is said in a sentence, and nothing is left running', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  try {
    const address = other.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    const { child, output } = await runOmsx(folder, { OMSX_PORT: port });
    await waitFor('end', END_TIMEOUT_MS, async () => child.hasEnded()).catch(() => undefined);
    expect(await child.stop()).toBe(1);
    const said = await output();
    expect(said).toMatch(new RegExp(`Another program has the port already.*${port}`));
    expect(said).not.toMatch(/\n\s+at /);
    expect(await listProcessesIn(folder)).toEqual([]);
  } finally {
    other.close();
  }
}, 120_000);

test('a second one on the same folder is refused in a sentence, and the first goes on', async () => {
  const first = await start();
  const { child, output } = await runOmsx(folder);
  await waitFor('end', END_TIMEOUT_MS, async () => child.hasEnded()).catch(() => undefined);
  expect(await child.stop()).toBe(1);
  expect(await output()).toMatch(new RegExp(`running already on .*as process ${first.pid}`));
  expect(await readCredentials(folder)).toEqual(first.credentials);
  expect((await first.api.ask('{ organization { id } }')).attempts).toBe(1);
}, 120_000);

test('ctrl-C in the middle of the start ends it as cleanly', async () => {
  const { child, output } = await runOmsx(folder);
  const hasBegun = async (): Promise<boolean> => (await output()).includes('Starting OMSX');
  await waitFor('beginning', END_TIMEOUT_MS, hasBegun, child.hasEnded);
  expect(await child.stop('SIGINT')).toBe(0);
  expect(await listProcessesIn(folder)).toEqual([]);
}, 120_000);

test('a setting that is wrong is said in a sentence', async () => {
  const { child, output } = await runOmsx(folder, { OMSX_PORT: 'many' });
  await waitFor('end', END_TIMEOUT_MS, async () => child.hasEnded()).catch(() => undefined);
  expect(await child.stop()).not.toBe(0);
  expect(await output()).toMatch(/OMSX_PORT is "many"/);
  expect(await output()).not.toMatch(/\n\s+at /);
}, 120_000);
