import { newUuid } from '../../platform/id.ts';
import {
  type Database,
  isConnectionLoss,
  openDatabase,
  sqlState,
  violatedConstraint,
} from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { queryOnce } from '../harness/embedded.ts';

let owned: TestDatabase;
let reader: Database;
let writer: Database;

beforeAll(async () => {
  owned = await createTestDatabase();
  reader = await openDatabase({ url: owned.url, role: 'omsx_accounts', poolMax: 2 });
  writer = await openDatabase({ url: owned.url, role: 'omsx_accounts_writer', poolMax: 2 });
});

afterAll(async () => {
  await reader.close();
  await writer.close();
  await owned.drop();
});

const addOrganization = statement(
  'test.add',
  `insert into accounts.organization (id, name, mode) values ($1, $2, 'SANDBOX')`,
);
const names = statement('test.names', 'select name from accounts.organization order by name');

test('a read sees its own organization only, and leaves no trace of it on the connection', async () => {
  const [one, two] = [newUuid(), newUuid()];
  await writer.write(async (tx) => {
    await tx.rows(addOrganization, [one, 'one']);
    await tx.rows(addOrganization, [two, 'two']);
  });
  expect(await reader.readRows(one, names)).toEqual([{ name: 'one' }]);
  expect(await reader.readRows(two, names)).toEqual([{ name: 'two' }]);
  const bare = reader.dataSource.query('select name from accounts.organization');
  await expect(bare).rejects.toThrow(/app\.organization|invalid input syntax for type uuid/);
});

test('int8, xid8 and numeric arrive as bigint, exactly', async () => {
  const big = statement(
    'test.big',
    `select 9223372036854775807::int8 as a, 99999999999999999999999999999999999999::numeric(38,0) as b, '18446744073709551615'::xid8 as c, array[1,2]::int8[] as d`,
  );
  expect(await reader.readRows(newUuid(), big)).toEqual([
    {
      a: 9223372036854775807n,
      b: 99999999999999999999999999999999999999n,
      c: 18446744073709551615n,
      d: [1n, 2n],
    },
  ]);
});

test('a request path cannot write, and a writer cannot change structure', async () => {
  const write = reader.readRows(newUuid(), addOrganization, [newUuid(), 'x']);
  await expect(write).rejects.toMatchObject({ code: '25006' });
  await expect(reader.write((tx) => tx.rows(addOrganization, [newUuid(), 'x']))).rejects.toMatchObject({
    code: '42501',
  });
  const drop = statement('test.drop', 'drop table accounts.organization');
  await expect(writer.write((tx) => tx.rows(drop))).rejects.toMatchObject({ code: '42501' });
});

test('a statement that fails unseen in the pipeline never lets the write resolve', async () => {
  const id = newUuid();
  const write = writer.write(async (tx) => {
    await tx.rows(addOrganization, [id, 'first']);
    tx.rows(addOrganization, [id, 'second']).catch(() => undefined);
    return 'acknowledged';
  });
  await expect(write).rejects.toThrow(/COMMIT answered ROLLBACK/);
  expect(await reader.readRows(id, names)).toEqual([]);
});

test('a violation tells its SQLSTATE and constraint', async () => {
  const id = newUuid();
  await writer.write((tx) => tx.rows(addOrganization, [id, 'once']));
  const error = await writer.write((tx) => tx.rows(addOrganization, [id, 'twice'])).catch((fault) => fault);
  expect([sqlState(error), violatedConstraint(error)]).toEqual(['23505', 'organization_pkey']);
});

test('a terminated backend is a lost connection, and the next write gets a new one', async () => {
  const die = statement('test.die', 'select pg_backend_pid() as pid');
  const kill = async (): Promise<void> => {
    await writer.write(async (tx) => {
      const [row] = await tx.rows<{ pid: number }>(die);
      await queryOnce(owned.url, `select pg_terminate_backend(${row?.pid})`);
      await tx.rows(names);
    });
  };
  const error = await kill().catch((fault) => fault);
  expect(isConnectionLoss(error)).toBe(true);
  expect(await writer.write((tx) => tx.rows(statement('test.one', 'select 1 as one')))).toEqual([{ one: 1 }]);
});
