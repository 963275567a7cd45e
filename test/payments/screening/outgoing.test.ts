import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseId } from '../../../platform/id.ts';
import { openFileVault } from '../../../platform/vault/fileVault.ts';
import { createFixedScreening } from '../../../rails/screening/listScreening.ts';
import type { ScreeningProvider, ScreeningSubject } from '../../../rails/screening/provider.ts';
import { SANDBOX_ENTRIES } from '../../../rails/screening/sandboxEntries.ts';
import { type Answer, acc, mutate, succeed } from '../fixture.ts';
import { newAddress, openWorld, sendInput, type Tenant, type World } from '../onchainWorld.ts';

const LISTED_ADDRESS = '0xbad0000000000000000000000000000000000bad';
const WIRE = {
  rail: 'WIRE',
  accountHolderName: 'Ada Example',
  routingNumber: '021000021',
  accountNumber: '000123456789',
};

let world: World;
let tenant: Tenant;
let folder = '';
/** Whom the lane's screening was asked about, and what becomes of the next question. */
const asked: ScreeningSubject[] = [];
const list = createFixedScreening('list-1', SANDBOX_ENTRIES);
let answer: ScreeningProvider['screen'] = list.screen;
const screening: ScreeningProvider = {
  screen: (subject) => {
    asked.push(subject);
    return answer(subject);
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-screening-'));
  const vault = await openFileVault(join(folder, 'seal.key'), 'create');
  world = await openWorld({ screening, bank: { adapter: 'simulator', vault } });
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  tenant = await world.addTenant(100_000_000n);
  asked.splice(0);
  answer = list.screen;
});
afterEach(() => world.expectSound());

const kept = async (): Promise<readonly Answer[]> =>
  world.fixture.rows('select * from payments.screening where organization_id = $1 order by id', [
    tenant.organizationId,
  ]);
const pay = (input: object): Promise<Answer> =>
  succeed(world.fixture.payments, tenant.viewer, 'createTransaction', { ...input });
const attempt = async (input: object): Promise<Answer> =>
  (await mutate(world.fixture.payments, tenant.viewer, 'createTransaction', { ...input })).result;
const send = (destinationAddress: string, more: object = {}): Promise<Answer> =>
  pay(sendInput(tenant, '1', { destinationAddress, ...more }));

async function wire(more: object = {}): Promise<Answer> {
  const source = await world.fixture.openAccount(tenant.organizationId, { amountMinor: 100_00n });
  const destinationBankAccount = { ...WIRE, ...more };
  return pay({ sourceId: acc(source), destinationBankAccount, amount: '5', asset: 'USD' });
}

test('what is sent to an address was screened, and the answer is kept with it', async () => {
  const clear = await send(newAddress());
  const listed = await send(LISTED_ADDRESS);
  expect(await kept()).toMatchObject([
    {
      subject: 'TRANSACTION',
      subject_id: parseId('txn', clear.id),
      outcome: 'CLEAR',
      list_version: 'list-1',
      matches: [],
    },
    { subject_id: parseId('txn', listed.id), outcome: 'REVIEW', list_version: 'list-1' },
  ]);
  expect((await kept())[1]?.matches).toEqual([
    { list: 'SANDBOX', entry: 'sandbox-3', field: 'ADDRESS', scorePercent: 100 },
  ]);
});

test('what is paid to a bank account was screened by its name and number, and neither is kept', async () => {
  await wire();
  await wire({ accountHolderName: 'QUILLFEATHER, Zoltán' });
  await wire({ accountNumber: '4000000001' });
  expect(await kept()).toMatchObject([
    { outcome: 'CLEAR' },
    { outcome: 'REVIEW', matches: [{ entry: 'sandbox-1', field: 'NAME', scorePercent: 100 }] },
    { outcome: 'REVIEW', matches: [{ entry: 'sandbox-1', field: 'ACCOUNT', scorePercent: 100 }] },
  ]);
  expect(JSON.stringify(await kept())).not.toMatch(/quillfeather|zolt|ada example|4000000001/i);
});

test('what stays in our books is not asked about', async () => {
  const to = await world.fixture.openAccount(tenant.organizationId, { asset: 'USDC' });
  await pay(sendInput(tenant, '1', { destinationAddress: null, destinationId: acc(to) }));
  expect(asked).toEqual([]);
  expect(await kept()).toEqual([]);
});

test.each([
  ['throws', () => Promise.reject(new Error('the list is gone'))],
  ['never answers', () => new Promise<never>(() => undefined)],
])('where screening %s, the payment is held', async (_, screen) => {
  answer = screen;
  await send(newAddress());
  expect(await kept()).toMatchObject([{ outcome: 'REVIEW', list_version: 'unavailable', matches: [] }]);
});

test('while screening says nothing, nobody else waits', async () => {
  let say = (): void => undefined;
  answer = (subject) =>
    new Promise((resolve) => {
      say = () => resolve(list.screen(subject));
    });
  const slow = send(newAddress());
  await new Promise((resolve) => setTimeout(resolve, 20));
  answer = list.screen;
  await send(newAddress());
  expect(await kept()).toHaveLength(1);
  say();
  await slow;
  expect(await kept()).toHaveLength(2);
});

test('of what is refused nothing is kept, and what is asked again is kept once', async () => {
  expect(await attempt(sendInput(tenant, '1000000', { destinationAddress: newAddress() }))).toMatchObject({
    __typename: 'InsufficientFunds',
  });
  expect(await kept()).toEqual([]);
  const input = sendInput(tenant, '1', { destinationAddress: newAddress(), idempotencyKey: 'once' });
  const first = await pay(input);
  expect((await pay(input)).id).toBe(first.id);
  expect(asked).toHaveLength(3);
  expect(await kept()).toHaveLength(1);
});

test('what is kept changes no more', async () => {
  await send(newAddress());
  for (const sql of ['update payments.screening set outcome = outcome', 'delete from payments.screening'])
    await expect(world.fixture.rows(sql)).rejects.toThrow();
});
