import { checkLedger } from '../../ledger/check.ts';
import { parseId, type Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { type Fixture, openFixture } from './fixture.ts';
import { addPayer, handIn, itemsFor, payAll } from './payoutsWorld.ts';

let fixture: Fixture;
let batchId: Uuid;

beforeAll(async () => {
  fixture = await openFixture();
  const payer = await addPayer(fixture, 3_00n);
  const [item] = itemsFor(payer, 1);
  const { id } = await handIn(fixture, payer, [...itemsFor(payer, 2), { ...item, amount: '5' }]);
  batchId = parseId('bat', id) as Uuid;
  await payAll(fixture);
});
afterAll(() => fixture.close());

async function wrong(): Promise<readonly string[]> {
  const database = await openDatabase({ url: fixture.url, role: 'omsx_check', poolMax: 1 });
  try {
    return (await checkLedger(database)).flatMap(({ promise, faulty }) => (faulty > 0n ? [promise] : []));
  } finally {
    await database.close();
  }
}

test('the check finds nothing wrong with a batch that was paid', async () => {
  expect(await wrong()).toEqual([]);
});

test.each([
  [
    'Each payout batch counts exactly what its items are',
    'update payments.payout_batch set completed_count = completed_count - 1, failed_count = failed_count + 1 where id = $1',
    'update payments.payout_batch set completed_count = completed_count + 1, failed_count = failed_count - 1 where id = $1',
  ],
  [
    'Each payout batch counts exactly what its items are',
    'update payments.payout_batch set completed_amount = completed_amount + 1 where id = $1',
    'update payments.payout_batch set completed_amount = completed_amount - 1 where id = $1',
  ],
  [
    'Each payout stands where its Transaction stands, and has one only where it was paid',
    'update payments.payout_item set amount = amount + 1 where batch_id = $1 and number = 1',
    'update payments.payout_item set amount = amount - 1 where batch_id = $1 and number = 1',
  ],
])('the check finds what breaks: %s (%s)', async (promise, plant, undo) => {
  await fixture.rows(plant, [batchId]);
  expect(await wrong()).toContain(promise);
  await fixture.rows(undo, [batchId]);
  expect(await wrong()).toEqual([]);
});
