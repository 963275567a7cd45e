import { PAYOUT_FILE_BYTES_MAX } from '../../subgraphs/payments/commands/payouts/createPayoutBatch.ts';
import { type Answer, acc, type Fixture, newKey, openFixture } from './fixture.ts';
import {
  addPayer,
  handIn,
  ITEM,
  itemsFor,
  mutateBatch,
  type Payer,
  payAll,
  readBatch,
} from './payoutsWorld.ts';

let fixture: Fixture;
let payer: Payer;
let payee: string;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  payer = await addPayer(fixture, 100_000_00n);
  payee = acc(payer.payees[0] as Answer);
});

const create = async (items: readonly object[], more: object = {}): Promise<Answer> =>
  (await mutateBatch(fixture, payer, 'createPayoutBatch', { items, ...more })).result;
const upload = async (text: string, more: object = {}): Promise<Answer> =>
  (await mutateBatch(fixture, payer, 'uploadPayoutBatch', { format: 'CSV', text, ...more })).result;
const countBatches = async (): Promise<number> => {
  const rows = await fixture.rows<{ count: number }>(
    'select count(*)::int as count from payments.payout_batch where organization_id = $1',
    [payer.organizationId],
  );
  return rows[0]?.count ?? 0;
};

test('every fault of every item is told, and nothing of the batch is accepted', async () => {
  const elsewhere = await fixture.openAccount(payer.organizationId, { asset: 'EUR' });
  const closed = await fixture.openAccount(payer.organizationId);
  await fixture.closeEmptyAccount(closed);
  const stranger = await addPayer(fixture, 0n, 1);
  const result = await create([
    { destinationId: payee, amount: '1' },
    { destinationId: payee, amount: '1.001', externalId: '' },
    { destinationId: acc(elsewhere), amount: '1' },
    { destinationId: acc(closed), amount: '1' },
    { destinationId: acc(stranger.source), amount: '1' },
    { destinationId: acc(payer.source), amount: '-1' },
    { amount: '1' },
    { destinationId: payee, destinationAddress: `0x${'1'.repeat(40)}`, amount: '1' },
    { destinationId: payee, amount: '1', externalId: 'same' },
    { destinationId: payee, amount: '1', externalId: 'same' },
  ]);
  expect(result).toMatchObject({ __typename: 'PayoutBatchInvalid', code: 'INVALID_INPUT', faultCount: 10 });
  expect(result.faults.map(({ item, field, code }: Answer) => `${item} ${field} ${code}`)).toEqual([
    '2 amount INVALID_INPUT',
    '2 externalId INVALID_INPUT',
    '3 destinationId ASSET_MISMATCH',
    '4 destinationId ACCOUNT_CLOSED',
    '5 destinationId NOT_FOUND',
    '6 amount INVALID_INPUT',
    '6 destinationId INVALID_INPUT',
    '7 destinationId INVALID_INPUT',
    '8 destinationAddress INVALID_INPUT',
    '10 externalId INVALID_INPUT',
  ]);
  expect(await countBatches()).toBe(0);
});

test('a key whose batch had faults is free for the corrected batch', async () => {
  const idempotencyKey = newKey();
  const [item] = itemsFor(payer, 1);
  expect(await create([{ ...item, amount: '0' }], { idempotencyKey })).toMatchObject({ faultCount: 1 });
  expect(await create([item as object], { idempotencyKey })).toMatchObject({ __typename: 'PayoutBatch' });
});

test('a dry run tells totals and whether they are covered, and stores nothing', async () => {
  const idempotencyKey = newKey();
  const preview = await create(itemsFor(payer, 3), { dryRun: true, idempotencyKey });
  expect(preview).toEqual({
    __typename: 'PayoutBatchPreview',
    total: { count: 3, amount: { amount: '3.00' } },
    available: { amount: '100000.00' },
    isCovered: true,
  });
  const much = await create([{ destinationId: payee, amount: '100000.01' }], { dryRun: true });
  expect(much.isCovered).toBe(false);
  expect(await create([{ destinationId: payee, amount: 'x' }], { dryRun: true })).toMatchObject({
    __typename: 'PayoutBatchInvalid',
  });
  expect(await countBatches()).toBe(0);
  expect(await create(itemsFor(payer, 1), { idempotencyKey })).toMatchObject({ __typename: 'PayoutBatch' });
});

test('what concerns the whole batch is refused as such', async () => {
  expect(await create([])).toMatchObject({ __typename: 'InvalidInput', field: 'items', value: '0 items' });
  const many = await create(itemsFor(payer, 10_001));
  expect(many).toMatchObject({ field: 'items', expected: '1 to 10000 items' });
  expect(await create(itemsFor(payer, 1), { asset: 'EUR' })).toMatchObject({ __typename: 'AssetMismatch' });
  expect(await create(itemsFor(payer, 1), { sourceId: 'acc_x' })).toMatchObject({ __typename: 'NotFound' });
  const toAddress = [{ destinationAddress: `0x${'1'.repeat(40)}`, amount: '1' }];
  expect(await create(toAddress)).toMatchObject({ __typename: 'NotOnChain' });
});

test('a file is read by its header, with quotes, line breaks, empty cells and cells that look like formulas', async () => {
  const text = [
    '\uFEFFmetadata.team,amount,destination_id,external_id,description',
    `blue,1.50,${payee},a1,"Wages, ""March""\r\nand more"`,
    `,2,${payee},,"=HYPERLINK(""http://evil.example"")"`,
    '',
    `,3,${payee},,`,
  ].join('\r\n');
  const batch = await upload(text);
  expect(batch).toMatchObject({ __typename: 'PayoutBatch', total: { count: 3, amount: { amount: '6.50' } } });
  await payAll(fixture);
  const { items } = await readBatch(
    fixture,
    payer,
    batch.id,
    `items(first: 5) { edges { node { ${ITEM} } } }`,
  );
  expect(items.edges.map(({ node }: Answer) => node)).toMatchObject([
    {
      externalId: 'a1',
      description: 'Wages, "March"\r\nand more',
      metadata: [{ key: 'team', value: 'blue' }],
      status: 'COMPLETED',
    },
    { externalId: null, description: '=HYPERLINK("http://evil.example")', metadata: [] },
    { description: null },
  ]);
});

test('each faulty line of a file is told with its line, column, value and what was expected', async () => {
  const text = [
    'destination_id,amount,external_id',
    `${payee},1,a`,
    `${payee},"=1+1",b`,
    `${payee},1`,
    `nobody,1,c`,
    `${payee},1,a`,
  ].join('\n');
  const result = await upload(text);
  expect(result.faults).toMatchObject([
    { row: 3, item: 2, field: 'amount', value: '=1+1', code: 'INVALID_INPUT' },
    { row: 4, item: null, field: 'line', value: '2 cells', expected: '3 cells, as in the header line' },
    { row: 5, field: 'destination_id', value: 'nobody' },
    { row: 6, field: 'external_id', value: 'a', expected: 'another than that of item 1' },
  ]);
  const header = await upload('destination_id,sum,destination_id\n');
  expect(header.faults.map(({ row, field, value }: Answer) => [row, field, value])).toEqual([
    [1, 'header', 'sum'],
    [1, 'header', 'destination_id'],
    [1, 'header', null],
  ]);
  expect(await upload('')).toMatchObject({ faultCount: 1, faults: [{ row: 1, field: 'header' }] });
  expect(await upload('amount\n')).toMatchObject({ __typename: 'InvalidInput', field: 'items' });
  const quoted = await upload(`destination_id,amount\n${payee},1\n${payee},"1"2\n${payee},1\n`);
  expect(quoted.faults).toMatchObject([{ row: 3, field: 'amount', value: '"1"2' }]);
  const unclosed = await upload(`destination_id,amount\n${payee},1\n${payee},"1\n${payee},1\n`);
  expect(unclosed).toMatchObject({ faultCount: 1, faults: [{ field: 'line', item: null }] });
});

test('a file of 10,000 lines with every hundredth wrong tells each of those, and corrected it is accepted', async () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `${payee},${i % 100 === 99 ? '1.001' : '1'},e${i}`);
  const header = 'destination_id,amount,external_id';
  const result = await upload([header, ...lines].join('\n'));
  expect(result).toMatchObject({ __typename: 'PayoutBatchInvalid', faultCount: 100 });
  expect(result.faults.map(({ row }: Answer) => row)).toEqual(
    Array.from({ length: 100 }, (_, i) => 101 + i * 100),
  );
  const corrected = [header, ...lines.map((line) => line.replace('1.001', '1'))].join('\n');
  const batch = await upload(corrected);
  expect(batch).toMatchObject({ total: { count: 10_000 } });
  // Paid it would only hold up the tests after this one; test/federation/payouts.test.ts pays as many.
  const canceled = await mutateBatch(fixture, payer, 'cancelPayoutBatch', { id: batch.id });
  expect(canceled.result).toMatchObject({ status: 'CANCELED', canceled: { count: 10_000 } });
  expect(await upload(`${corrected}\n${payee},1,more`)).toMatchObject({ field: 'items' });
});

test('a file that is too large is refused by its size', async () => {
  const result = await upload('x'.repeat(PAYOUT_FILE_BYTES_MAX + 1));
  expect(result).toMatchObject({ field: 'text', expected: `at most ${PAYOUT_FILE_BYTES_MAX} bytes` });
});

test('an item that was right when it was handed in and is not when it is paid fails alone', async () => {
  const [gone, open] = payer.payees as [Answer, Answer];
  const batch = await handIn(fixture, payer, [
    { destinationId: acc(gone), amount: '1' },
    { destinationId: acc(open), amount: '1' },
  ]);
  await fixture.closeEmptyAccount(gone);
  await payAll(fixture);
  const { items } = await readBatch(
    fixture,
    payer,
    batch.id,
    `items(first: 5) { edges { node { ${ITEM} } } }`,
  );
  expect(items.edges.map(({ node }: Answer) => [node.status, node.failure?.code])).toEqual([
    ['FAILED', 'ACCOUNT_CLOSED'],
    ['COMPLETED', undefined],
  ]);
});
