import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lease, LeaseLostError, takeLease } from '../../../platform/lease.ts';
import { isoBank } from '../../../rails/bank/files/banks.fixture.ts';
import { handOver } from '../../../rails/bank/files/out/handOver.ts';
import { putFile } from '../../../rails/bank/files/out/outbox.ts';
import type { Answer } from '../../payments/fixture.ts';
import type { Tenant } from '../world.ts';
import { type FileWorld, openFileWorld, SEPA } from './fileWorld.ts';

let world: FileWorld;
let tenant: Tenant;

beforeAll(async () => {
  world = await openFileWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});
afterEach(async () => {
  await world.stopWork();
  await world.expectSound();
});

const pay = (amount: string, reference?: string, more: object = {}) =>
  world.pay(tenant, amount, { asset: 'EUR', destinationBankAccount: { ...SEPA, ...more }, reference });

let lease: Lease | null = null;

/** One round, without a loop around it. */
async function round(outbox = world.bank.outbox): Promise<void> {
  lease ??= await takeLease(world.database, 'test', 'tester', 600_000);
  if (lease === null) throw new Error('no lease');
  const { database, vault, logger } = world;
  await handOver({ database, vault, logger, bank: { ...world.bank, outbox } }, lease);
}

const files = () => readdir(world.bank.outbox);
const sent = (name: string) => readFile(join(world.bank.outbox, name));
const latest = async (): Promise<Answer> =>
  (await world.rows<Answer>('select * from bank.file order by number desc limit 1'))[0] ?? {};
/** As if the process had died before it knew that the file is there. */
const forget = (id: string) =>
  world.rows(`update bank.file set state = 'KEPT', written_at = null, next_at = now() where id = $1`, [id]);

async function clean(): Promise<void> {
  for (const name of await files()) await rm(join(world.bank.outbox, name), { recursive: true });
}

test('what waits goes out in one file, under the number of the file', async () => {
  const paid = [await pay('1.00'), await pay('2.00')];
  await round();
  const file = await latest();
  expect(await files()).toEqual([file.name]);
  expect(file).toMatchObject({ state: 'WRITTEN', order_count: 2, name: `${file.message_id}.xml` });
  for (const { id } of paid) expect((await world.order(id)).state).toBe('SUBMITTED');
  await round();
  expect(await files()).toHaveLength(1);
  await clean();
});

test('kept and not written: whoever comes next writes exactly those bytes', async () => {
  const paid = await pay('1.00');
  // A folder that is a file: nothing can be written there.
  const blocked = join(world.folder, 'blocked');
  await writeFile(blocked, '');
  await round(blocked);
  expect(await latest()).toMatchObject({ state: 'KEPT', fault: 'NOT_WRITTEN' });
  expect((await world.order(paid.id)).state).toBe('UNKNOWN');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -100');
  const { id, name } = await latest();
  await forget(id);
  await pay('2.00');
  await round();
  expect((await latest()).name).not.toBe(name);
  const text = (await sent(name)).toString();
  expect(text).toContain('<NbOfTxs>1</NbOfTxs>');
  expect((await world.order(paid.id)).state).toBe('SUBMITTED');
  await clean();
});

test('written and not known to be: the same file again is no other file', async () => {
  const paid = await pay('1.00');
  await round();
  const { id, name } = await latest();
  const before = await sent(name);
  await forget(id);
  await round();
  expect(await files()).toEqual([name]);
  expect(Buffer.compare(before, await sent(name))).toBe(0);
  // The bank took it meanwhile: it gets the same bytes again, by whose id it knows them.
  await world.outside.takeAll();
  await forget(id);
  await world.rows(
    `update bank.order set state = 'SUBMITTING' where id in (select order_id from bank.file_order where file_id = $1)`,
    [id],
  );
  await round();
  await world.outside.takeAll();
  expect(world.outside).toMatchObject({ repeated: 1, forged: 0 });
  world.startWork();
  await world.until(tenant, paid.id, 'COMPLETED');
  expect(await world.balance(tenant, 'CLEARING')).toBe('100');
});

test('a file of which the bank has spoken is not written again', async () => {
  const paid = await pay('1.00', 'sim:ACCEPT_ONLY');
  world.startWork();
  await world.untilTaken(1);
  await world.until(tenant, paid.id, 'ACKNOWLEDGED');
  await world.stopWork();
  const { id } = await latest();
  await forget(id);
  await round();
  expect(await latest()).toMatchObject({ id, state: 'WRITTEN' });
  expect(await files()).toEqual([]);
});

test('another file of that name is an alarm, and replaced by nobody', async () => {
  const { number } = await latest();
  const next = String(Number(number) + 1).padStart(8, '0');
  const name = `TESTBANK-${next}.xml`;
  await writeFile(join(world.bank.outbox, name), 'of somebody else');
  const paid = await pay('1.00');
  await round();
  expect(await latest()).toMatchObject({ name, state: 'KEPT', fault: 'NAME_TAKEN' });
  expect((await world.order(paid.id)).state).toBe('UNKNOWN');
  expect((await sent(name)).toString()).toBe('of somebody else');
  await rm(join(world.bank.outbox, name));
  await forget((await latest()).id);
  await round();
  expect((await world.order(paid.id)).state).toBe('SUBMITTED');
  await clean();
});

test('an order that was called off while its file was made is in none', async () => {
  const paid = await pay('1.00');
  await world.change(tenant, 'cancelTransaction', paid.id);
  await round();
  expect(await files()).toEqual([]);
  expect((await world.order(paid.id)).state).toBe('CANCELED');
});

test('of two that make files at once each order is in one file', async () => {
  const paid: Answer[] = [];
  for (let at = 0; at < 12; at++) paid.push(await pay('1.00'));
  // Both believe to hold the lease: what keeps them apart is the order itself.
  const results = await Promise.allSettled([round(), round(), round()]);
  expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
  await round();
  const inFiles = await world.rows<Answer>(
    'select order_id, count(*)::int as count from bank.file_order group by order_id having count(*) > 1',
  );
  expect(inFiles).toEqual([]);
  await world.outside.takeAll();
  world.startWork();
  for (const { id } of paid) await world.until(tenant, id, 'COMPLETED');
  expect(await world.balance(tenant, 'CLEARING')).toBe('1200');
});

test('two writers of one file leave it whole', async () => {
  const folder = join(world.folder, 'race');
  const bytes = Buffer.alloc(400_000, 'payment ');
  await Promise.all(Array.from({ length: 8 }, () => putFile(folder, 'one.xml', bytes)));
  expect(await readdir(folder)).toEqual(['one.xml']);
  expect(Buffer.compare(await readFile(join(folder, 'one.xml')), bytes)).toBe(0);
  await expect(putFile(folder, 'one.xml', Buffer.from('other'))).rejects.toThrow('another file');
});

test('more than a file takes are several files', async () => {
  const many = isoBank(world.folder, { gathering: { ordersMax: 2, waitSeconds: 0, beforeCutOffSeconds: 0 } });
  for (let at = 0; at < 3; at++) await pay('1.00');
  lease ??= await takeLease(world.database, 'test', 'tester', 600_000);
  if (lease === null) throw new Error('no lease');
  const { database, vault, logger } = world;
  await handOver({ database, vault, logger, bank: many }, lease);
  await handOver({ database, vault, logger, bank: many }, lease);
  expect(await files()).toHaveLength(2);
  await clean();
});

test('who lost the lease while it was paused keeps nothing and writes nothing', async () => {
  const paid = await pay('1.00');
  const { database, vault, logger, bank } = world;
  const old = await takeLease(database, 'paused', 'before', 1);
  if (old === null) throw new Error('no lease');
  await sleep(50);
  expect(await takeLease(database, 'paused', 'after', 60_000)).not.toBeNull();
  await expect(handOver({ database, vault, logger, bank }, old)).rejects.toThrow(LeaseLostError);
  expect((await world.order(paid.id)).state).toBe('QUEUED');
  expect(await files()).toEqual([]);
  await round();
  expect((await world.order(paid.id)).state).toBe('SUBMITTED');
  await clean();
});
