import { ensureSystemAccounts } from '../../ledger/open.ts';
import { postJournals } from '../../ledger/post.ts';
import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { createPayments, type Payments } from '../../subgraphs/payments/main.ts';
import { change, setPolicy } from '../accounts/endorsing.ts';
import { type Json, logger, mutate, openWorld, type World } from '../accounts/world.ts';
import { queryOnce } from '../harness/embedded.ts';

/** Accounts and payments on one database: what the one decides of a customer binds what the other lets pass. */
let world: World;
let payments: Payments;
/** The organization's own money, which nothing restricts. */
let treasury: string;

beforeAll(async () => {
  world = await openWorld();
  payments = await createPayments({ databaseUrl: world.url, logger, runsWorkers: false });
  treasury = await openAccount(null);
  await fund(parseId('acc', treasury) as Uuid, 1_000_000n);
});
afterAll(async () => {
  await payments.close();
  await world.close();
});
afterEach(() => policy('OFF'));

function policy(wanted: 'OFF' | 'ENFORCED'): Promise<Json> {
  return setPolicy(world.accounts, world.ours.viewer, wanted);
}

async function fund(accountId: Uuid, amount: bigint): Promise<void> {
  const database = await openDatabase({ url: world.url, role: 'omsx_payments_writer', poolMax: 1 });
  const { organizationId } = world.ours;
  await database.write(async (tx) => {
    const [omnibus] = await ensureSystemAccounts(tx, [{ organizationId, kind: 'OMNIBUS', asset: 'USD' }]);
    const id = newUuid();
    const sides = { debitAccountId: omnibus as Uuid, creditAccountId: accountId };
    await postJournals(tx, [
      { id, organizationId, transactionId: null, transfers: [{ id, kind: 'SINGLE', ...sides, amount }] },
    ]);
  });
  await database.close();
}

async function onboard(): Promise<string> {
  const ada = { type: 'INDIVIDUAL', firstName: 'Ada', lastName: 'Lovelace' };
  return (await mutate(world.accounts, world.ours.viewer, 'createCustomer', ada)).id;
}

async function openAccount(customerId: string | null): Promise<string> {
  const input = { asset: 'USD', ...(customerId === null ? {} : { customerId }) };
  return (await mutate(world.accounts, world.ours.viewer, 'createAccount', input)).id;
}

async function pay(sourceId: string, destinationId: string, amount = '1.00'): Promise<Json> {
  const { data, errors } = await payments.execute({
    query: `mutation ($input: CreateTransactionInput!) { createTransaction(input: $input) {
      __typename ... on Failure { code retryable } ... on AccountRestricted { accountId restriction }
      ... on Transaction { id status } } }`,
    variables: { input: { idempotencyKey: newUuid(), sourceId, destinationId, amount, asset: 'USD' } },
    viewer: world.ours.viewer,
    requestId: 'test',
  });
  expect(errors).toBeUndefined();
  return (data as Json).createTransaction;
}

function endorse(customerId: string, name = 'BASIC'): Promise<Json> {
  return change(world.accounts, world.ours.viewer, 'attestEndorsement', { customerId, name });
}

function revoke(customerId: string): Promise<Json> {
  const input = { customerId, name: 'BASIC', decision: 'REVOKE' };
  return change(world.accounts, world.ours.viewer, 'decideEndorsement', input);
}

async function restrictionsOf(accountId: string): Promise<readonly string[]> {
  const [row] = await queryOnce(
    world.url,
    `select array_to_json(restrictions) as restrictions from ledger.account where id = '${parseId('acc', accountId)}'`,
  );
  return (row as { readonly restrictions: readonly string[] }).restrictions;
}

function refused(accountId: string, restriction: string): object {
  return {
    __typename: 'AccountRestricted',
    code: 'ACCOUNT_RESTRICTED',
    retryable: false,
    accountId,
    restriction,
  };
}

test('while the policy is OFF endorsements bind nothing', async () => {
  const account = await openAccount(await onboard());
  expect(await restrictionsOf(account)).toEqual([]);
  expect((await pay(treasury, account)).status).toBe('COMPLETED');
  expect((await pay(account, treasury)).status).toBe('COMPLETED');
});

test('ENFORCED restricts accounts that are there and those to come, until the endorsement is ACTIVE', async () => {
  const [early, other] = [await onboard(), await onboard()];
  const before = await openAccount(early);
  await pay(treasury, before, '5.00');
  await endorse(other);
  const endorsed = await openAccount(other);
  expect(await policy('ENFORCED')).toEqual({ __typename: 'Organization', endorsementPolicy: 'ENFORCED' });

  const late = await onboard();
  for (const account of [before, await openAccount(early), await openAccount(late)]) {
    expect(await restrictionsOf(account)).toEqual(['DEBIT', 'CREDIT', 'ONCHAIN', 'BANK']);
    expect(await pay(treasury, account)).toEqual(refused(account, 'CREDIT'));
  }
  expect(await pay(before, endorsed)).toEqual(refused(before, 'DEBIT'));
  expect(await restrictionsOf(endorsed)).toEqual(['ONCHAIN', 'BANK']);
  expect((await pay(treasury, endorsed)).status).toBe('COMPLETED');
  await endorse(early);
  expect((await pay(before, endorsed)).status).toBe('COMPLETED');
  expect((await pay(before, treasury)).status).toBe('COMPLETED');
  await policy('OFF');
  expect(await restrictionsOf(await openAccount(late))).toEqual([]);
});

test('a currency lifts BANK where it is counted; what arrives is credited whatever the restrictions are', async () => {
  await policy('ENFORCED');
  const customer = await onboard();
  const dollars = await openAccount(customer);
  const euros = await mutate(world.accounts, world.ours.viewer, 'createAccount', {
    customerId: customer,
    asset: 'EUR',
  });
  await endorse(customer, 'USD');
  expect(await restrictionsOf(dollars)).toEqual(['DEBIT', 'CREDIT', 'ONCHAIN']);
  expect(await restrictionsOf(await openAccount(customer))).toEqual(['DEBIT', 'CREDIT', 'ONCHAIN']);
  expect(await restrictionsOf(euros.id)).toContain('BANK');
  await fund(parseId('acc', dollars) as Uuid, 100n);
  expect(await pay(dollars, treasury)).toEqual(refused(dollars, 'DEBIT'));
});

test('once a customer is restricted nothing passes, however many payments are under way', async () => {
  await policy('ENFORCED');
  const customer = await onboard();
  await endorse(customer);
  const account = await openAccount(customer);
  await fund(parseId('acc', account) as Uuid, 100_000n);
  let isRevoked = false;
  const late: Json[] = [];
  const all: Json[] = [];
  const payer = async (): Promise<void> => {
    for (let count = 0; count < 30; count += 1) {
      const wasRevoked = isRevoked;
      const result = await pay(account, treasury);
      all.push(result);
      if (wasRevoked) late.push(result);
    }
  };
  const revoking = new Promise((resolve) => setTimeout(resolve, 60))
    .then(() => revoke(customer))
    .then(() => {
      isRevoked = true;
    });
  await Promise.all([revoking, ...Array.from({ length: 8 }, payer)]);
  late.push(await pay(account, treasury));
  expect(new Set(late.map((result) => result.__typename))).toEqual(new Set(['AccountRestricted']));
  expect(all.some((result) => result.__typename === 'Transaction')).toBe(true);
});

test('no account comes to be beside a change: those opened meanwhile are restricted as well', async () => {
  const customer = await onboard();
  const opened = await Promise.all([
    ...Array.from({ length: 15 }, () => openAccount(customer)),
    policy('ENFORCED').then(() => treasury),
    ...Array.from({ length: 15 }, () => openAccount(customer)),
  ]);
  for (const account of opened.filter((id) => id !== treasury)) {
    expect(await restrictionsOf(account)).toEqual(['DEBIT', 'CREDIT', 'ONCHAIN', 'BANK']);
  }
  expect(await restrictionsOf(treasury)).toEqual([]);
});

test("one organization's policy is nobody else's", async () => {
  const ada = { type: 'INDIVIDUAL', firstName: 'Ada', lastName: 'Lovelace' };
  const theirs = await mutate(world.accounts, world.theirs.viewer, 'createCustomer', ada);
  const account = await mutate(world.accounts, world.theirs.viewer, 'createAccount', {
    customerId: theirs.id,
    asset: 'USD',
  });
  await policy('ENFORCED');
  expect(await restrictionsOf(account.id)).toEqual([]);
});
