import { createPostingLane } from '../../ledger/lane.ts';
import { ensureSystemAccounts } from '../../ledger/open.ts';
import type { NewTransfer } from '../../ledger/transfer.ts';
import { sleep } from '../../platform/clock.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { eventsOf, execute, type Json, mutate, mutationOf, openWorld, run, type World } from './world.ts';

let world: World;
let payments: Database;
let clearing: Uuid;

beforeAll(async () => {
  world = await openWorld();
  payments = await openDatabase({ url: world.url, role: 'omsx_payments_writer', poolMax: 2 });
  const { organizationId } = world.ours;
  const made = await payments.write((tx) =>
    ensureSystemAccounts(tx, [{ organizationId, kind: 'CLEARING', asset: 'USD' }]),
  );
  clearing = made[0] as Uuid;
});
afterAll(async () => {
  await payments.close();
  await world.close();
});

function act(field: string, input: Readonly<Record<string, unknown>>): Promise<Json> {
  return mutate(world.accounts, world.ours.viewer, field, input);
}

async function openCustomer(): Promise<string> {
  const customer = await act('createCustomer', { type: 'BUSINESS', legalName: 'Books Ltd' });
  return customer.id;
}

async function openBook(): Promise<{ readonly id: string; readonly uuid: Uuid }> {
  const { id } = await act('createAccount', { customerId: await openCustomer(), asset: 'USD' });
  return { id, uuid: parseId('acc', id) as Uuid };
}

/** An instant that nothing happens in, neither before nor after it: clocks tick in milliseconds. */
async function quietInstant(): Promise<Date> {
  await sleep(5);
  const instant = new Date();
  await sleep(5);
  return instant;
}

/** Posts one Journal; answers an instant after it. */
async function post(...transfers: readonly NewTransfer[]): Promise<Date> {
  const [result] = await Promise.all([
    createPostingLane(payments).submit({
      id: newUuid(),
      organizationId: world.ours.organizationId,
      transactionId: null,
      transfers,
    }),
  ]);
  expect(result?.status).toBe('POSTED');
  return await quietInstant();
}

function credit(account: Uuid, amount: bigint): NewTransfer {
  return { id: newUuid(), kind: 'SINGLE', debitAccountId: clearing, creditAccountId: account, amount };
}

function debit(account: Uuid, amount: bigint): NewTransfer {
  return { id: newUuid(), kind: 'SINGLE', debitAccountId: account, creditAccountId: clearing, amount };
}

test('a customer account and a treasury account open at zero, each with its first event', async () => {
  const customerId = await openCustomer();
  const book = await act('createAccount', { customerId, asset: 'USD', name: 'Main' });
  expect(book).toMatchObject({
    __typename: 'Account',
    kind: 'CUSTOMER',
    status: 'OPEN',
    name: 'Main',
    normalSide: 'CREDIT',
    asset: { code: 'USD', scale: 2 },
    customer: { id: customerId },
    balance: {
      posted: { amount: '0.00' },
      pending: { amount: '0.00' },
      available: { amount: '0.00' },
      version: 0,
    },
  });
  const uuid = parseId('acc', book.id) as Uuid;
  expect(await eventsOf(world, uuid)).toMatchObject([
    { type: 'AccountOpened', version: 1, subjects: `{${uuid},${parseId('cus', customerId)}}` },
  ]);
  const treasury = await act('createAccount', { asset: 'USDC' });
  expect(treasury).toMatchObject({ kind: 'TREASURY', customer: null, asset: { code: 'USDC', scale: 6 } });
});

test('an account of an unknown asset or an unknown customer is not opened', async () => {
  const customerId = await openCustomer();
  expect(await act('createAccount', { customerId, asset: 'XAU' })).toMatchObject({
    code: 'INVALID_INPUT',
    field: 'asset',
    value: 'XAU',
  });
  const dressedUp = formatId('cus', world.ours.organizationId);
  for (const missing of [formatId('cus', newUuid()), dressedUp, 'cus_nonsense', world.ours.organizationId]) {
    const result = await act('createAccount', { customerId: missing, asset: 'USD' });
    expect(result).toMatchObject({ __typename: 'NotFound', missing });
  }
  expect(await act('createAccount', { customerId, asset: 'USD', name: 'x'.repeat(201) })).toMatchObject({
    field: 'name',
  });
});

test('opening is idempotent: replayed, refused with other input, one account for 30 in parallel', async () => {
  const input = { customerId: await openCustomer(), asset: 'USD', idempotencyKey: 'open-once' };
  const results = await Promise.all(Array.from({ length: 30 }, () => act('createAccount', input)));
  expect(new Set(results.map((result) => result.id)).size).toBe(1);
  const again = await execute(world.accounts, world.ours.viewer, mutationOf('createAccount'), { input });
  expect(again.extensions).toEqual({ idempotentReplay: true });
  expect(await act('createAccount', { ...input, asset: 'EUR' })).toMatchObject({
    __typename: 'IdempotencyKeyReused',
  });
});

test('an empty account closes once and for good; one with money, or with a hold, does not', async () => {
  const { id, uuid } = await openBook();
  await post(credit(uuid, 500n));
  const refused = { idempotencyKey: 'close-full', id };
  expect(await act('closeAccount', refused)).toMatchObject({ __typename: 'AccountNotEmpty', accountId: id });
  await post(debit(uuid, 500n));
  // The refusal is the result of that key; a new key asks anew.
  expect((await act('closeAccount', refused)).__typename).toBe('AccountNotEmpty');
  const incoming = { ...credit(uuid, 1n), kind: 'PENDING' } as NewTransfer;
  await post(incoming);
  expect((await act('closeAccount', { id })).__typename).toBe('AccountNotEmpty');
  await post({ id: newUuid(), kind: 'VOID_PENDING', pendingId: incoming.id });

  const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => act('closeAccount', { id })));
  expect(first).toMatchObject({ __typename: 'Account', status: 'CLOSED' });
  expect(new Set(others.map((other) => other.closedAt))).toEqual(new Set([first.closedAt]));
  expect((await eventsOf(world, uuid)).map((event) => [event.type, event.version])).toEqual([
    ['AccountOpened', 1],
    ['AccountClosed', 2],
  ]);
});

test('accounts of the system, of nobody and of no form cannot be closed', async () => {
  const system = formatId('acc', clearing);
  expect(await act('closeAccount', { id: system })).toMatchObject({
    __typename: 'InvalidInput',
    field: 'id',
  });
  for (const missing of [formatId('acc', newUuid()), 'acc_nonsense', '']) {
    expect(await act('closeAccount', { id: missing })).toMatchObject({ __typename: 'NotFound', missing });
  }
});

test('the balance is told now and as it was at any instant, holds included', async () => {
  const { id, uuid } = await openBook();
  const opened = await quietInstant();
  const credited = await post(credit(uuid, 10_000n));
  const hold = { ...debit(uuid, 2_500n), kind: 'PENDING' } as NewTransfer;
  const held = await post(hold);
  const captured = await post({ id: newUuid(), kind: 'POST_PENDING', pendingId: hold.id, amount: 2_000n });
  const at = (name: string, instant: Date) => `${name}: balance(at: "${instant.toISOString()}") { ...All }`;
  const { account } = await run(
    world.accounts,
    world.ours.viewer,
    `query ($id: ID!) { account(id: $id) { ${at('opened', opened)} ${at('credited', credited)}
       ${at('held', held)} ${at('captured', captured)} now: balance { ...All } } }
     fragment All on Balance { version posted { amount } pending { amount } available { amount } }`,
    { id },
  );
  const balance = (version: number, posted: string, pending: string, available: string) => ({
    version,
    posted: { amount: posted },
    pending: { amount: pending },
    available: { amount: available },
  });
  expect(account).toEqual({
    opened: balance(0, '0.00', '0.00', '0.00'),
    credited: balance(1, '100.00', '100.00', '100.00'),
    held: balance(2, '100.00', '75.00', '75.00'),
    captured: balance(3, '80.00', '80.00', '80.00'),
    now: balance(3, '80.00', '80.00', '80.00'),
  });
});

const ENTRIES = `query ($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: EntryFilter) {
  account(id: $id) { entries(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id version side kind amount { amount asset { code } } balanceAfter { posted { amount } version }
      transaction { id } description occurredAt } } } } }`;

async function entries(id: string, args: Readonly<Record<string, unknown>>): Promise<Json> {
  const { account } = await run(world.accounts, world.ours.viewer, ENTRIES, { id, ...args });
  return account.entries;
}

test('entries are the statement: newest first, paged both ways, with the balance after each', async () => {
  const { id, uuid } = await openBook();
  await post(...Array.from({ length: 7 }, (_, index) => credit(uuid, BigInt(index + 1))));
  const all = await entries(id, { first: 100 });
  expect(
    all.edges.map(({ node }: Json) => [node.version, node.amount.amount, node.balanceAfter.posted.amount]),
  ).toEqual([
    [7, '0.07', '0.28'],
    [6, '0.06', '0.21'],
    [5, '0.05', '0.15'],
    [4, '0.04', '0.10'],
    [3, '0.03', '0.06'],
    [2, '0.02', '0.03'],
    [1, '0.01', '0.01'],
  ]);
  expect(all.edges[0].node).toMatchObject({
    id: `${formatId('ent', uuid)}_7`,
    side: 'CREDIT',
    kind: 'SINGLE',
    transaction: null,
  });
  const versions = (page: Json) => page.edges.map((edge: Json) => edge.node.version);
  const second = await entries(id, { first: 3, after: all.edges[2].cursor });
  expect([versions(second), second.pageInfo.hasNextPage, second.pageInfo.hasPreviousPage]).toEqual([
    [4, 3, 2],
    true,
    true,
  ]);
  const back = await entries(id, { last: 2, before: second.pageInfo.startCursor });
  expect([versions(back), back.pageInfo.hasPreviousPage]).toEqual([[6, 5], true]);
  expect(versions(await entries(id, { last: 2 }))).toEqual([2, 1]);
});

test('entries are filtered by when they were posted', async () => {
  const { id, uuid } = await openBook();
  const from = await post(credit(uuid, 1n));
  const to = await post(credit(uuid, 2n));
  await post(credit(uuid, 3n));
  const page = await entries(id, {
    first: 10,
    filter: { occurredAt: { from: from.toISOString(), to: to.toISOString() } },
  });
  expect(page.edges.map((edge: Json) => edge.node.version)).toEqual([2]);
});

test('the cursor of another list, and a page without a size, are refused with what was expected', async () => {
  const { id } = await openBook();
  const { accounts } = await run(
    world.accounts,
    world.ours.viewer,
    '{ accounts(first: 1) { pageInfo { endCursor } } }',
  );
  const faults = await Promise.all(
    [
      { first: 1, after: accounts.pageInfo.endCursor },
      {},
      { first: 0 },
      { first: 101 },
      { first: 1, last: 1 },
    ].map((args) => execute(world.accounts, world.ours.viewer, ENTRIES, { id, ...args })),
  );
  for (const { errors } of faults) expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});
