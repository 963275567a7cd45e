import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../platform/paths.ts';
import { type Child, startChild } from '../../crash/child.ts';
import type { Answer } from '../fixture.ts';
import { openWorld, type Tenant, type World } from '../onchainWorld.ts';
import { decide, openReviews } from './reviews.ts';

/**
 * Goal: kill -9 between screening and the lane, and between a Review and what it lets go on, loses and doubles nothing.
 * Method: a process that settles deposits is killed the moment it asks, the moment it was answered, and again and again
 * while it settles what was decided.
 */
const LISTED = '0xbad0000000000000000000000000000000000bad';
const DEPOSITS = 40;
const WAIT_MS = 30_000;
const POLL_MS = 20;

let world: World;
let tenant: Tenant;
let folder: string;
let server: Server;
const children: Child[] = [];
/** Resolves when the next question is there; whether it is answered. */
let onQuestion: () => void = () => undefined;
let isAnswering = true;

beforeAll(async () => {
  world = await openWorld();
  tenant = await world.addTenant();
  folder = await mkdtemp(join(tmpdir(), 'omsx-screening-'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const matches = body.includes(LISTED)
        ? [{ list: 'L', entry: 'e', name: 'E', scorePercent: 100, field: 'ADDRESS' }]
        : [];
      const answer = { outcome: matches.length > 0 ? 'REVIEW' : 'CLEAR', listVersion: '1', matches };
      if (isAnswering) response.end(JSON.stringify(answer));
      onQuestion();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const child of children) await child.kill9();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

function start(): Child {
  const child = startChild({
    program: process.execPath,
    args: ['--import', 'tsx', join(projectRoot, 'test', 'payments', 'screening', 'child.fixture.ts')],
    environment: {
      OMSX_TEST_CHILD_DATABASE_URL: world.fixture.url,
      OMSX_TEST_CHILD_SCREENING_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    folder: projectRoot,
    logFile: join(folder, 'child.log'),
  });
  children.push(child);
  return child;
}

const asked = (): Promise<void> =>
  new Promise((resolve) => {
    onQuestion = resolve;
  });

async function count(sql: string): Promise<number> {
  const [row] = await world.fixture.rows<Answer>(`select count(*)::int as count from ${sql}`);
  return row.count;
}

const settled = () => count(`payments.transaction where status in ('COMPLETED', 'FAILED')`);
const open = () => openReviews(world.fixture.payments, tenant.viewer);

async function until(isThere: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isThere())) {
    if (performance.now() > deadline) throw new Error(`not there in ${WAIT_MS} ms`);
    await sleep(POLL_MS);
  }
}

test(
  'killed between screening and the lane, and between a Review and its money, each deposit comes to one end',
  async () => {
    for (let n = 0; n < DEPOSITS; n++) {
      await world.deposit(tenant, {
        amount: 1_000n,
        state: 'FINAL',
        ...(n % 2 === 0 ? { from: LISTED } : {}),
      });
    }
    for (const answers of [false, true]) {
      isAnswering = answers;
      const question = asked();
      const child = start();
      await question;
      await child.kill9();
    }
    let child = start();
    await until(async () => (await open()).length === DEPOSITS / 2 && (await settled()) === DEPOSITS / 2);
    expect(await count('chain.deposit_screening')).toBe(DEPOSITS / 2);
    expect(await world.balance(tenant.organizationId, 'CUSTOMER')).toBe('20000 and 20000');
    await child.kill9();

    for (const [index, { id }] of (await open()).entries()) {
      const decision = index % 4 === 0 ? 'REFUSE' : 'RELEASE';
      expect(await decide(world.fixture.payments, tenant.viewer, id, decision)).toMatchObject({
        __typename: 'Review',
      });
    }
    for (let done = await settled(); done < DEPOSITS; ) {
      child = start();
      await until(async () => (await settled()) > done);
      await child.kill9();
      done = await settled();
    }
    expect(await world.balance(tenant.organizationId, 'CUSTOMER')).toBe('35000');
    expect(await world.balance(tenant.organizationId, 'SUSPENSE')).toBe('5000');
    expect(await count(`payments.review where status = 'OPEN'`)).toBe(0);
    expect(await count('payments.review')).toBe(DEPOSITS / 2);
    await world.expectSound();
  },
  4 * WAIT_MS,
);
