import { type Address, parseEther, toHex } from 'viem';
import { createPlanMemory } from '../../rails/onchain/plan/round.ts';
import { PlanWorld } from './planWorld.ts';

/** Sweeps of deposit addresses, carried out on a real chain. */
let world: PlanWorld;

beforeAll(async () => {
  world = await PlanWorld.open();
});

afterAll(async () => {
  await world.end();
});

type Organization = Awaited<ReturnType<PlanWorld['addOrganization']>>;

async function depositOf({ organizationId }: Organization, usdc: bigint): Promise<Address> {
  const address = await world.addAddress('DEPOSIT', organizationId, 'USDC');
  await world.mint(address, usdc);
  await world.addDeposit(organizationId, address, 'USDC', usdc);
  return address;
}

async function sweepsFrom(address: Address) {
  return await world.rows(
    `select s.*, a.state as authorization_state from chain.send s left join chain.authorization a on a.send_id = s.id
      where s.purpose = 'SWEEP' and s.from_address = $1 order by s.created_at`,
    [address],
  );
}

test('a payment that custody cannot cover waits, and what was swept by authorization pays it', async () => {
  const tenant = await world.addOrganization({ usdc: 10n });
  const deposits = [await depositOf(tenant, 40n), await depositOf(tenant, 60n)];
  await world.finalize();
  const to = toHex(0x5001, { size: 20 });
  const id = await world.queue(tenant.organizationId, tenant.custody, to, 105n);
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'QUEUED', waits_for: 'LIQUIDITY' });
  for (const address of deposits)
    expect(await sweepsFrom(address)).toMatchObject([
      { state: 'QUEUED', waits_for: 'SIGNATURE', to_address: tenant.custody, authorization_state: 'ASKED' },
    ]);
  // Asked for once.
  await world.round();
  expect(await world.signAuthorizations()).toBe(2);
  await world.round();
  expect(await world.planned(tenant.custody)).toMatchObject([{ kind: 'SWEEP', sends: 2 }]);
  expect(await world.carryOut(tenant.custody)).toEqual(['success']);
  expect(await world.chain.usdcOf(tenant.custody)).toBe(110n);
  await world.round();
  expect(await world.send(id)).toMatchObject({ state: 'PLANNED' });
  expect(await world.carryOut(tenant.custody)).toEqual(['success']);
  expect(await world.chain.usdcOf(to)).toBe(105n);
  // Nothing is left to sweep.
  await world.finalize();
  await world.round();
  for (const address of deposits) expect(await sweepsFrom(address)).toHaveLength(1);
});

test('less than the threshold stays where it is, unless somebody waits for it', async () => {
  const tenant = await world.addOrganization();
  const [small, large] = [await depositOf(tenant, 999n), await depositOf(tenant, 1_000n)];
  await world.finalize();
  await world.round();
  expect(await sweepsFrom(small)).toEqual([]);
  expect(await sweepsFrom(large)).toHaveLength(1);
  await world.signAuthorizations();
});

test('what is not in a finalized block is not swept', async () => {
  const tenant = await world.addOrganization();
  await world.finalize();
  const address = await depositOf(tenant, 5_000n);
  await world.round();
  const { finalizedNumber } = await world.client.tags();
  const [at] = await world.client.balances(world.network().assets[1]?.contract ?? null, [address], {
    blockNumber: finalizedNumber,
  });
  expect(at).toBe(0n);
  expect(await sweepsFrom(address)).toEqual([]);
});

test('an authorization that somebody else handed in does not keep the others from being swept, and counts as done', async () => {
  const tenant = await world.addOrganization();
  const deposits = [await depositOf(tenant, 2_000n), await depositOf(tenant, 3_000n)];
  await world.finalize();
  await world.round();
  await world.signAuthorizations();
  // The token moves, and its nonce is used up, without us.
  const [first = tenant.custody, second = tenant.custody] = deposits;
  await world.handIn(first);
  const memory = createPlanMemory();
  await world.round({}, memory);
  expect((await world.planned(tenant.custody)).map(({ kind, sends }) => [kind, sends])).toEqual([
    ['SWEEP', 1],
  ]);
  expect(await world.carryOut(tenant.custody)).toEqual(['success']);
  expect(await world.chain.usdcOf(second)).toBe(0n);
  expect(await sweepsFrom(first)).toMatchObject([{ state: 'QUEUED', waits_for: 'REVERT' }]);
  await world.finalize();
  await world.round({}, memory);
  expect(await sweepsFrom(first)).toMatchObject([{ state: 'FINAL', chain_transaction_id: null }]);
});

test('an authorization that expired unused fails its sweep, and one that was used is done', async () => {
  const tenant = await world.addOrganization();
  const deposits = [await depositOf(tenant, 2_000n), await depositOf(tenant, 3_000n)];
  await world.finalize();
  await world.round();
  await world.signAuthorizations();
  const [used = tenant.custody, unused = tenant.custody] = deposits;
  await world.handIn(used);
  await world.finalize();
  await world.rows(`update chain.authorization set valid_before_seconds = 1 where authorizer = any($1)`, [
    deposits,
  ]);
  await world.round();
  expect(await sweepsFrom(used)).toMatchObject([{ state: 'FINAL' }]);
  expect(await sweepsFrom(unused)).toMatchObject([{ state: 'FAILED', failure_code: 'EXPIRED' }]);
  // Left alone for a while, then swept anew.
  await world.round();
  expect(await sweepsFrom(unused)).toHaveLength(1);
  await world.rows(`update chain.send set updated_at = now() - interval '1 hour' where state = 'FAILED'`);
  await world.round();
  expect(await sweepsFrom(unused)).toMatchObject([{ state: 'FAILED' }, { state: 'QUEUED' }]);
});

test('a sweep that the signer does not sign fails', async () => {
  const tenant = await world.addOrganization();
  const address = await depositOf(tenant, 2_000n);
  await world.finalize();
  await world.round();
  await world.rows(`update chain.authorization set state = 'REFUSED', refusal = 'X' where authorizer = $1`, [
    address,
  ]);
  await world.round();
  expect(await sweepsFrom(address)).toMatchObject([{ state: 'FAILED', failure_code: 'SIGNING_REFUSED' }]);
});

test('coins are swept to the last wei', async () => {
  const tenant = await world.addOrganization({ coinWei: 0n });
  const address = await world.addAddress('DEPOSIT', tenant.organizationId, 'POL');
  await world.chain.node.setBalance({ address, value: parseEther('3') });
  await world.addDeposit(tenant.organizationId, address, 'POL', parseEther('3'));
  await world.finalize();
  await world.round();
  expect(await sweepsFrom(address)).toMatchObject([
    { state: 'PLANNED', asset: 'POL', authorization_state: null },
  ]);
  // The base fee moves until it is mined.
  await world.chain.node.setNextBlockBaseFeePerGas({ baseFeePerGas: 3n });
  expect(await world.carryOut(address)).toEqual(['success']);
  expect(await world.chain.node.getBalance({ address })).toBe(0n);
  const [{ amount } = { amount: 0 }] = await sweepsFrom(address);
  expect(await world.chain.node.getBalance({ address: tenant.custody })).toBe(BigInt(amount));
  await world.finalize();
  await world.round();
  expect(await sweepsFrom(address)).toHaveLength(1);
});

test('coins whose gas the organization has not paid for wait for a refill', async () => {
  const tenant = await world.addOrganization({ paidWei: 0n });
  const address = await world.addAddress('DEPOSIT', tenant.organizationId, 'POL');
  await world.chain.node.setBalance({ address, value: parseEther('3') });
  await world.addDeposit(tenant.organizationId, address, 'POL', parseEther('3'));
  await world.finalize();
  await world.round();
  await world.round();
  expect(await sweepsFrom(address)).toEqual([]);
  expect(
    await world.rows(`select 1 from chain.send where purpose = 'REFILL' and to_address = $1`, [
      tenant.custody,
    ]),
  ).toHaveLength(1);
});

test('a token without authorizations is moved by its own address, after a refill of just that', async () => {
  const network = world.network();
  const assets = network.assets.map((asset) => ({ ...asset, hasAuthorizations: false }));
  const plain = { ...network, assets };
  const tenant = await world.addOrganization();
  const address = await depositOf(tenant, 4_000n);
  await world.finalize();
  for (let count = 0; count < 3; count++) await world.round({ network: plain });
  expect(await sweepsFrom(address)).toMatchObject([
    { state: 'QUEUED', waits_for: 'GAS', authorization_state: null },
  ]);
  const refills = await world.rows(`select * from chain.send where purpose = 'REFILL' and to_address = $1`, [
    address,
  ]);
  expect(refills).toMatchObject([{ state: 'PLANNED' }]);
  await world.carryOut(world.tank);
  await world.round({ network: plain });
  expect(await world.carryOut(address)).toEqual(['success']);
  expect(await world.chain.usdcOf(tenant.custody)).toBe(4_000n);
});

test('one that is signed waits a little for those asked for with it, and not for ever', async () => {
  const tenant = await world.addOrganization();
  await depositOf(tenant, 2_000n);
  const late = await depositOf(tenant, 3_000n);
  await world.finalize();
  await world.round();
  await world.signAuthorizations();
  await world.rows(
    `update chain.authorization set state = 'ASKED', signature = null, created_at = clock_timestamp() where authorizer = $1`,
    [late],
  );
  await world.round();
  expect(await world.planned(tenant.custody)).toEqual([]);
  await world.rows(
    `update chain.authorization set created_at = now() - interval '1 minute' where authorizer = $1`,
    [late],
  );
  await world.round();
  expect(await world.planned(tenant.custody)).toMatchObject([{ kind: 'SWEEP', sends: 1 }]);
});
