import pg from 'pg';
import type { Viewer } from '../../platform/viewer.ts';
import { createWorld, furnish, type Inventory, type World } from './world.ts';

/**
 * Goal: no N+1 anywhere, `__resolveReference` included. Method: count what reaches Postgres for the ten chief queries,
 * through the whole graph, and see that the number is the same for a few objects and for many.
 */
let world: World;
let viewer: Viewer;
let own: Inventory;
let sent: string[] = [];

/** Statements of the pipelined envelope travel with the query in one trip. */
const ENVELOPE = /^(BEGIN|COMMIT|select set_config)/i;

/** What runs by itself, every second, whoever asks. */
const WORKERS =
  /^(payments\.next_(holds|payouts|quotes|reversible|refunds|waiting|cash_ins)|(cash|chain|bank)\.next_unsettled_|bank\.reconcile_|platform\.(take|renew|release)_lease$|accounts\.(claim_kyc_checks|find_clear_customers|next_(stale|unanswered)_screenings)$)/;

const original = pg.Client.prototype.query;

beforeAll(async () => {
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first] = args as [string | { name?: string; text?: string }];
    const text = typeof first === 'string' ? first : (first.text ?? '');
    const name = typeof first === 'string' ? undefined : first.name;
    if (!ENVELOPE.test(text) && !WORKERS.test(name ?? '')) sent.push(name ?? text);
    return Reflect.apply(original, this, args);
  } as typeof original;
  world = await createWorld({ cached: false });
  viewer = (await world.addOrganization('Counted')).viewer;
  own = await furnish(world, viewer);
});

afterAll(async () => {
  pg.Client.prototype.query = original;
  await world.close();
});

/** The two sides of a transaction are one fetch, as the plan merges what asks the same subgraph at the same time. */
const CHIEF: readonly (readonly [string, string, number])[] = [
  [
    'one account with its balance',
    '{ account(id: $acc) { name balance { posted { amount } pending { amount } available { amount } } } }',
    1,
  ],
  [
    'accounts with balances, customers and wallets',
    '{ accounts(first: 50) { edges { node { balance { available { amount } } customer { displayName } wallet { network { code } } } } } }',
    3,
  ],
  [
    'a statement with its transactions',
    '{ account(id: $treasury) { entries(first: 50) { edges { node { amount { amount } balanceAfter { posted { amount } } transaction { status description } } } } } }',
    3,
  ],
  [
    'one customer with accounts, wallets and transactions',
    '{ customer(id: $cus) { displayName accounts(first: 10) { edges { node { balance { posted { amount } } } } } wallets(first: 10) { edges { node { network { code } } } } transactions(first: 10) { edges { node { status } } } } }',
    4,
  ],
  [
    'customers with accounts, wallets and transactions',
    '{ customers(first: 50) { edges { node { displayName accounts(first: 5) { edges { node { name } } } wallets(first: 5) { edges { node { name } } } transactions(first: 5) { edges { node { status } } } } } } }',
    4,
  ],
  [
    'wallets with their accounts and customers',
    '{ wallets(first: 50) { edges { node { network { code } account { balance { available { amount } } } customer { displayName } } } } }',
    3,
  ],
  [
    'one transaction with its timeline and both sides',
    '{ transaction(id: $txn) { status events { kind version } source { account { name } customer { displayName } } destination { account { name } wallet { name } customer { displayName } } refunds { id } } }',
    6,
  ],
  [
    'transactions with their timelines and both sides',
    '{ transactions(first: 50) { edges { node { status events { kind } source { account { name } } destination { account { name } wallet { name } customer { displayName } } refunds { id } refundOf { status } } } } }',
    7,
  ],
  [
    'nodes of every kind',
    '{ nodes(ids: [$acc, $cus, $wal, $txn]) { id ... on Account { name } ... on Customer { displayName } ... on Wallet { name } ... on Transaction { status } } }',
    4,
  ],
  [
    'the organization and its keys',
    '{ organization { name mode } apiKeys(first: 50) { edges { node { name scopes } } } }',
    2,
  ],
];

async function statementsOf(selection: string): Promise<number> {
  const { acc, cus, wal, txn, treasuryId } = own;
  const text = selection
    .replaceAll('$acc', `"${acc}"`)
    .replaceAll('$cus', `"${cus}"`)
    .replaceAll('$wal', `"${wal}"`)
    .replaceAll('$txn', `"${txn}"`)
    .replaceAll('$treasury', `"${treasuryId}"`);
  sent = [];
  const { errors, data } = await world.run(viewer, text);
  expect({ errors, isThere: data !== null }).toEqual({ errors: undefined, isThere: true });
  return sent.length;
}

test.each(CHIEF)('%s', async (_name, selection, most) => {
  expect({ statements: await statementsOf(selection), sent }).toEqual({ statements: most, sent });
});

test('the numbers do not grow with the number of objects', async () => {
  const few = await countAll();
  await addPeople(12);
  expect(await countAll()).toEqual(few);
});

async function countAll(): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const [, selection] of CHIEF) counts.push(await statementsOf(selection));
  return counts;
}

/** More customers, each with a wallet and two transactions. */
async function addPeople(count: number): Promise<void> {
  for (let person = 0; person < count; person++) {
    const cus = await create('createCustomer', 'Customer', { type: 'BUSINESS', legalName: `Firm ${person}` });
    const wal = await create('createWallet', 'Wallet', { customerId: cus, network: 'LEDGER', asset: 'USD' });
    for (let payment = 0; payment < 2; payment++) {
      await create('createTransaction', 'Transaction', {
        sourceId: own.treasuryId,
        destinationId: wal,
        amount: '1.00',
        asset: 'USD',
      });
    }
  }
}

let keys = 0;

async function create(
  field: string,
  type: string,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  const inputType = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  const text = `mutation ($input: ${inputType}!) { result: ${field}(input: $input) { ... on ${type} { id } } }`;
  const { data } = await world.run(viewer, text, { input: { idempotencyKey: `many-${++keys}`, ...input } });
  return (data as unknown as { result: { id: string } }).result.id;
}
