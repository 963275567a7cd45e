import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { projectRoot } from '../../../platform/paths.ts';
import { readCreateTransaction } from '../../../subgraphs/payments/commands/createTransaction.ts';
import { type Child, startChild } from '../../crash/child.ts';
import { acc, type Fixture, openFixture } from '../fixture.ts';
import { assetsOf, SUSPICIOUS } from './reviewing.ts';
import { brokenPromises, keyFor, setPolicy } from './world.ts';

/**
 * Goal: kill -9 at any moment of approving, rejecting, releasing, refusing, expiring or calling off loses and doubles
 * nothing. Method: two processes decide all that waits and are killed in turn whenever some of it has ended; then rows,
 * events, limits and books are compared.
 */
const PAYMENTS = 240;
const KILLS_MIN = 4;
const RUN_MAX_MS = 150_000;
const WAIT_MAX_MS = 110_000;
const POLL_MS = 20;

let fixture: Fixture;
let folder: string;
const children: Child[] = [];

beforeAll(async () => {
  fixture = await openFixture();
  folder = await mkdtemp(join(tmpdir(), 'omsx-gates-'));
});
afterAll(async () => {
  for (const child of children) await child.kill9();
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

function start(): Child {
  const child = startChild({
    program: process.execPath,
    args: ['--import', 'tsx', join(projectRoot, 'test', 'payments', 'gates', 'child.fixture.ts')],
    environment: { OMSX_TEST_CHILD_DATABASE_URL: fixture.url },
    folder: projectRoot,
    logFile: join(folder, 'child.log'),
  });
  children.push(child);
  return child;
}

/** The quarter, more or less, that the children leave alone: the last letter of an id says which (child.fixture.ts). */
async function countLeftAlone(): Promise<number> {
  const [row] = await fixture.rows<{ count: number }>(
    `select count(*)::int as count from payments.gate where right(transaction_id::text, 1) in ('3', '7', 'b', 'f')`,
  );
  return row?.count ?? 0;
}

async function countWaiting(): Promise<number> {
  const [row] = await fixture.rows<{ count: number }>(
    `select count(*)::int as count from payments.gate where state = 'WAITING'`,
  );
  return row?.count ?? 0;
}

/** Half of them have to be approved by two, half are under review, and a quarter both; all count against a limit. */
async function makeWaiting(organizationId: Uuid, source: Uuid, destination: Uuid): Promise<void> {
  const maker = keyFor(organizationId);
  await setPolicy(fixture.payments, maker, [{ asset: 'USD', minAmount: '2.00', approvals: 2 }], {
    expiryHours: 1,
  });
  const assets = await assetsOf(fixture);
  await Promise.all(
    Array.from({ length: PAYMENTS }, (_, index) => {
      const amount = index % 4 === 0 ? '1.00' : '2.00';
      const sides = { sourceId: acc(source), destinationId: acc(destination) };
      const request = { idempotencyKey: newUuid(), ...sides, amount, asset: 'USD' };
      const command = readCreateTransaction(organizationId, request, assets);
      if ('__typename' in command) throw new Error(command.message);
      const screening = index % 4 < 2 ? { screening: SUSPICIOUS } : {};
      return fixture.payments.lane.submit({ ...command, requestedBy: maker.subjectId, ...screening });
    }),
  );
}

test(
  'whoever decides is killed again and again, and each payment ends once',
  async () => {
    const organizationId = await fixture.addOrganization();
    const source = await fixture.openAccount(organizationId, { amountMinor: 10_000_00n });
    const destination = await fixture.openAccount(organizationId);
    await makeWaiting(organizationId, source, destination);
    expect(await countWaiting()).toBe(PAYMENTS);
    const leftAlone = await countLeftAlone();
    let kills = 0;
    let last = PAYMENTS;
    let [current, other] = [start(), start()];
    const deadline = Date.now() + WAIT_MAX_MS;
    let isOver = false;
    for (let waiting = last; waiting > 0 && Date.now() < deadline; waiting = await countWaiting()) {
      if (last - waiting >= PAYMENTS / 9) {
        last = waiting;
        await current.kill9();
        kills++;
        [current, other] = [other, start()];
      }
      // What nobody decides is left: its time is over, or it is let go by whoever reviews.
      if (!isOver && waiting <= leftAlone + PAYMENTS / 30) {
        isOver = true;
        await fixture.rows(`update payments.approval set expires_at = now() where status = 'OPEN'`);
        await fixture.rows(
          `update payments.gate set is_cancel_asked = true where state = 'WAITING' and not awaits_approval`,
        );
      }
      await sleep(POLL_MS);
    }
    expect(await countWaiting()).toBe(0);
    expect(kills).toBeGreaterThanOrEqual(KILLS_MIN);
    expect(await brokenPromises(fixture)).toEqual([]);
    const [facts] = await fixture.rows<Record<string, unknown>>(
      `select count(*)::int as transactions,
              count(*) filter (where status not in ('COMPLETED', 'CANCELED', 'FAILED'))::int as open,
              (select count(*)::int from payments.gate gate join payments.transaction t on t.id = gate.transaction_id
                where (gate.state = 'OPENED') <> (t.status = 'COMPLETED')) as torn,
              (select count(*)::int from payments.approval where status = 'OPEN') as asked,
              (select count(*)::int from payments.review where status = 'OPEN') as reviewed,
              (select credits_posted - debits_posted from ledger.account where id = $1)
                = coalesce(sum(source_amount) filter (where status = 'COMPLETED'), 0) as is_paid,
              (select debits_pending from ledger.account where id = $2)::int as held
         from payments.transaction`,
      [destination, source],
    );
    expect(facts).toEqual({
      ...{ transactions: PAYMENTS, open: 0, torn: 0, asked: 0, reviewed: 0, is_paid: true, held: 0 },
    });
    const gaps = await fixture.rows(
      `select aggregate_id from platform.outbox where organization_id = $1
        group by aggregate_id having count(*) <> max(version) or count(distinct version) <> count(*)`,
      [organizationId],
    );
    expect(gaps).toEqual([]);
  },
  RUN_MAX_MS,
);
