import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { openAmounts } from '../../rails/bank/externalAccounts/microDeposits.ts';
import { queryOnce } from '../harness/embedded.ts';
import {
  eventsOf,
  execute,
  type Json,
  mutate,
  openWorld,
  passTime,
  run,
  vault,
  viewerOf,
  type World,
} from './world.ts';

let world: World;
let customerId: string;

beforeAll(async () => {
  world = await openWorld();
  customerId = await newCustomer();
});
afterAll(() => world.close());

async function newCustomer(viewer = world.ours.viewer): Promise<string> {
  const input = { type: 'INDIVIDUAL', firstName: 'Ada', lastName: 'Lovelace' };
  return (await mutate(world.accounts, viewer, 'createCustomer', input)).id;
}

/** Digits of an account that nobody else has. */
let serial = 1_000_000;
const newNumber = (): string => `55${++serial}1`;

function usBank(more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    customerId,
    type: 'US_BANK',
    accountNumber: newNumber(),
    bankCode: '021000021',
    ownerName: 'Ada Lovelace',
    verification: 'ATTESTATION',
    attestation: 'seen on a statement',
    ...more,
  };
}

function create(more: Readonly<Record<string, unknown>> = {}, viewer = world.ours.viewer): Promise<Json> {
  return mutate(world.accounts, viewer, 'createExternalAccount', usBank(more));
}

async function typesOf(id: string): Promise<readonly (readonly [string, number])[]> {
  const events = await eventsOf(world, parseId('xac', id) as Uuid);
  return events.map(({ type, version }) => [type, version]);
}

const READ = `query ($id: ID!) { externalAccount(id: $id) { id accountNumber ownerName bankCode ownerAddress { line1 city country } status } }`;

test.each([
  ['US_BANK', '0001-2345 6789', '000123456789', 'USD', ['ACH', 'WIRE'], { bankCode: '021000021' }],
  [
    'IBAN',
    'de89 3704 0044 0532 0130 00',
    'DE89370400440532013000',
    'EUR',
    ['SEPA'],
    { bankCode: 'COBADEFFXXX' },
  ],
  ['CLABE', '032180000118359719', '032180000118359719', 'MXN', ['SPEI'], { bankCode: null }],
  ['PIX_KEY', '123.456.789-09', '12345678909', 'BRL', ['PIX'], { bankCode: null }],
  ['UPI_ID', 'Some.Body@okBank', 'some.body@okbank', 'INR', ['UPI'], { bankCode: null }],
  ['UK_BANK', '5577 9911', '55779911', 'GBP', ['FPS'], { bankCode: '200000' }],
  [
    'CHAIN_ADDRESS',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed',
    'USDC',
    ['ONCHAIN'],
    { bankCode: null, network: 'POLYGON', assets: ['USDC'] },
  ],
])('a %s is named, normalised, and reached by its rails', async (type, text, number, asset, rails, more) => {
  const made = await create({ type, accountNumber: text, ...more });
  expect(made).toMatchObject({
    __typename: 'ExternalAccount',
    type,
    status: 'VERIFIED',
    accountNumber: number,
    assets: [{ code: asset }],
    rails,
    ownerName: 'Ada Lovelace',
    customer: { id: customerId },
  });
  expect(await typesOf(made.id)).toEqual([
    ['ExternalAccountCreated', 1],
    ['ExternalAccountVerified', 2],
  ]);
});

test.each([
  ['accountNumber', { accountNumber: '12' }],
  ['bankCode', { bankCode: '021000022' }],
  ['bankCode', { bankCode: null }],
  ['bankCode', { type: 'CLABE', accountNumber: '032180000118359719' }],
  ['accountNumber', { type: 'IBAN', accountNumber: 'DE00370400440532013000', bankCode: null }],
  [
    'network',
    { type: 'CHAIN_ADDRESS', accountNumber: `0x${'12'.repeat(20)}`, bankCode: null, assets: ['USDC'] },
  ],
  ['network', { network: 'POLYGON' }],
  ['assets', { assets: ['EUR'] }],
  ['attestation', { attestation: null }],
  ['attestation', { verification: 'INSTANT' }],
  ['ownerName', { ownerName: '  ' }],
  ['ownerAddress.country', { ownerAddress: { line1: '1 Main St', city: 'X', country: 'ZZ' } }],
])('%s is refused when it breaks a rule: %j', async (field, input) => {
  const answer = await create(input);
  expect(answer).toMatchObject({ __typename: 'InvalidInput', field });
  expect(JSON.stringify(answer)).not.toContain('370400440532013000');
});

test('numbers, names and addresses are sealed at rest, and shown masked without the scope for them', async () => {
  const ownerAddress = { line1: '12 Analytical Row', city: 'London', country: 'GB' };
  const made = await create({ accountNumber: '000987654321', ownerAddress });
  const variables = { id: made.id };
  const { organizationId } = world.ours;
  const plain = await run(
    world.accounts,
    viewerOf(organizationId, 'external-accounts:read'),
    READ,
    variables,
  );
  expect(plain.externalAccount).toMatchObject({
    accountNumber: '••••4321',
    ownerName: 'A•••• L••••',
    ownerAddress: null,
    bankCode: '021000021',
  });
  const allowed = viewerOf(organizationId, 'external-accounts:read', 'external-accounts:pii:read');
  expect((await run(world.accounts, allowed, READ, variables)).externalAccount).toMatchObject({
    accountNumber: '000987654321',
    ownerName: 'Ada Lovelace',
    ownerAddress,
  });
  const kept = JSON.stringify([
    await queryOnce(world.url, `select *, encode(sealed, 'escape') as bytes from bank.external_account`),
    await queryOnce(world.url, 'select * from platform.outbox'),
    await queryOnce(world.url, 'select * from platform.idempotency'),
  ]);
  expect(kept).not.toMatch(/000987654321|Analytical Row/);
});

test('a place is there once for each owner, in any spelling, and again when it was closed', async () => {
  const number = newNumber();
  const first = await create({ accountNumber: number });
  const spelled = `${number.slice(0, 3)}-${number.slice(3)}`;
  expect(await create({ accountNumber: spelled })).toMatchObject({
    __typename: 'ExternalAccountExists',
    existingId: first.id,
  });
  expect(await create({ accountNumber: number, customerId: null })).toMatchObject({ status: 'VERIFIED' });
  expect(await create({ accountNumber: number, customerId: await newCustomer() })).toMatchObject({
    status: 'VERIFIED',
  });
  const close = { idempotencyKey: newUuid(), id: first.id };
  for (let time = 0; time < 2; time++) {
    expect(await mutate(world.accounts, world.ours.viewer, 'closeExternalAccount', close)).toMatchObject({
      status: 'CLOSED',
    });
  }
  expect((await typesOf(first.id)).at(-1)).toEqual(['ExternalAccountClosed', 3]);
  expect(await create({ accountNumber: number })).toMatchObject({ status: 'VERIFIED' });
});

test('twenty at once with one place make one', async () => {
  const accountNumber = newNumber();
  const answers = await Promise.all(Array.from({ length: 20 }, () => create({ accountNumber })));
  expect(answers.filter(({ __typename }) => __typename === 'ExternalAccount')).toHaveLength(1);
  const ids = answers.map((answer) => answer.id ?? answer.existingId);
  expect(new Set(ids).size).toBe(1);
});

test('an externalId is there once; the same key answers the same, other input does not', async () => {
  const input = { ...usBank({ externalId: 'ext-1' }), idempotencyKey: newUuid() };
  const first = await create(input);
  expect(await create(input)).toEqual(first);
  expect(await create({ ...input, ownerName: 'Other' })).toMatchObject({
    __typename: 'IdempotencyKeyReused',
  });
  expect(await create({ externalId: 'ext-1' })).toMatchObject({
    __typename: 'ExternalIdTaken',
    existingId: first.id,
  });
});

test('an instant verifier is asked at once: verified, declined, or known later', async () => {
  const instant = { verification: 'INSTANT', attestation: null };
  const verified = await create(instant);
  expect(verified).toMatchObject({ status: 'VERIFIED' });
  expect(await typesOf(verified.id)).toEqual([
    ['ExternalAccountCreated', 1],
    ['ExternalAccountVerified', 2],
  ]);
  const declined = await create({ ...instant, accountNumber: '77770009' });
  expect(declined).toMatchObject({ status: 'DECLINED', declineReason: 'the owner has another name' });
  const unknown = await create({ ...instant, accountNumber: '77770008' });
  expect(unknown).toMatchObject({ status: 'PENDING_VERIFICATION' });
  const ask = (id: string, more = {}) =>
    mutate(world.accounts, world.ours.viewer, 'verifyExternalAccount', { id, ...more });
  expect(await ask(unknown.id)).toMatchObject({ status: 'PENDING_VERIFICATION' });
  expect(await ask(unknown.id, { amounts: ['0.01', '0.02'] })).toMatchObject({ field: 'amounts' });
  expect(await ask(declined.id)).toMatchObject({ __typename: 'ExternalAccountState', status: 'DECLINED' });
});

/** The two amounts as whoever sends them learns them. */
async function amountsOf(id: string): Promise<readonly string[]> {
  const uuid = parseId('xac', id) as Uuid;
  const sql = `select micro_sealed from bank.external_account where id = '${uuid}'`;
  const [row] = (await queryOnce(world.url, sql)) as readonly { readonly micro_sealed: Buffer }[];
  const amounts = await openAmounts(await vault, uuid, row?.micro_sealed ?? Buffer.alloc(0));
  return amounts.map((minor) => `0.${String(minor).padStart(2, '0')}`);
}

/** As payments writes it once the bank has settled both. */
async function arrive(id: string): Promise<void> {
  const uuid = parseId('xac', id);
  await queryOnce(
    world.url,
    `insert into bank.micro_deposit (external_account_id, organization_id, account_id, rail, asset, hold_id, first_order_id,
       second_order_id, state, expected_by)
     select id, organization_id, id, 'ACH', 'USD', id, id, uuidv7(), 'ARRIVED', now()
       from bank.external_account where id = '${uuid}'`,
  );
}

const MICRO = { verification: 'MICRO_DEPOSITS', attestation: null };

function say(id: string, amounts: readonly string[] | null, idempotencyKey = newUuid()): Promise<Json> {
  const input = { id, amounts, idempotencyKey };
  return mutate(world.accounts, world.ours.viewer, 'verifyExternalAccount', input);
}

test('two amounts verify, in any order; a wrong try is counted once however often it is sent', async () => {
  const made = await create(MICRO);
  expect(made).toMatchObject({ status: 'PENDING_VERIFICATION', verificationTriesLeft: 3 });
  await arrive(made.id);
  const amounts = await amountsOf(made.id);
  expect(new Set(amounts).size).toBe(2);
  const wrong = ['1.01', '1.02'];
  const key = newUuid();
  const failed = { __typename: 'VerificationFailed', triesLeft: 2 };
  expect(await say(made.id, wrong, key)).toMatchObject(failed);
  expect(await say(made.id, wrong, key)).toMatchObject(failed);
  expect(await say(made.id, [amounts[0] as string, amounts[0] as string])).toMatchObject({ triesLeft: 1 });
  expect(await say(made.id, null)).toMatchObject({ __typename: 'InvalidInput', field: 'amounts' });
  expect(await say(made.id, ['0.1', 'x'])).toMatchObject({ __typename: 'InvalidInput', field: 'amounts.1' });
  expect(await say(made.id, [...amounts].reverse())).toMatchObject({ status: 'VERIFIED' });
  expect(await typesOf(made.id)).toEqual([
    ['ExternalAccountCreated', 1],
    ['ExternalAccountVerified', 2],
  ]);
});

test('ten guesses at once are three tries, and the right amounts come too late', async () => {
  const made = await create(MICRO);
  await arrive(made.id);
  const amounts = await amountsOf(made.id);
  const guesses = await Promise.all(Array.from({ length: 10 }, () => say(made.id, ['1.01', '1.02'])));
  const left = guesses.filter(({ __typename }) => __typename === 'VerificationFailed');
  expect(left.map(({ triesLeft }) => triesLeft).sort()).toEqual([0, 1, 2]);
  expect(await say(made.id, amounts)).toMatchObject({
    __typename: 'ExternalAccountState',
    status: 'DECLINED',
  });
  expect(await typesOf(made.id)).toEqual([
    ['ExternalAccountCreated', 1],
    ['ExternalAccountDeclined', 2],
  ]);
});

test('amounts that are said before they have arrived are no try, and no proof', async () => {
  const made = await create(MICRO);
  for (const amounts of [['0.01', '0.02'], await amountsOf(made.id)]) {
    expect(await say(made.id, amounts)).toMatchObject({
      __typename: 'ExternalAccountState',
      status: 'PENDING_VERIFICATION',
    });
  }
  await arrive(made.id);
  expect(await say(made.id, ['0.01', '0.02'])).toMatchObject({ triesLeft: 2 });
  expect(await say(made.id, await amountsOf(made.id))).toMatchObject({ status: 'VERIFIED' });
});

test('amounts that are said after seven days decline it', async () => {
  const [soon, late] = [await create(MICRO), await create(MICRO)];
  await Promise.all([arrive(soon.id), arrive(late.id)]);
  await passTime(world, 7 * 86_400_000 - 60_000);
  expect(await say(soon.id, await amountsOf(soon.id))).toMatchObject({ status: 'VERIFIED' });
  await passTime(world, 60_000);
  const answer = await say(late.id, await amountsOf(late.id));
  expect(answer).toMatchObject({
    status: 'DECLINED',
    declineReason: 'the two amounts were not said in time',
  });
});

test('lists are newest first, filtered, and paged both ways; the customer has its own', async () => {
  const owner = await newCustomer();
  const made: string[] = [];
  for (let count = 0; count < 3; count++) made.unshift((await create({ customerId: owner })).id);
  const document = `query ($filter: ExternalAccountFilter, $owner: ID!) {
    page: externalAccounts(first: 2, filter: $filter) { edges { node { id } } pageInfo { hasNextPage endCursor } }
    back: externalAccounts(last: 2, filter: $filter) { edges { node { id } } }
    customer(id: $owner) { externalAccounts(first: 10) { edges { node { id } } } }
    none: externalAccounts(first: 2, filter: { customerId: $owner, types: [IBAN] }) { edges { node { id } } }
    node(id: "${made[0]}") { __typename id } }`;
  const data = await run(world.accounts, world.ours.viewer, document, {
    filter: { customerId: owner, types: ['US_BANK'], statuses: ['VERIFIED'] },
    owner,
  });
  const ids = ({ edges }: Json): readonly string[] => edges.map((edge: Json) => edge.node.id);
  expect(ids(data.page)).toEqual(made.slice(0, 2));
  expect(data.page.pageInfo.hasNextPage).toBe(true);
  expect(ids(data.back)).toEqual(made.slice(1));
  expect(ids(data.customer.externalAccounts)).toEqual(made);
  expect(ids(data.none)).toEqual([]);
  expect(data.node).toEqual({ __typename: 'ExternalAccount', id: made[0] });
});

test('nobody sees or touches those of another organization', async () => {
  const made = await create();
  const theirs = world.theirs.viewer;
  const absent = formatId('xac', newUuid());
  for (const field of ['verifyExternalAccount', 'closeExternalAccount']) {
    const blank = async (id: string) =>
      JSON.stringify(await mutate(world.accounts, theirs, field, { id })).replaceAll(id, 'ID');
    expect(await blank(made.id)).toBe(await blank(absent));
  }
  expect(await create({}, theirs)).toMatchObject({ __typename: 'NotFound', missing: customerId });
  expect(await run(world.accounts, theirs, READ, { id: made.id })).toEqual({ externalAccount: null });
  const lists = `{ externalAccounts(first: 10) { edges { node { id } } }
    other: externalAccounts(first: 10, filter: { customerId: "${customerId}" }) { edges { node { id } } } }`;
  expect(await run(world.accounts, theirs, lists)).toEqual({
    externalAccounts: { edges: [] },
    other: { edges: [] },
  });
});

test('a client token sees its own customer only, and changes nothing', async () => {
  const own = await create();
  const other = await create({ customerId: await newCustomer() });
  const organizations = await create({ customerId: null });
  const client = {
    ...world.ours.viewer,
    kind: 'CLIENT' as const,
    customerId: parseId('cus', customerId) as Uuid,
  };
  const ids = [own.id, other.id, organizations.id];
  const data = await run(
    world.accounts,
    client,
    `query ($ids: [ID!]!) { nodes(ids: $ids) { id } externalAccounts(first: 100) { edges { node { customer { id } } } } }`,
    { ids },
  );
  expect(data.nodes).toEqual([{ id: own.id }, null, null]);
  for (const { node } of data.externalAccounts.edges) expect(node.customer.id).toBe(customerId);
  const { errors } = await execute(
    world.accounts,
    client,
    `mutation { closeExternalAccount(input: { idempotencyKey: "x", id: "${own.id}" }) { __typename } }`,
  );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
