import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, toHex } from 'viem';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { startPlanner } from '../../rails/onchain/plan/planner.ts';
import type { PlanMoment } from '../../rails/onchain/plan/round.ts';
import { clear, PlanWorld } from './planWorld.ts';

/** Planners that die at the worst moments, or are two; and what the signer sends back. */
const POLL_MS = 20;
let world: PlanWorld;
let serial = 0;

beforeAll(async () => {
  world = await PlanWorld.open();
});

afterAll(async () => {
  await world.end();
});

function payee(): Address {
  serial += 1;
  return toHex(0x2_0000_0000 + serial, { size: 20 });
}

async function queueMany(
  count: number,
): Promise<{ readonly custody: Address; readonly ids: readonly Uuid[] }> {
  const { organizationId, custody } = await world.addOrganization({ usdc: 1_000n });
  const ids: Uuid[] = [];
  for (let made = 0; made < count; made++) ids.push(await world.queue(organizationId, custody, payee(), 1n));
  return { custody, ids };
}

async function carriers(ids: readonly Uuid[]) {
  return await world.rows(
    'select state, chain_transaction_id as carrier, version from chain.send where id = any($1) order by created_at',
    [ids],
  );
}

test.each<[PlanMoment, number]>([
  ['DECIDED', 0],
  ['WRITTEN', 1],
])(
  'a planner that dies when it has %s leaves all or nothing, and the next goes on',
  async (moment, planned) => {
    const { custody, ids } = await queueMany(1);
    const at = (reached: PlanMoment): void => {
      if (reached === moment) throw new Error('died');
    };
    await expect(world.round({ at })).rejects.toThrow('died');
    expect(await world.planned(custody)).toHaveLength(planned);
    await world.round();
    await world.round();
    expect(await world.planned(custody)).toHaveLength(1);
    expect(await carriers(ids)).toMatchObject([{ state: 'PLANNED', version: 2 }]);
  },
);

test('a planner that has lost its lease while it thought writes nothing', async () => {
  const { custody } = await queueMany(1);
  const screening = {
    async screen(...args: Parameters<typeof clear.screen>) {
      await world.lease();
      return await clear.screen(...args);
    },
  };
  expect(await world.round({ screening })).toBe('LOST');
  expect(await world.planned(custody)).toEqual([]);
  await world.round();
  expect(await world.planned(custody)).toHaveLength(1);
});

test('of two planners one works, woken by a notification, and no send is planned twice', async () => {
  await world.rows('delete from platform.lease');
  const { database, client, logger, url } = world;
  const network = world.network({ multisend: null, inFlightMax: 50 });
  const planners = [1, 2].map(() =>
    startPlanner({
      database,
      client,
      logger,
      network,
      screening: clear,
      holder: newUuid(),
      databaseUrl: url,
      pollIntervalMs: 20,
    }),
  );
  const { custody, ids } = await queueMany(20);
  await world.rows(`select pg_notify('chain_send', '')`);
  const deadline = performance.now() + 20_000;
  const isDone = async (): Promise<boolean> =>
    (await carriers(ids)).every(({ state }) => state === 'PLANNED') || performance.now() > deadline;
  while (!(await isDone())) await sleep(POLL_MS);
  await Promise.all(planners.map((planner) => planner.stop()));
  const found = await carriers(ids);
  expect(found.every(({ state, version }) => state === 'PLANNED' && version === 2)).toBe(true);
  expect(new Set(found.map(({ carrier }) => carrier)).size).toBe(20);
  expect(await world.planned(custody)).toHaveLength(20);
});

async function refuse(custody: Address, reason: string): Promise<void> {
  await world.rows(
    `with refused as (update chain.transaction set state = 'REFUSED', updated_at = now()
                       where from_address = $1 and state = 'PLANNED' returning id)
     update chain.attempt set state = 'REFUSED', refusal = $2
      where chain_transaction_id in (select id from refused)`,
    [custody, reason],
  );
}

test('a payment over the limit of the day waits for the next; any other refusal ends it', async () => {
  const limited = await queueMany(1);
  await world.round();
  await refuse(limited.custody, 'OVER_DAILY_LIMIT');
  await world.round();
  await world.round();
  const [id] = limited.ids;
  expect(await world.send(id as Uuid)).toMatchObject({ state: 'QUEUED', waits_for: 'LIMIT', version: 3 });
  await world.rows(`update chain.send set updated_at = now() - interval '1 day' where id = $1`, [id]);
  await world.round();
  expect(await world.send(id as Uuid)).toMatchObject({ state: 'PLANNED' });
  await refuse(limited.custody, 'RECIPIENT_NOT_ALLOWED');
  await world.round();
  expect(await world.send(id as Uuid)).toMatchObject({ state: 'FAILED', failure_code: 'SIGNING_REFUSED' });
});

async function approved(custody: Address): Promise<void> {
  await world.round();
  expect(await world.carryOut(custody)).toEqual(['success']);
  await world.round();
}

test('of a group refused as a whole each goes alone, so that only the refused one fails', async () => {
  const { custody, ids } = await queueMany(3);
  await approved(custody);
  await refuse(custody, 'RECIPIENT_NOT_ALLOWED');
  await world.round();
  expect((await world.planned(custody)).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    'APPROVAL FINAL',
    'MULTISEND REFUSED',
    'TRANSFER PLANNED',
    'TRANSFER PLANNED',
    'TRANSFER PLANNED',
  ]);
  expect(new Set((await carriers(ids)).map(({ carrier }) => carrier)).size).toBe(3);
});

test('a cancellation that the signer heeds cancels that payment, and the others go together again', async () => {
  const { custody, ids } = await queueMany(3);
  await approved(custody);
  await world.rows('update chain.send set cancel_asked_at = now() where id = $1', [ids[1]]);
  await refuse(custody, 'CANCEL_ASKED');
  await world.round();
  expect((await carriers(ids)).map(({ state }) => state)).toEqual(['PLANNED', 'CANCELED', 'PLANNED']);
  expect((await world.planned(custody)).at(-1)).toMatchObject({ kind: 'MULTISEND', sends: 2 });
});

test('without an approval, because the signer refuses it, payments go one by one', async () => {
  const { custody, ids } = await queueMany(2);
  await world.round();
  await refuse(custody, 'METHOD_NOT_ALLOWED');
  await world.round();
  expect((await carriers(ids)).map(({ state }) => state)).toEqual(['PLANNED', 'PLANNED']);
  expect(await world.carryOut(custody)).toEqual(['success', 'success']);
});

test('what no address of the organization can cover fails after an hour, and not before', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 5n });
  const id = await world.queue(organizationId, custody, payee(), 6n);
  const after = await world.queue(organizationId, custody, payee(), 1n);
  await world.round();
  await world.rows(`update chain.send set updated_at = now() - interval '59 minutes' where id = $1`, [id]);
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'QUEUED', waits_for: 'LIQUIDITY' });
  // Those behind it keep their place.
  expect(await world.send(after)).toMatchObject({ state: 'QUEUED', waits_for: 'LIQUIDITY' });
  await world.rows(`update chain.send set updated_at = now() - interval '61 minutes' where id = $1`, [id]);
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'FAILED', failure_code: 'INSUFFICIENT_LIQUIDITY' });
  expect(await world.send(after)).toMatchObject({ state: 'PLANNED' });
});

test('an endpoint that is behind what was followed is not believed', async () => {
  const { ids } = await queueMany(1);
  const [id] = ids;
  await world.rows('update chain.network set followed_number = 1000000');
  await world.round();
  expect(await world.send(id as Uuid)).toMatchObject({ state: 'QUEUED', waits_for: 'BREAKER' });
  await world.rows('update chain.network set followed_number = null');
  await world.round();
  expect(await world.send(id as Uuid)).toMatchObject({ state: 'PLANNED' });
});

test('a refill that the signer refuses is not asked for again at once', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 5n, paidWei: 0n });
  await world.queue(organizationId, custody, payee(), 1n);
  await world.round();
  await world.round();
  await refuse(world.tank, 'RECIPIENT_NOT_ALLOWED');
  for (let count = 0; count < 3; count++) await world.round();
  expect(await world.rows(`select state from chain.send where to_address = $1`, [custody])).toEqual([
    { state: 'FAILED' },
  ]);
});
