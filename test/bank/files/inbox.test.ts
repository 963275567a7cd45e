import { appendFile, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IBAN } from '../../../rails/bank/files/banks.fixture.ts';
import type { FileBank } from '../../../rails/bank/files/fileBank.ts';
import { InboxFolder } from '../../../rails/bank/files/in/inboxFolder.ts';
import { takeInFiles } from '../../../rails/bank/files/in/takeInFiles.ts';
import { SIMULATOR } from '../../../rails/bank/simulator/client.ts';
import { type Answer, acc } from '../../payments/fixture.ts';
import type { Tenant } from '../world.ts';
import { type FileWorld, openFileWorld, SEPA } from './fileWorld.ts';

let world: FileWorld;
let tenant: Tenant;
let bank: FileBank;

beforeAll(async () => {
  world = await openFileWorld();
  await mkdir(world.bank.inbox, { recursive: true });
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
  bank = { ...world.bank, settledMs: 0, arrivalsFor: tenant.organizationId };
});
afterEach(() => world.expectSound());

/** Whoever looks twice, with time between, reads what lies still. */
async function read(by: FileBank = bank): Promise<number> {
  const { database, vault, logger, screener, placeKey } = world;
  const folder = new InboxFolder(by.inbox, by.settledMs);
  const deps = { database, vault, adapter: by.code, bank: by, folder, logger, screener, placeKey };
  await folder.still(0);
  return await takeInFiles(deps, by.settledMs + 1);
}

const messages = async () =>
  (await world.rows<Answer>(`select 1 from bank.message where direction = 'IN'`)).length;
const receipts = () =>
  world.rows<Answer>('select * from bank.receipt where organization_id = $1', [tenant.organizationId]);
const outcomes = () =>
  world.rows<Answer>('select name, outcome, reason from bank.inbox_file order by read_at desc limit 1');
const statement = (...args: Parameters<FileWorld['outside']['credit']>) =>
  world.outside.statement([world.outside.credit(...args)]);

describe('money that arrives', () => {
  test('is credited to the account in its reference, once for each line in however many files', async () => {
    const line = world.outside.credit(5_000n, `for ${acc(tenant.accountId)}`, 'FR1420041010050500013M02606');
    const text = world.outside.statement([line]);
    await world.outside.put(text);
    await world.outside.put(text);
    await read();
    const kept = await messages();
    // The same line in a statement of another id, and the same bytes once more.
    await world.outside.put(world.outside.statement([line]));
    await world.outside.put(text);
    expect(await read()).toBe(2);
    expect(await messages()).toBe(kept);
    expect(await receipts()).toMatchObject([{ rail: 'SEPA', amount: '5000', payer_mask: '****2606' }]);
    await world.eventually(
      () => world.balance(tenant, 'TREASURY'),
      (balance) => balance === '105000',
    );
  });

  test('under the reference of other money is a difference', async () => {
    await world.outside.put(statement(700n, 'one', 'X1', 'SAME-REF'));
    await read();
    await world.outside.put(statement(800n, 'two', 'X1', 'SAME-REF'));
    await read();
    expect(await receipts()).toMatchObject([{ amount: '700' }]);
    const found = await world.rows<Answer>('select kind from bank.difference where organization_id = $1', [
      tenant.organizationId,
    ]);
    expect(found).toEqual([{ kind: 'REUSED_ID' }]);
  });

  test('for nobody that is named is a difference and credited to nobody', async () => {
    await world.outside.put(statement(900n, acc(tenant.accountId), 'X1'));
    await read({ ...bank, arrivalsFor: null });
    expect(await receipts()).toEqual([]);
    const found = await world.rows<Answer>(
      `select detail from bank.difference where kind = 'UNKNOWN_ACCOUNT'`,
    );
    expect(found).toHaveLength(1);
  });

  test('is taken of one kind of message alone', async () => {
    await world.outside.put(statement(900n, acc(tenant.accountId), 'X1'));
    await read({ ...bank, arrivals: 'camt.054' });
    expect(await receipts()).toEqual([]);
  });
});

test('a debit that nobody ordered is a difference', async () => {
  const before = await world.rows(`select 1 from bank.difference where kind = 'UNKNOWN_ORDER'`);
  await world.outside.put(world.outside.statement([world.outside.back(-100n, 'nobody', 'x')]));
  await read();
  const after = await world.rows(`select 1 from bank.difference where kind = 'UNKNOWN_ORDER'`);
  expect(after).toHaveLength(before.length + 1);
});

test('several who read one folder at once make each thing once', async () => {
  const lines = Array.from({ length: 20 }, (_, at) =>
    world.outside.credit(100n, acc(tenant.accountId), `payer ${at}`),
  );
  await world.outside.put(world.outside.statement(lines));
  await Promise.all([read(), read(), read()]);
  expect(await receipts()).toHaveLength(20);
  await world.eventually(
    () => world.balance(tenant, 'TREASURY'),
    (balance) => balance === '102000',
  );
  expect(await world.unread()).toEqual([]);
});

test('killed between its lines and its end, a file is read again and nothing is doubled', async () => {
  const text = statement(100n, acc(tenant.accountId), 'X');
  await world.outside.put(text);
  await read();
  // Other bytes, so that nothing is known of the file: only its lines are.
  await world.outside.put(`${text}\n`);
  await read();
  expect(await receipts()).toHaveLength(1);
});

describe('what is not read', () => {
  test('a file that still grows, until it lies still', async () => {
    const text = statement(100n, acc(tenant.accountId), 'X');
    const path = join(bank.inbox, 'slow.xml');
    await writeFile(path, text.slice(0, 300));
    const folder = new InboxFolder(bank.inbox, 50);
    const deps = { ...world, adapter: bank.code, bank, folder };
    expect(await takeInFiles(deps, 0)).toBe(0);
    await appendFile(path, text.slice(300, 600));
    expect(await takeInFiles(deps, 100)).toBe(0);
    await sleep(5);
    await appendFile(path, text.slice(600));
    expect(await takeInFiles(deps, 200)).toBe(0);
    expect(await takeInFiles(deps, 220)).toBe(0);
    expect(await takeInFiles(deps, 260)).toBe(1);
    expect(await receipts()).toHaveLength(1);
  });

  test.each(['.hidden.xml', 'a.xml.tmp', 'a.xml.filepart', 'a.part'])('%s', async (name) => {
    await writeFile(join(bank.inbox, name), statement(100n, 'x', 'X'));
    expect(await read()).toBe(0);
  });

  test('a link, wherever it leads, and a folder', async () => {
    const outside = join(world.folder, 'secret.xml');
    await writeFile(outside, statement(100n, acc(tenant.accountId), 'X'));
    await symlink(outside, join(bank.inbox, 'link.xml'));
    await mkdir(join(bank.inbox, 'folder.xml'), { recursive: true });
    expect(await read()).toBe(0);
    expect(await receipts()).toEqual([]);
  });
});

describe('what is refused whole, and named', () => {
  const wrongTotals = () =>
    statement(4_711n, acc(tenant.accountId), 'DE00 Secret').replace(/47\.11/, '47.12');
  test.each<[string, () => string]>([
    ['WRONG_TOTALS', wrongTotals],
    ['FOREIGN_ACCOUNT', () => statement(100n, 'x', 'X').replaceAll(IBAN, 'DE02120300000000202051')],
    ['NOT_A_BANK_FILE', () => 'hello'],
    ['NOT_A_BANK_FILE', () => ''],
    [
      'NOT_READABLE',
      () => `<!DOCTYPE a [<!ENTITY x "y">]>${statement(100n, 'x', 'X').replace(/^<\?xml.*?\?>/, '')}`,
    ],
    ['NOT_READABLE', () => statement(100n, 'x', 'X').slice(0, -40)],
    ['NOT_READABLE', () => `101 091000019 123456789026070714051${'\n'}`],
  ])('%s', async (reason, text) => {
    const name = await world.outside.put(text());
    expect(await read()).toBe(1);
    expect(await outcomes()).toEqual([{ name, outcome: 'FAILED', reason }]);
    const failed = await world.put('failed');
    const why = failed.find((one) => one.includes(name) && one.endsWith('.why')) ?? '';
    const told = await readFile(join(bank.inbox, 'failed', why), 'utf8');
    expect(told).toMatch(new RegExp(`^${reason}\n`));
    expect(told).not.toContain('Secret');
    expect(await receipts()).toEqual([]);
  });

  test('TOO_LARGE, without being read', async () => {
    const path = join(bank.inbox, 'large.xml');
    await writeFile(path, '');
    await truncate(path, 20_000_001);
    expect(await read()).toBe(1);
    expect(await outcomes()).toEqual([{ name: 'large.xml', outcome: 'FAILED', reason: 'TOO_LARGE' }]);
  });

  test('until the settings are right: the same bytes are then read', async () => {
    const text = statement(300n, acc(tenant.accountId), 'X').replaceAll(IBAN, 'DE02120300000000202051');
    const name = await world.outside.put(text);
    await read();
    expect(await outcomes()).toMatchObject([{ name, reason: 'FOREIGN_ACCOUNT' }]);
    await world.outside.put(text, '.xml', name);
    await read({ ...bank, accounts: ['DE02120300000000202051'] });
    expect(await outcomes()).toEqual([{ name, outcome: 'DONE', reason: null }]);
    expect(await receipts()).toHaveLength(1);
  });
});

test('a bank is not believed about orders of another bank', async () => {
  const paid = await world.pay(tenant, '10.00', { asset: 'EUR', destinationBankAccount: SEPA });
  const { id } = await world.order(paid.id);
  await world.rows(`update bank.order set state = 'SUBMITTED' where id = $1`, [id]);
  await world.rows(
    `insert into bank.file (id, adapter, number, name, message_id, made_on, last_sequence, order_count)
     values ($1, $2, 1, 'OTHER-1.xml', 'OTHER-1', current_date, 0, 1)`,
    [id, SIMULATOR],
  );
  await world.rows(`insert into bank.file_order values ($2, $3, $1, $1, 'G')`, [
    id,
    SIMULATOR,
    id.replaceAll('-', ''),
  ]);
  for (const key of [id.replaceAll('-', ''), id.slice(0, 35)]) {
    await world.outside.put(world.outside.statement([world.outside.back(1_000n, key)]));
  }
  await read();
  expect((await world.order(paid.id)).state).toBe('SUBMITTED');
  const seen = await world.rows('select 1 from bank.difference where organization_id = $1', [
    tenant.organizationId,
  ]);
  expect(seen).toEqual([]);
});
