import { parseId } from '../../../platform/id.ts';
import { statusReport } from '../../../rails/bank/simulator/files/answers.ts';
import type { Tenant } from '../world.ts';
import { type FileWorld, openFileWorld, SEPA } from './fileWorld.ts';

/** What a bank says of many at once, and of some of them. */
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
  expect(await world.rows('select kind, detail from bank.difference')).toEqual([]);
  await world.stopWork();
  await world.expectSound();
});

const pay = () =>
  world.pay(tenant, '10.00', { asset: 'EUR', destinationBankAccount: SEPA, reference: 'sim:SILENCE' });
const keyOf = (id: string) => (parseId('txn', id) ?? '').replaceAll('-', '');

/** Two payouts in one file that the bank has taken. */
async function sendTwo() {
  const ids = [(await pay()).id, (await pay()).id];
  world.startWork();
  const [name = ''] = await world.untilTaken(1);
  const messageId = name.replace('.xml', '');
  const of = (id: string, status: string, reasonCode: string | null = null) => ({
    ...{ groupId: `${messageId}-SEPA`, endToEndId: keyOf(id), status, reasonCode },
  });
  return { first: ids[0] ?? '', second: ids[1] ?? '', messageId, of };
}

const state = async (id: string): Promise<string> => (await world.order(id)).state;

test('a word for the message holds for all of it', async () => {
  const { first, second, messageId } = await sendTwo();
  await world.outside.put(statusReport('R-1', messageId, [], 'ACCP'));
  for (const id of [first, second]) await world.untilOrder(id, 'ACCEPTED');
});

test('beside the word for a message that of each payment counts, and nothing is left over', async () => {
  const { first, second, messageId, of } = await sendTwo();
  const both = [of(first, 'ACSP'), of(second, 'RJCT', 'AC01')];
  await world.outside.put(
    statusReport('R-2', messageId, both).replace('</OrgnlMsgNmId>', '</OrgnlMsgNmId><GrpSts>ACCP</GrpSts>'),
  );
  await world.untilOrder(first, 'ACCEPTED');
  await world.untilOrder(second, 'REJECTED');
  await world.eventually(
    () => world.unread(),
    (names) => names.length === 0,
  );
});

test('what is pending, or not known to us as a word, changes nothing', async () => {
  const { first, second, messageId, of } = await sendTwo();
  await world.outside.put(statusReport('R-3', messageId, [of(first, 'PDNG'), of(second, 'XXXX')]));
  await world.eventually(
    () => world.unread(),
    (names) => names.length === 0,
  );
  for (const id of [first, second]) expect(await state(id)).toBe('SUBMITTED');
});

test('a refusal of one and of all comes to the same, in whatever order', async () => {
  const { first, second, messageId, of } = await sendTwo();
  await world.outside.put(statusReport('R-5', messageId, [of(first, 'RJCT', 'AC06')]));
  await world.outside.put(statusReport('R-4', messageId, [], 'RJCT'));
  for (const id of [first, second]) await world.until(tenant, id, 'FAILED');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});
