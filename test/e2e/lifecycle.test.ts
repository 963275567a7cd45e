import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { present } from '../../platform/invariant.ts';
import { waitFor } from '../crash/child.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import { balanceOf, fund, onboard } from './business.ts';
import { listProcessesIn, type Omsx, readCredentials, runOmsx, startOmsx } from './omsx.ts';

/** How `omsx up` begins and ends, as the person at the terminal sees it. */
const END_TIMEOUT_MS = 30_000;

let folder: string;
/** What one test starts, the next ends or goes on with: each start of it all is seconds. */
let running: Omsx | undefined;
let accountId: string;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
});

afterAll(async () => {
  await running?.interrupt();
  await removeFolder(folder);
}, 60_000);

async function start(): Promise<Omsx> {
  running = await startOmsx({ folder });
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
  const omsx = present(running, 'the first start');
  ({ accountId } = await onboard(omsx.api, 'Lasting Ltd'));
  await fund(omsx.api, accountId, '12.34');
  expect((await listProcessesIn(folder)).length).toBeGreaterThan(0);
  expect(await omsx.interrupt()).toBe(0);
  expect(await listProcessesIn(folder)).toEqual([]);
  expect(await omsx.output()).toMatch(/Platform stopped/);
  await expect(fetch(omsx.credentials.graphql)).rejects.toThrow();
}, 120_000);

test('a second start has the same key, the same organization and the same money', async () => {
  const { credentials } = present(running, 'the first start');
  const second = await start();
  expect(second.credentials.apiKey).toBe(credentials.apiKey);
  expect(second.credentials.organizationId).toBe(credentials.organizationId);
  expect(await balanceOf(second.api, accountId)).toBe('12.34/12.34');
}, 120_000);

test('a second one on the same folder is refused in a sentence, and the first goes on', async () => {
  const first = present(running, 'the second start');
  const { child, output } = await runOmsx(folder);
  await waitFor('end', END_TIMEOUT_MS, async () => child.hasEnded()).catch(() => undefined);
  expect(await child.stop()).toBe(1);
  expect(await output()).toMatch(new RegExp(`running already on .*as process ${first.pid}`));
  expect(await readCredentials(folder)).toEqual(first.credentials);
  expect((await first.api.ask('{ organization { id } }')).attempts).toBe(1);
}, 120_000);

test('a kill -9 leaves nothing that a next start does not put right', async () => {
  const killed = present(running, 'the second start');
  await fund(killed.api, accountId, '1.00');
  process.kill(killed.pid, 'SIGKILL');
  await killed.interrupt();
  const next = await start();
  expect(await balanceOf(next.api, accountId)).toBe('13.34/13.34');
  await next.interrupt();
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
