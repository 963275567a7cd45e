import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Address, parseEther, toHex } from 'viem';
import type { Uuid } from '../../platform/id.ts';
import { estimateSend } from '../../rails/onchain/fees.ts';
import { createPlanMemory } from '../../rails/onchain/plan/round.ts';
import { createListFileScreening } from '../../rails/onchain/screening/listFile.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import { PlanWorld } from './planWorld.ts';

/** The planner on a real database and a real chain; signer, broadcaster and follower are played by the test. */
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
  return toHex(0x1_0000_0000 + serial, { size: 20 });
}

test('one payment becomes one transfer, which pays exactly that', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 500n });
  const to = payee();
  const id = await world.queue(organizationId, custody, to, 300n);
  await world.round();
  expect(await world.send(id)).toMatchObject({
    state: 'PLANNED',
    waits_for: null,
    version: 2,
    screening_list: 'test',
  });
  const [planned] = await world.planned(custody);
  expect(planned).toMatchObject({ kind: 'TRANSFER', state: 'PLANNED', nonce: null, sends: 1 });
  expect(await world.carryOut(custody)).toEqual(['success']);
  expect(await world.chain.usdcOf(to)).toBe(300n);
});

test('three hundred payments become one transaction, after the approval that it needs', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 1_000n });
  const payees = Array.from({ length: 300 }, payee);
  const ids: Uuid[] = [];
  for (const to of payees) ids.push(await world.queue(organizationId, custody, to, 3n));
  await world.round();
  expect(await world.planned(custody)).toMatchObject([{ kind: 'APPROVAL', sends: 0 }]);
  expect(await world.send(ids[0] as never)).toMatchObject({ state: 'QUEUED', waits_for: 'LANE' });
  // As long as that is under way there is no second one.
  await world.round();
  expect(await world.planned(custody)).toHaveLength(1);
  expect(await world.carryOut(custody)).toEqual(['success']);
  await world.round();
  expect((await world.planned(custody))[1]).toMatchObject({ kind: 'MULTISEND', sends: 300 });
  expect(await world.carryOut(custody)).toEqual(['success']);
  expect(await world.chain.usdcOf(custody)).toBe(100n);
  expect(await Promise.all(payees.map((to) => world.chain.usdcOf(to)))).toEqual(payees.map(() => 3n));
});

test('coins go to many at once, and a payee who refuses them holds up nobody and fails when that is final', async () => {
  const { organizationId, custody } = await world.addOrganization();
  const payees = [payee(), payee(), payee()];
  const ids: Uuid[] = [];
  for (const to of payees) ids.push(await world.queue(organizationId, custody, to, 7n, 'POL'));
  // The token takes no coins.
  const refused = await world.queue(
    organizationId,
    custody,
    world.network().assets[1]?.contract as Address,
    7n,
    'POL',
  );
  const memory = createPlanMemory();
  await world.round({}, memory);
  expect((await world.planned(custody)).map(({ kind }) => kind)).toContain('MULTISEND');
  expect(await world.carryOut(custody)).not.toContain('reverted');
  expect(await Promise.all(payees.map((address) => world.chain.node.getBalance({ address })))).toEqual([
    7n,
    7n,
    7n,
  ]);
  expect(await world.send(refused)).toMatchObject({ state: 'QUEUED', waits_for: 'REVERT' });
  await world.finalize();
  await world.round({}, memory);
  expect(await world.send(refused)).toMatchObject({ state: 'FAILED', failure_code: 'WOULD_REVERT' });
});

test('a listed destination is refused, and where the list cannot be read nothing goes', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 500n });
  const folder = await makeTemporaryFolder();
  const path = join(folder, 'list');
  const screening = createListFileScreening(path);
  const [bad, good] = [payee(), payee()];
  const refused = await world.queue(organizationId, custody, bad, 1n);
  const paid = await world.queue(organizationId, custody, good, 1n);
  await world.round({ screening });
  expect(await world.send(paid)).toMatchObject({
    state: 'QUEUED',
    waits_for: 'SCREENING',
    screened_at: null,
  });
  await writeFile(
    path,
    `# sanctions\n${JSON.stringify({ address: bad.toUpperCase().replace('0X', '0x') })}\n`,
  );
  await world.round({ screening });
  const list = expect.stringMatching(/^[0-9a-f]{16}$/);
  expect(await world.send(refused)).toMatchObject({
    state: 'FAILED',
    failure_code: 'DESTINATION_REFUSED',
    screening_list: list,
  });
  expect(await world.send(paid)).toMatchObject({ state: 'PLANNED', screening_list: list });
  await removeFolder(folder);
});

test('what was canceled while it was queued is canceled at once, and never planned', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 500n });
  const id = await world.queue(organizationId, custody, payee(), 1n);
  await world.rows('update chain.send set cancel_asked_at = now() where id = $1', [id]);
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'CANCELED', version: 2 });
  expect(await world.planned(custody)).toEqual([]);
});

test('a cancellation that comes between decision and write is heeded', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 500n });
  const id = await world.queue(organizationId, custody, payee(), 1n);
  const client = {
    ...world.client,
    async estimateGas(call: Parameters<typeof world.client.estimateGas>[0]) {
      await world.rows('update chain.send set cancel_asked_at = now() where id = $1', [id]);
      return await world.client.estimateGas(call);
    },
  };
  await world.round({ client });
  expect(await world.planned(custody)).toEqual([]);
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'CANCELED' });
});

test('without gas a payment waits, the tank is asked once, and the refill is a plain transfer', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 500n, paidWei: 0n, coinWei: 0n });
  const id = await world.queue(organizationId, custody, payee(), 1n);
  await world.round();
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'QUEUED', waits_for: 'GAS' });
  const refills = await world.rows(`select * from chain.send where purpose = 'REFILL' and to_address = $1`, [
    custody,
  ]);
  expect(refills).toMatchObject([{ state: 'PLANNED', organization_id: null, from_address: world.tank }]);
  await world.carryOut(world.tank);
  expect(await world.chain.node.getBalance({ address: custody })).toBe(parseEther('1'));
  // Not spent before it is in the books, and then it is.
  await world.round();
  expect(await world.send(id)).toMatchObject({ waits_for: 'GAS' });
  await world.rows(`update ledger.account set credits_posted = $2 where organization_id = $1`, [
    organizationId,
    parseEther('1'),
  ]);
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'PLANNED' });
});

test('nothing new begins while the breaker is open', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 500n });
  const id = await world.queue(organizationId, custody, payee(), 1n);
  for (const status of ['STALLED', 'LOST', 'UNREACHABLE']) {
    await world.rows('update chain.network set status = $1', [status]);
    await world.round();
    expect(await world.send(id)).toMatchObject({ state: 'QUEUED', waits_for: 'BREAKER' });
  }
  await world.rows(`update chain.network set status = 'HEALTHY'`);
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'PLANNED' });
});

test('an address has no more open than its lane takes, and goes on in order', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 500n });
  const network = world.network({ multisend: null, inFlightMax: 2 });
  const ids: Uuid[] = [];
  for (let count = 0; count < 3; count++) ids.push(await world.queue(organizationId, custody, payee(), 1n));
  await world.round({ network });
  await world.round({ network });
  const states = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const id of ids) {
      const { waits_for, state } = await world.send(id);
      found.push(waits_for ?? state);
    }
    return found;
  };
  expect(await states()).toEqual(['PLANNED', 'PLANNED', 'LANE']);
  await world.carryOut(custody);
  await world.round({ network });
  expect(await states()).toEqual(['FINAL', 'FINAL', 'PLANNED']);
});

test('coins for an address of ours go by themselves, since it is looked for in plain transfers only', async () => {
  const { organizationId, custody } = await world.addOrganization();
  const other = await world.addOrganization();
  const ours = await world.addAddress('DEPOSIT', other.organizationId, 'POL');
  for (const to of [payee(), ours, payee()]) await world.queue(organizationId, custody, to, 5n, 'POL');
  await world.round();
  const planned = await world.planned(custody);
  expect(planned.map(({ kind, sends }) => [kind, sends])).toEqual([
    ['MULTISEND', 2],
    ['TRANSFER', 1],
  ]);
  expect(planned[1]?.to_address).toBe(ours);
});

test('what is planned and not mined yet is not spent twice', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 10n });
  await world.queue(organizationId, custody, payee(), 6n);
  await world.round();
  const second = await world.queue(organizationId, custody, payee(), 6n);
  await world.round();
  expect(await world.send(second)).toMatchObject({ state: 'QUEUED', waits_for: 'LIQUIDITY' });
});

test('gas that open transactions may use, or final ones used and the books do not know yet, is not spent twice', async () => {
  const { organizationId, custody } = await world.addOrganization({ usdc: 10n });
  await world.queue(organizationId, custody, payee(), 1n);
  await world.round();
  const [{ gas_limit: limit = 0, max_fee_per_gas: fee = 0 } = {}] = await world.planned(custody);
  const most = BigInt(limit) * BigInt(fee);
  await world.rows('update ledger.account set credits_posted = $2 where organization_id = $1', [
    organizationId,
    most,
  ]);
  const second = await world.queue(organizationId, custody, payee(), 1n);
  await world.round();
  expect(await world.send(second)).toMatchObject({ state: 'QUEUED', waits_for: 'GAS' });
  await world.carryOut(custody);
  await world.rows('update chain.transaction set fee_settled = false, fee = $2 where from_address = $1', [
    custody,
    most,
  ]);
  await world.round();
  expect(await world.send(second)).toMatchObject({ state: 'QUEUED', waits_for: 'GAS' });
  await world.rows('update ledger.account set credits_posted = $2 where organization_id = $1', [
    organizationId,
    3n * most,
  ]);
  await world.round();
  expect(await world.send(second)).toMatchObject({ state: 'PLANNED' });
});

test('the cost of a send is measured where the chain can try it, and reckoned where it cannot', async () => {
  const { custody } = await world.addOrganization({ usdc: 10n });
  const network = world.network();
  const ask = (asset: string, amountMinor: bigint) =>
    estimateSend(world.client, network, { asset, from: custody, to: payee(), amountMinor });
  const coin = await ask('POL', 1n);
  expect(coin).toMatchObject({
    gasLimit: 21_000n,
    isMeasured: true,
    mostWei: 21_000n * coin.maxFeePerGasWei,
  });
  expect(coin.expectedWei).toBeLessThanOrEqual(coin.mostWei);
  expect(await ask('USDC', 10n)).toMatchObject({ isMeasured: true });
  expect(await ask('USDC', 11n)).toMatchObject({ isMeasured: false, gasLimit: 96_000n });
});
