import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseId, type Uuid } from '../../platform/id.ts';
import { projectRoot } from '../../platform/paths.ts';
import { type Child, startChild } from '../crash/child.ts';
import { type Fixture, openFixture } from './fixture.ts';
import { addPayer, handIn, itemsFor, type Payer, readBatch, stepsOf } from './payoutsWorld.ts';

/**
 * Goal: kill -9 at any moment of paying a batch loses and doubles nothing. Method: two processes pay one batch and are
 * killed in turn whenever it has moved on, until it has ended; then rows, counters, events and books are compared.
 */
const ITEMS = 6_000;
const KILLS_MIN = 4;
const RUN_MAX_MS = 120_000;
const POLL_MS = 15;

let fixture: Fixture;
let payer: Payer;
let folder: string;
const children: Child[] = [];

beforeAll(async () => {
  fixture = await openFixture();
  payer = await addPayer(fixture, BigInt(ITEMS) * 100n, 20);
  folder = await mkdtemp(join(tmpdir(), 'omsx-payouts-'));
});
afterAll(async () => {
  for (const child of children) await child.kill9();
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

function start(): Child {
  const child = startChild({
    program: process.execPath,
    args: ['--import', 'tsx', join(projectRoot, 'test', 'payments', 'payoutsChild.fixture.ts')],
    environment: { OMSX_TEST_CHILD_DATABASE_URL: fixture.url },
    folder: projectRoot,
    logFile: join(folder, 'child.log'),
  });
  children.push(child);
  return child;
}

async function countPending(batchId: Uuid): Promise<number> {
  const [row] = await fixture.rows<{ pending: number }>(
    'select pending_count as pending from payments.payout_batch where id = $1',
    [batchId],
  );
  return row?.pending ?? 0;
}

test(
  'a batch whose payers are killed again and again is paid to the end, each item once',
  async () => {
    const batch = await handIn(fixture, payer, itemsFor(payer, ITEMS));
    const batchId = parseId('bat', batch.id) as Uuid;
    let kills = 0;
    let last = ITEMS;
    let [current, other] = [start(), start()];
    for (let pending = last; pending > 0; pending = await countPending(batchId)) {
      // Whoever moved it: one of the two dies in the midst of the next chunk.
      if (pending < last && last - pending >= ITEMS / 12) {
        last = pending;
        await current.kill9();
        kills++;
        [current, other] = [other, start()];
      }
      await sleep(POLL_MS);
    }
    expect(kills).toBeGreaterThanOrEqual(KILLS_MIN);

    const after = await readBatch(fixture, payer, batch.id);
    expect(after).toMatchObject({ status: 'COMPLETED', completed: { count: ITEMS }, pending: { count: 0 } });
    const [facts] = await fixture.rows(
      `select (select count(*)::int from payments.transaction where organization_id = $1) as transactions,
              (select count(*)::int from ledger.transfer t join payments.payout_item i on i.id = t.transaction_id) as transfers,
              (select credits_posted - debits_posted from ledger.account where id = $2)::int as left_minor,
              (select sum(credits_posted - debits_posted) from ledger.account where id = any($3::uuid[]))::int as paid_minor`,
      [payer.organizationId, payer.source, payer.payees],
    );
    expect(facts).toEqual({
      transactions: ITEMS,
      transfers: ITEMS,
      left_minor: 0,
      paid_minor: ITEMS * 100,
    });
    const steps = await stepsOf(fixture, batchId);
    expect(steps.map(({ version }) => version)).toEqual(steps.map((_, index) => index + 1));
    expect(steps.at(-1)).toMatchObject({ type: 'PayoutBatchCompleted', payload: { completed: ITEMS } });
  },
  RUN_MAX_MS,
);
