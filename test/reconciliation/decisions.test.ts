import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { openWorld, type Tenant, type World } from '../bank/world.ts';
import { type Answer, acc, ask, newKey } from '../payments/fixture.ts';
import { createReconciliationAsks, type ReconciliationAsks } from './asks.ts';
import { openRounds, type Rounds } from './bare.ts';
import { FILE_BANK, fileLine, fileOf, plantReceipt } from './files.ts';

/** Goal: what people decide of lines and items moves money once, and only where it belongs. */
jest.setTimeout(60_000);

let world: World;
let asks: ReconciliationAsks;
let rounds: Rounds;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld({ isBare: true, reconciles: true });
  asks = createReconciliationAsks(world);
  rounds = await openRounds(world);
});
afterAll(async () => {
  await rounds.close();
  await world.close();
});
beforeEach(async () => {
  tenant = await world.addTenant(0n);
});
afterEach(() => world.expectSound());

const arrive = (amountMinor: bigint, providerId: string = newUuid()): Promise<Uuid> =>
  plantReceipt(world, tenant, { providerId, amountMinor });

async function takeIn(name: string, ...lines: ReturnType<typeof fileLine>[]): Promise<void> {
  await asks.importFile(tenant, fileOf(name, 0n, lines));
  await rounds.work();
}

/** Says that statements reach beyond what has arrived. */
async function untilMissing(): Promise<Answer> {
  await asks.importFile(tenant, fileOf(`late-${newUuid().slice(-8)}`, 0n, [], '2026-03-09'));
  await rounds.work();
  const [item] = await asks.items(tenant, { kinds: ['MISSING_THEIRS'], status: 'OPEN' });
  return item;
}

const onlyItem = async (): Promise<Answer> => {
  const [item, ...more] = await asks.items(tenant, { status: 'OPEN' });
  expect(more).toEqual([]);
  return item;
};
const rcp = (id: Uuid): string => formatId('rcp', id);
const BECAUSE = { reason: 'the bank said so' };

describe('MATCH', () => {
  test('a line that fits two arrivals is the one that somebody names, and the other is still awaited', async () => {
    const [first, second] = [await arrive(500n), await arrive(500n)];
    await takeIn('s', fileLine('a', 500n));
    const item = await onlyItem();
    expect(item.kind).toBe('AMBIGUOUS');
    const key = { idempotencyKey: newKey(), receiptId: rcp(second) };
    const matched = await asks.resolve(tenant, item.id, 'MATCH', key);
    expect(matched).toMatchObject({ status: 'CLOSED', resolution: 'MATCHED', closedBy: 'key' });
    expect(matched.line.state).toBe('MATCHED');
    expect(await asks.resolve(tenant, item.id, 'MATCH', key)).toEqual(matched);
    expect(await world.balance(tenant, 'CLEARING')).toBe('-500');
    expect((await untilMissing()).receipt.id).toBe(rcp(first));
    await takeIn('s2', fileLine('b', 500n));
    expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  });

  test('a further line under the id of a movement that another line was named for is a duplicate', async () => {
    const receipt = await arrive(500n, 'twice');
    await takeIn('s', fileLine('a', 500n, { endToEndId: 'unknown' }));
    await asks.resolve(tenant, (await onlyItem()).id, 'MATCH', { receiptId: rcp(receipt) });
    await takeIn('s2', fileLine('b', 500n, { endToEndId: 'twice' }));
    expect(await onlyItem()).toMatchObject({ kind: 'DUPLICATE', difference: { amount: '5.00' } });
    expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  });

  test('what was missing at the bank is not any more once a line is named for it', async () => {
    const receipt = await arrive(500n);
    await rounds.settle();
    const missing = await untilMissing();
    await takeIn('s', fileLine('a', 500n, { endToEndId: 'another' }));
    const [item] = await asks.items(tenant, { kinds: ['MISSING_OURS'], status: 'OPEN' });
    const { resolution } = await asks.resolve(tenant, item.id, 'MATCH', { receiptId: rcp(receipt) });
    expect(resolution).toBe('MATCHED');
    const [closed] = await asks.items(tenant, { kinds: ['MISSING_THEIRS'] });
    expect(closed).toMatchObject({ id: missing.id, resolution: 'MATCHED', closedBy: null });
    expect(
      (await asks.events(tenant)).filter(({ type }) => type === 'ReconciliationItemClosed'),
    ).toHaveLength(2);
  });

  test.each([
    ['ACCEPT_AS_FEE', 'FEES', '-3'],
    ['BOOK_TO_SUSPENSE', 'SUSPENSE', '497'],
  ])('of another amount the rest is what is said of it: %s', async (difference, kind, rest) => {
    const receipt = await arrive(500n);
    await takeIn('s', fileLine('a', 497n, { endToEndId: 'short' }));
    const item = await onlyItem();
    const named = { receiptId: rcp(receipt) };
    expect(await asks.resolve(tenant, item.id, 'MATCH', named)).toMatchObject({ field: 'difference' });
    const matched = await asks.resolve(tenant, item.id, 'MATCH', { ...named, difference });
    expect(matched.resolution).toBe('MATCHED');
    expect(await world.balance(tenant, kind)).toBe(rest);
    expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  });

  test('a payout and an arrival are named by their transactions, each in its own direction', async () => {
    const receipt = await arrive(500n);
    await rounds.settle();
    const assigned = await assignReceipt(receipt);
    await takeIn('s', fileLine('in', 500n, { endToEndId: 'x' }), fileLine('out', -500n, { endToEndId: 'y' }));
    const [out, into] = await asks.items(tenant, { kinds: ['MISSING_OURS'] });
    const wrong = await asks.resolve(tenant, out.id, 'MATCH', { transactionId: assigned });
    expect(wrong).toMatchObject({ field: 'transactionId', expected: 'money that left, as the line says' });
    const matched = await asks.resolve(tenant, into.id, 'MATCH', { transactionId: assigned });
    expect(matched.line.state).toBe('MATCHED');
  });

  test('what has a line, is at another bank, in another Asset, not there or not in the books is refused', async () => {
    const [taken, own] = [await arrive(700n, 'taken'), await arrive(500n)];
    const elsewhere = await plantReceipt(world, tenant, {
      providerId: newUuid(),
      amountMinor: 500n,
      adapter: 'OTHER',
    });
    const held = newUuid();
    await world.fixture.rows(
      `insert into bank.receipt (id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask)
       values ($1, $2, $3, 'unscreened', 'WIRE', 'USD', 500, 'nobody', '****'),
              ($4, $2, $3, 'euros', 'SEPA', 'EUR', 500, 'nobody', '****')`,
      [held, tenant.organizationId, FILE_BANK, newUuid()],
    );
    const [euros] = await world.fixture.rows<{ id: Uuid }>(
      `insert into bank.receipt_screening select id, organization_id, 'CLEAR', 'planted', '[]', null from bank.receipt
        where organization_id = $1 and provider_id = 'euros' returning receipt_id as id`,
      [tenant.organizationId],
    );
    await takeIn('s', fileLine('t', 700n, { endToEndId: 'taken' }), fileLine('a', 500n, { endToEndId: 'x' }));
    const item = await onlyItem();
    const named = async (receiptId: string) => await asks.resolve(tenant, item.id, 'MATCH', { receiptId });
    expect(await named(rcp(taken))).toMatchObject({ expected: 'a movement that no line has yet' });
    expect(await named(rcp(elsewhere))).toMatchObject({ expected: `a movement at the bank ${FILE_BANK}` });
    expect(await named(rcp(euros?.id as Uuid))).toMatchObject({ code: 'ASSET_MISMATCH' });
    expect(await named(rcp(held))).toMatchObject({ field: 'receiptId' });
    expect(await named(rcp(newUuid()))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await named('rcp_x')).toMatchObject({ code: 'NOT_FOUND' });
    expect(await asks.resolve(tenant, item.id, 'MATCH')).toMatchObject({ field: 'transactionId' });
    const other = await asks.resolve(tenant, item.id, 'IGNORE', { ...BECAUSE, receiptId: rcp(own) });
    expect(other).toMatchObject({ field: 'receiptId' });
    expect((await onlyItem()).id).toBe(item.id);
  });

  test('of many who name one movement for two lines one does', async () => {
    const receipt = await arrive(500n);
    await takeIn('s', fileLine('a', 500n, { endToEndId: 'x' }), fileLine('b', 500n, { endToEndId: 'y' }));
    const items = await asks.items(tenant, { status: 'OPEN' });
    const answers = await Promise.all([
      ...[...items, ...items, ...items].map(({ id }) =>
        asks.resolve(tenant, id, 'MATCH', { receiptId: rcp(receipt) }),
      ),
      ...[rounds.compare(), rounds.settle()],
    ]);
    const won = answers.filter((one: Answer) => one?.resolution === 'MATCHED');
    expect(won).toHaveLength(1);
    expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  });
});

const ASSIGN_RECEIPT = `mutation ($input: AssignReceiptInput!) { result: assignReceipt(input: $input) {
  ... on Transaction { id } } }`;

async function assignReceipt(receipt: Uuid): Promise<string> {
  const input = { idempotencyKey: newKey(), receiptId: rcp(receipt), accountId: acc(tenant.accountId) };
  return (await ask(world.fixture.payments, tenant.viewer, ASSIGN_RECEIPT, { input })).result.id;
}

/** A line that nobody knows, in suspense. */
async function suspend(amountMinor: bigint): Promise<Answer> {
  await takeIn('s', fileLine('a', amountMinor));
  const { line } = await asks.resolve(tenant, (await onlyItem()).id, 'BOOK_TO_SUSPENSE');
  expect(line.state).toBe('SUSPENSE');
  return line;
}

describe('out of suspense', () => {
  test('a line is assigned once, in a completed transaction, and waits in suspense until then', async () => {
    const line = await suspend(500n);
    expect(line.inSuspense).toEqual({ amount: '5.00' });
    expect((await asks.ageing(tenant))[0]).toMatchObject({ count: 1, amount: { amount: '5.00' } });
    expect(await asks.items(tenant, { inSuspense: true })).toHaveLength(1);
    const key = { idempotencyKey: newKey() };
    const assigned = await asks.assign(tenant, line.id, acc(tenant.accountId), key);
    expect(assigned).toMatchObject({
      type: 'BOOK',
      status: 'COMPLETED',
      destination: { amount: { amount: '5.00' } },
    });
    expect(await asks.assign(tenant, line.id, acc(tenant.accountId), key)).toEqual(assigned);
    for (const again of [await asks.assign(tenant, line.id), await asks.takeAsFee(tenant, line.id)])
      expect(again).toMatchObject({ field: 'bookingId', expected: 'a line of a bank that is in suspense' });
    expect([await world.balance(tenant, 'SUSPENSE'), await world.balance(tenant, 'TREASURY')]).toEqual([
      '0',
      '500',
    ]);
    expect(await asks.ageing(tenant)).toEqual([]);
    expect(await asks.items(tenant, { inSuspense: true })).toEqual([]);
    const [item] = await asks.items(tenant);
    expect(item.line).toMatchObject({ state: 'ASSIGNED', inSuspense: null, takenOutBy: 'key' });
    expect(item.line.assignedTransaction.id).toBe(assigned.id);
  });

  test('what was assigned out of suspense is not refunded into it', async () => {
    const { id } = await asks.assign(tenant, (await suspend(500n)).id);
    const query = `mutation ($input: RefundTransactionInput!) { result: refundTransaction(input: $input) {
      __typename ... on Failure { message } } }`;
    const { result } = await ask(world.fixture.payments, tenant.viewer, query, {
      input: { idempotencyKey: newKey(), id },
    });
    expect(result.__typename).toBe('InvalidState');
    expect(result.message).toContain('assigned out of suspense');
  });

  test.each([500n, -500n])('a line of %s is taken as a fee once', async (amountMinor) => {
    const line = await suspend(amountMinor);
    if (amountMinor < 0n) expect(await asks.assign(tenant, line.id)).toMatchObject({ field: 'bookingId' });
    const fees = await Promise.all([1, 2, 3].map(() => asks.takeAsFee(tenant, line.id)));
    expect(fees.filter(({ state }) => state === 'FEE')).toHaveLength(1);
    expect(await world.balance(tenant, 'SUSPENSE')).toBe('0');
    expect(await world.balance(tenant, 'FEES')).toBe(`${amountMinor}`);
  });

  test('an account of another Asset, a closed one and one that is not there get nothing', async () => {
    const line = await suspend(500n);
    const { organizationId } = tenant;
    const euros = await world.fixture.openAccount(organizationId, { asset: 'EUR' });
    const closed = await world.fixture.openAccount(organizationId);
    await world.fixture.closeEmptyAccount(closed);
    expect(await asks.assign(tenant, line.id, acc(euros))).toMatchObject({ code: 'ASSET_MISMATCH' });
    expect(await asks.assign(tenant, line.id, acc(closed))).toMatchObject({ code: 'ACCOUNT_CLOSED' });
    expect(await asks.assign(tenant, line.id, acc(newUuid()))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await world.balance(tenant, 'SUSPENSE')).toBe('500');
  });
});

describe('WRITE_OFF', () => {
  async function writeOff(amountMinor: bigint, providerId?: string): Promise<Answer> {
    const receipt = await arrive(amountMinor, providerId);
    await rounds.settle();
    await assignReceipt(receipt);
    const item = await untilMissing();
    expect(await asks.resolve(tenant, item.id, 'WRITE_OFF')).toMatchObject({ field: 'reason' });
    const gone = await asks.resolve(tenant, item.id, 'WRITE_OFF', BECAUSE);
    expect(gone).toMatchObject({ resolution: 'WRITTEN_OFF', closedBy: 'key', ...BECAUSE, reversedAt: null });
    return gone;
  }

  test('what a bank will never book leaves CLEARING for FEES at the bank, once, and is not asked about again', async () => {
    const { id } = await writeOff(500n);
    expect([await world.balance(tenant, 'CLEARING'), await world.balance(tenant, 'FEES')]).toEqual([
      '0',
      '-500',
    ]);
    expect((await asks.balances(tenant))[0].underWay).toEqual({ amount: '0.00' });
    expect(await asks.resolve(tenant, id, 'WRITE_OFF', BECAUSE)).toMatchObject({ field: 'id' });
    await rounds.work();
    expect(await asks.items(tenant, { status: 'OPEN' })).toEqual([]);
  });

  test.each(['by its id', 'by its amount'])(
    'a line that comes after all takes it back, once: found %s',
    async (how) => {
      const { id } = await writeOff(500n, how);
      await takeIn('s', fileLine('a', 500n, how === 'by its id' ? { endToEndId: how } : {}));
      await Promise.all([rounds.work(), rounds.work()]);
      const balances: string[] = [];
      for (const kind of ['CLEARING', 'FEES', 'OMNIBUS', 'TREASURY'])
        balances.push(await world.balance(tenant, kind));
      expect(balances).toEqual(['0', '0', '-500', '500']);
      const [item] = await asks.items(tenant);
      expect(item).toMatchObject({ id, resolution: 'WRITTEN_OFF' });
      expect(item.reversedAt).not.toBeNull();
      expect((await asks.events(tenant)).map(({ type, version }) => [type, version])).toEqual([
        ['ReconciliationItemOpened', 1],
        ['ReconciliationItemClosed', 2],
        ['ReconciliationItemReversed', 3],
      ]);
    },
  );

  test('somebody who names a written-off movement for a line, or accepts another amount of it, takes it back as well', async () => {
    await writeOff(500n, 'short');
    await takeIn('s', fileLine('a', 490n, { endToEndId: 'short' }));
    await asks.resolve(tenant, (await onlyItem()).id, 'ACCEPT_AS_FEE');
    expect(await world.balance(tenant, 'FEES')).toBe('-10');
    const { receipt } = await writeOff(300n);
    await takeIn('s2', fileLine('b', 300n, { endToEndId: 'unknown' }));
    const matched = await asks.resolve(tenant, (await onlyItem()).id, 'MATCH', { receiptId: receipt.id });
    expect(matched.resolution).toBe('MATCHED');
    expect([await world.balance(tenant, 'CLEARING'), await world.balance(tenant, 'FEES')]).toEqual([
      '0',
      '-10',
    ]);
  });

  test('while its line comes, is compared, named and posted, it is written off and taken back, or neither', async () => {
    for (let round = 0; round < 4; round++) {
      const receipt = await arrive(500n, `r${round}-${tenant.organizationId}`);
      await rounds.settle();
      const { id } = await untilMissing();
      await asks.importFile(
        tenant,
        fileOf(`s${round}`, 0n, [fileLine(`a${round}`, 500n, { endToEndId: `x${round}` })]),
      );
      await rounds.compare();
      const [unknown] = await asks.items(tenant, { kinds: ['MISSING_OURS'], status: 'OPEN' });
      await Promise.all([
        asks.resolve(tenant, id, 'WRITE_OFF', BECAUSE),
        asks.resolve(tenant, unknown.id, 'MATCH', { receiptId: rcp(receipt) }),
        asks.resolve(tenant, id, 'WRITE_OFF', BECAUSE),
        ...[rounds.compare(), rounds.settle()],
      ]);
      await rounds.work();
      expect([await world.balance(tenant, 'CLEARING'), await world.balance(tenant, 'FEES')]).toContain('0');
      await world.expectSound();
    }
    expect((await asks.balances(tenant))[0].ours).toEqual({ amount: '20.00' });
  });

  test('a payout that the bank never made is written off the other way', async () => {
    tenant = await world.addTenant();
    const { id } = await world.pay(tenant, '10.00');
    await world.fixture.rows(
      `update bank.order set state = 'SETTLED', version = version + 1, settled_at = '2026-03-02T10:00:00Z' where id = $1`,
      [parseId('txn', id)],
    );
    await rounds.settle();
    const reach = fileOf('late', 0n, [], '2026-03-09');
    await asks.importFile(tenant, reach, { adapter: SIMULATOR });
    await rounds.work();
    const item = await onlyItem();
    await asks.resolve(tenant, item.id, 'WRITE_OFF', BECAUSE);
    expect([await world.balance(tenant, 'CLEARING'), await world.balance(tenant, 'FEES')]).toEqual([
      '0',
      '1000',
    ]);
    const line = fileLine('p', -1_000n, { endToEndId: String(parseId('txn', id)).replaceAll('-', '') });
    await asks.importFile(tenant, fileOf('after', 0n, [line], '2026-03-10'), { adapter: SIMULATOR });
    await rounds.work();
    expect([await world.balance(tenant, 'CLEARING'), await world.balance(tenant, 'FEES')]).toEqual([
      '0',
      '0',
    ]);
  });

  test('a decision that fails on its way leaves nothing, and is made when it is sent again', async () => {
    const receipt = await arrive(500n);
    await rounds.settle();
    const { id } = await untilMissing();
    const key = { ...BECAUSE, idempotencyKey: newKey() };
    await world.fixture.rows(
      `create function pg_temp.fail() returns trigger language plpgsql as $$ begin raise 'torn'; end $$`,
    );
    await world.fixture.rows(
      `create trigger torn before insert on platform.outbox for each row
        when (new.type = 'ReconciliationItemClosed') execute function pg_temp.fail()`,
    );
    await expect(asks.resolve(tenant, id, 'WRITE_OFF', key)).rejects.toThrow();
    await world.fixture.rows('drop trigger torn on platform.outbox');
    expect(await world.balance(tenant, 'CLEARING')).toBe('-500');
    await world.expectSound();
    expect(await asks.resolve(tenant, id, 'WRITE_OFF', key)).toMatchObject({ resolution: 'WRITTEN_OFF' });
    await takeIn('s', fileLine('a', 500n, { endToEndId: 'z' }));
    const [unknown] = await asks.items(tenant, { status: 'OPEN' });
    await asks.resolve(tenant, unknown.id, 'MATCH', { receiptId: rcp(receipt) });
    expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  });
});
