import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePort } from '../../../platform/embedded/ports.ts';
import { projectRoot } from '../../../platform/paths.ts';
import { IBAN } from '../../../rails/bank/files/banks.fixture.ts';
import { type Child, isHealthy, startChild, waitFor } from '../../crash/child.ts';
import { kindsOf, type Tenant } from '../world.ts';
import { type FileWorld, openFileWorld, SEPA } from './fileWorld.ts';

/** A process starts within seconds, and a lease that a kill left behind runs out in five. */
jest.setTimeout(120_000);
const KILLS = 3;
const PAYOUTS = 24;

let world: FileWorld;
let tenant: Tenant;
let port: number;
let bank: Child;

beforeAll(async () => {
  world = await openFileWorld();
  tenant = await world.addTenant();
  port = await choosePort([]);
  const settings = {
    ...{ code: world.bank.code, kind: 'files', format: 'pain.001.001.09', rails: ['SEPA'], settledMs: 50 },
    ...{ outbox: world.bank.outbox, inbox: world.bank.inbox, gathering: { waitSeconds: 0, ordersMax: 4 } },
    originator: { name: 'Open Money Ltd', iban: IBAN },
  };
  await writeFile(join(world.folder, 'banks.json'), JSON.stringify({ banks: [settings] }));
  await startBank();
});
afterAll(async () => {
  await bank?.kill9();
  await world.close();
});

async function startBank(): Promise<void> {
  const log = join(world.folder, 'bank.log');
  bank = startChild({
    program: process.execPath,
    args: [join(projectRoot, 'bin', 'omsx.mjs'), 'bank'],
    environment: {
      ...{ OMSX_FOLDER: world.folder, OMSX_PORT: String(port), DATABASE_URL: world.databaseUrl },
      ...{ OMSX_KEY_FILE: world.keyFile, OMSX_BANKS_FILE: join(world.folder, 'banks.json') },
      OMSX_KEY_PEPPER: 'a pepper of tests that is long enough',
    },
    folder: projectRoot,
    logFile: log,
  });
  await waitFor('healthy bank', 30_000, () => isHealthy(port), bank.hasEnded);
}

test('the bank role is killed again and again while orders go out and answers come in: each is paid once', async () => {
  const paid: string[] = [];
  const stopping = new AbortController();
  const outside = (async () => {
    while (!stopping.signal.aborted) {
      await world.outside.takeAll();
      await sleep(60);
    }
  })();
  const paying = (async () => {
    for (let at = 0; at < PAYOUTS; at++) {
      const reference = ['sim:DUPLICATE', 'sim:OUT_OF_ORDER', 'plain'][at % 3];
      const input = { asset: 'EUR', destinationBankAccount: SEPA, reference };
      paid.push((await world.pay(tenant, '1.00', input)).id);
      await sleep(120);
    }
  })();
  for (let at = 0; at < KILLS; at++) {
    await sleep(350 + at * 230);
    await bank.kill9();
    await startBank();
  }
  await paying;
  for (const id of paid) {
    await world.eventually(
      () => world.order(id),
      ({ state }) => state === 'SETTLED',
    );
    const done = await world.until(tenant, id, 'COMPLETED');
    expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'COMPLETED']);
  }
  stopping.abort();
  await outside;
  expect(world.outside.forged).toBe(0);
  expect(await world.balance(tenant, 'TREASURY')).toBe('97600');
  expect(await world.balance(tenant, 'CLEARING')).toBe('2400');
  expect(await world.rows('select kind from bank.difference')).toEqual([]);
  const files = await world.rows(`select name from bank.file where state <> 'WRITTEN'`);
  expect(files).toEqual([]);
  await world.expectSound();
});
