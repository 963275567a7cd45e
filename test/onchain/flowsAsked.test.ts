import { parseEther, parseGwei } from 'viem';
import { parseId } from '../../platform/id.ts';
import { expectSound } from './flows/sound.ts';
import {
  addTenant,
  addWallet,
  available,
  command,
  deposit,
  ended,
  held,
  newOutside,
  send,
  stock,
  type Tenant,
  timeline,
  untilSend,
} from './flows/tenant.ts';
import { type Flows, openFlows } from './flows/world.ts';

const DOLLAR = 1_000_000n;
/** Reverts whatever it is called with. */
const REFUSES = '0x60006000fd';
jest.setTimeout(60_000);

let flows: Flows;
let tenant: Tenant;
let coins: Tenant;
beforeAll(async () => {
  flows = await openFlows();
  [tenant, coins] = await Promise.all([addTenant(flows), addTenant(flows, 'ETH')]);
  await Promise.all([stock(flows, tenant, 100n * DOLLAR), stock(flows, coins, parseEther('3'))]);
});
afterAll(() => flows.close());
afterEach(async () => {
  flows.miner.resume();
  flows.parts.startSigning();
  await expectSound(flows);
});

const lastOf = ({ events }: { readonly events: readonly unknown[] }) => events.at(-1);
const attemptOf = (purpose: string) =>
  `exists (select 1 from chain.attempt a where a.chain_transaction_id = s.chain_transaction_id
     and a.purpose = '${purpose}' and a.broadcast_at is not null)`;

test('what nobody has signed yet is called off at once', async () => {
  const before = await available(flows, tenant);
  await flows.parts.stopSigning();
  const to = newOutside();
  const id = await send(flows, tenant, '2', to);
  await untilSend(flows, id, "s.state = 'PLANNED'");
  expect(await command(flows, tenant, 'cancelTransaction', id)).toBe('Transaction');
  flows.parts.startSigning();
  expect(await ended(flows, tenant, id)).toMatchObject({ status: 'CANCELED' });
  expect(await available(flows, tenant)).toBe(before);
  expect(await flows.chain.usdcOf(to)).toBe(0n);
});

test('what is in no block yet is called off by a cancellation that takes its nonce', async () => {
  const before = await available(flows, tenant);
  await flows.miner.pause();
  const to = newOutside();
  const id = await send(flows, tenant, '2', to);
  await untilSend(flows, id, attemptOf('FIRST'));
  expect(await command(flows, tenant, 'cancelTransaction', id)).toBe('Transaction');
  await untilSend(flows, id, attemptOf('CANCEL'));
  flows.miner.resume();
  const end = await ended(flows, tenant, id);
  expect(end).toMatchObject({ status: 'CANCELED' });
  expect(lastOf(end)).toMatchObject({ reason: { code: 'CANCELED_BY_REQUEST' } });
  expect(await available(flows, tenant)).toBe(before);
  expect(await flows.chain.usdcOf(to)).toBe(0n);
});

test('what a block has cannot be called off, and what is asked too late changes nothing', async () => {
  await flows.miner.pause();
  const [first, second] = [newOutside(), newOutside()];
  const id = await send(flows, tenant, '2', first);
  await untilSend(flows, id, attemptOf('FIRST'));
  await flows.chain.node.mine({ blocks: 1 });
  await untilSend(flows, id, "s.state = 'INCLUDED'");
  expect(await command(flows, tenant, 'cancelTransaction', id)).toBe('InvalidState');
  const racing = await send(flows, tenant, '3', second);
  await untilSend(flows, racing, attemptOf('FIRST'));
  await Promise.all([
    flows.chain.node.mine({ blocks: 1 }),
    command(flows, tenant, 'cancelTransaction', racing),
  ]);
  flows.miner.resume();
  expect(await ended(flows, tenant, id)).toMatchObject({ status: 'COMPLETED' });
  expect(await ended(flows, tenant, racing)).toMatchObject({ status: 'COMPLETED' });
  expect(await flows.chain.usdcOf(first)).toBe(2n * DOLLAR);
  expect(await flows.chain.usdcOf(second)).toBe(3n * DOLLAR);
});

test('what is stuck below the price of gas is replaced by what pays more', async () => {
  await flows.miner.pause();
  const to = newOutside();
  const id = await send(flows, tenant, '4', to);
  await untilSend(flows, id, attemptOf('FIRST'));
  await flows.chain.node.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('50') });
  await flows.chain.node.mine({ blocks: 1 });
  expect(await command(flows, tenant, 'accelerateTransaction', id)).toBe('Transaction');
  await untilSend(flows, id, attemptOf('BUMP'));
  flows.miner.resume();
  const end = await ended(flows, tenant, id);
  expect(end.events.map(({ kind }: { kind: string }) => kind)).toEqual([
    ...['CREATED', 'SUBMITTED', 'BROADCAST', 'REPLACED', 'INCLUDED', 'COMPLETED'],
  ]);
  expect(await flows.chain.usdcOf(to)).toBe(4n * DOLLAR);
});

test('nothing goes to an address that the list refuses', async () => {
  const before = await available(flows, tenant);
  const to = newOutside();
  await flows.refuse(to);
  const end = await ended(flows, tenant, await send(flows, tenant, '2', to));
  expect(end).toMatchObject({ status: 'FAILED' });
  expect(lastOf(end)).toMatchObject({ reason: { code: 'DESTINATION_REFUSED' } });
  expect(await available(flows, tenant)).toBe(before);
  expect(await flows.chain.usdcOf(to)).toBe(0n);
});

test('the signer signs no more than its limits, and what is over that of the day waits', async () => {
  const rich = await addTenant(flows);
  const other = await addWallet(flows, rich.organizationId);
  await stock(flows, rich, 60n * DOLLAR);
  await Promise.all([deposit(flows, rich, 50n * DOLLAR), deposit(flows, other, 60n * DOLLAR)]);
  const over = await ended(flows, rich, await send(flows, rich, '101', newOutside()));
  expect(over).toMatchObject({ status: 'FAILED' });
  expect(lastOf(over)).toMatchObject({ reason: { code: 'SIGNING_REFUSED' } });
  expect(await available(flows, rich)).toBe(109n * DOLLAR);
  const within = await ended(flows, rich, await send(flows, rich, '90', newOutside()));
  expect(within).toMatchObject({ status: 'COMPLETED' });
  const id = await send(flows, other, '40', newOutside());
  await untilSend(flows, id, "s.waits_for = 'LIMIT'");
  expect(await timeline(flows, other, id)).toMatchObject({ status: 'PROCESSING' });
  // What is within the limit goes past what waits for the next day.
  expect(await ended(flows, rich, await send(flows, rich, '5', newOutside()))).toMatchObject({
    status: 'COMPLETED',
  });
  expect(await command(flows, other, 'cancelTransaction', id)).toBe('Transaction');
  expect(await ended(flows, other, id)).toMatchObject({ status: 'CANCELED' });
  expect(await available(flows, rich)).toBe(14n * DOLLAR);
});

test('what the chain would not carry out is never signed', async () => {
  const before = await available(flows, coins);
  const to = newOutside();
  await flows.chain.node.setCode({ address: to, bytecode: REFUSES });
  const id = await send(flows, coins, '0.25', to);
  const end = await ended(flows, coins, id);
  expect(end).toMatchObject({ status: 'FAILED' });
  expect(lastOf(end)).toMatchObject({ reason: { code: 'WOULD_REVERT' } });
  expect(await available(flows, coins)).toBe(before);
  expect(
    await flows.rows('select chain_transaction_id from chain.send where id = $1', [parseId('txn', id)]),
  ).toEqual([{ chain_transaction_id: null }]);
});

test('what the chain reverts although it had promised otherwise costs gas alone', async () => {
  const [before, fees] = [await available(flows, coins), await held(flows, coins, 'FEES', 'ETH')];
  await flows.miner.pause();
  const to = newOutside();
  const id = await send(flows, coins, '0.25', to);
  await untilSend(flows, id, attemptOf('FIRST'));
  await flows.chain.node.setCode({ address: to, bytecode: REFUSES });
  flows.miner.resume();
  const end = await ended(flows, coins, id);
  expect(end).toMatchObject({ status: 'FAILED' });
  expect(lastOf(end)).toMatchObject({ reason: { code: 'REVERTED' } });
  await expectSound(flows);
  expect(await available(flows, coins)).toBe(before);
  const [paid] = await flows.rows<{ fee: string }>(
    `select t.fee from chain.send s join chain.transaction t on t.id = s.chain_transaction_id
      where s.id = $1 and t.outcome = 'REVERTED'`,
    [parseId('txn', id)],
  );
  expect(await held(flows, coins, 'FEES', 'ETH')).toBe(fees - BigInt(paid?.fee ?? 0));
});
