import { type Address, encodeFunctionData, type Hex, isAddressEqual, parseGwei } from 'viem';
import { parseId } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { local } from '../../rails/onchain/networks/local.ts';
import type { SignStep } from '../../rails/onchain/sign/signRoot.ts';
import { splitSignature } from '../harness/chain.ts';
import { expectSound } from './flows/sound.ts';
import {
  addTenant,
  arrival,
  available,
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
import { waitUntil } from './sending.ts';

const DOLLAR = 1_000_000n;
const FINALIZED_AGE_MS_MAX = 4_000;
jest.setTimeout(60_000);

let flows: Flows;
let ours: Tenant;
let theirs: Tenant;
beforeAll(async () => {
  flows = await openFlows({ finality: { ...local.finality, finalizedAgeMaxMs: FINALIZED_AGE_MS_MAX } });
  [ours, theirs] = await Promise.all([addTenant(flows), addTenant(flows)]);
  await Promise.all([stock(flows, ours, 60n * DOLLAR), stock(flows, theirs, 60n * DOLLAR)]);
});
afterAll(() => flows.close());
afterEach(async () => {
  flows.miner.resume();
  flows.proxy.heal();
  await expectSound(flows);
});

test('an authorization that a stranger hands in first has done what we wanted', async () => {
  const tenant = await addTenant(flows);
  await stock(flows, tenant, 10n * DOLLAR);
  await deposit(flows, tenant, 20n * DOLLAR);
  const stranger = await flows.chain.makeHolder();
  await flows.miner.pause();
  const to = newOutside();
  const id = await send(flows, tenant, '25', to);
  const isInPool = () =>
    flows.rows<Authorization>(
      `select a.*, encode(a.signature, 'hex') as signature, s.amount, s.to_address from chain.authorization a
         join chain.send s on s.id = a.send_id join chain.attempt t on t.chain_transaction_id = s.chain_transaction_id
        where a.authorizer = $1 and a.state = 'SIGNED' and t.broadcast_at is not null`,
      [tenant.address],
    );
  await waitUntil(async () => (await isInPool()).length === 1);
  const authorization = present((await isInPool())[0], 'an authorization');
  const relayed = relay(stranger, authorization);
  await waitUntil(async () => {
    const { pending } = await flows.chain.node.getTxpoolContent();
    return Object.keys(pending).some((sender) => isAddressEqual(sender as Address, stranger.address));
  });
  flows.miner.resume();
  const hash = await relayed;
  expect(await flows.chain.node.getTransactionReceipt({ hash })).toMatchObject({ status: 'success' });
  expect(await ended(flows, tenant, id)).toMatchObject({ status: 'COMPLETED' });
  expect(await flows.chain.usdcOf(to)).toBe(25n * DOLLAR);
  expect(
    await flows.rows(
      `select s.state, a.state as authorization, a.used_hash from chain.send s join chain.authorization a on a.send_id = s.id
        where a.nonce = $1`,
      [authorization.nonce],
    ),
  ).toEqual([{ state: 'FINAL', authorization: 'USED', used_hash: hash }]);
});

interface Authorization {
  readonly authorizer: Address;
  readonly to_address: Address;
  readonly amount: string;
  readonly valid_after_seconds: string;
  readonly valid_before_seconds: string;
  readonly nonce: Hex;
  readonly signature: string;
}

/** With a tip that puts it first in its block. */
async function relay(
  stranger: Awaited<ReturnType<Flows['chain']['makeHolder']>>,
  one: Authorization,
): Promise<Hex> {
  const { r, s, v } = splitSignature(`0x${one.signature}`);
  const data = encodeFunctionData({
    abi: testUSDCAbi,
    functionName: 'transferWithAuthorization',
    args: [
      one.authorizer,
      one.to_address,
      BigInt(one.amount),
      BigInt(one.valid_after_seconds),
      BigInt(one.valid_before_seconds),
      ...([one.nonce, v, r, s] as const),
    ],
  });
  const raw = await stranger.signTransaction({
    type: 'eip1559',
    chainId: flows.network.chainId,
    nonce: 0,
    to: localContracts.usdc,
    data,
    gas: 200_000n,
    maxFeePerGas: parseGwei('300'),
    maxPriorityFeePerGas: parseGwei('200'),
  });
  return await flows.chain.node.sendRawTransaction({ serializedTransaction: raw });
}

test('two organizations pay one another over the chain, and the books of both are right', async () => {
  const [mine, other] = [await available(flows, ours), await available(flows, theirs)];
  const id = await send(flows, ours, '7', theirs.address);
  expect(await ended(flows, ours, id)).toMatchObject({ status: 'COMPLETED' });
  const [carrier] = await flows.rows<{ hash: string }>(
    `select t.included_hash as hash from chain.send s join chain.transaction t on t.id = s.chain_transaction_id
      where s.id = $1`,
    [parseId('txn', id)],
  );
  const came = await arrival(flows, theirs, present(carrier, 'a carrier').hash);
  expect(came).toMatchObject({ status: 'COMPLETED' });
  expect(came.id).not.toBe(id);
  expect(await timeline(flows, theirs, id)).toBeNull();
  expect(await timeline(flows, ours, came.id)).toBeNull();
  expect(await available(flows, ours)).toBe(mine - 7n * DOLLAR);
  expect(await available(flows, theirs)).toBe(other + 7n * DOLLAR);
  expect(await held(flows, ours, 'OMNIBUS', 'USDC')).toBe(mine - 7n * DOLLAR);
  expect(await held(flows, theirs, 'OMNIBUS', 'USDC')).toBe(other + 7n * DOLLAR);
});

test('a chain that cannot be reached, and then is not final, loses nothing and holds up what is sent', async () => {
  const recipients = Array.from({ length: 3 }, newOutside);
  const ids: string[] = [];
  for (const [index, faults] of [{ hang: 1 }, { reset: 1 }].entries()) {
    flows.proxy.setFaults(faults);
    ids.push(await send(flows, ours, '2', present(recipients[index], 'a recipient')));
    await waitUntil(async () => {
      const [row] = await flows.rows<{ status: string }>('select status from chain.network');
      return row?.status === 'UNREACHABLE';
    });
    flows.proxy.heal();
    flows.proxy.setFaults({ hang: 0, reset: 0 });
  }
  await flows.miner.pause();
  await waitUntil(async () => {
    const [row] = await flows.rows<{ status: string }>('select status from chain.network');
    return row?.status === 'STALLED';
  });
  const last = await send(flows, ours, '2', present(recipients[2], 'a recipient'));
  await untilSend(flows, last, "s.waits_for = 'BREAKER'");
  flows.miner.resume();
  for (const id of [...ids, last])
    expect(await ended(flows, ours, id)).toMatchObject({ status: 'COMPLETED' });
  expect(await Promise.all(recipients.map((to) => flows.chain.usdcOf(to)))).toEqual(
    recipients.map(() => 2n * DOLLAR),
  );
});

test('whatever is stopped, killed and started again in the middle, everybody is paid once', async () => {
  const recipients = Array.from({ length: 12 }, newOutside);
  const ids: string[] = [];
  const crashes: SignStep[] = ['SIGNED', 'STORED', 'COMMITTED'];
  const atStep = async (step: SignStep): Promise<void> => {
    if (step !== crashes[0]) return;
    crashes.shift();
    throw new Error(`killed when ${step}`);
  };
  await flows.parts.stopSigning();
  flows.parts.startSigning({ atStep });
  for (const [index, to] of recipients.entries()) {
    ids.push(await send(flows, index % 2 === 0 ? ours : theirs, '1', to));
    if (index % 3 === 2) await deposit(flows, theirs, DOLLAR);
    if (index === 4) await flows.rows(KILL_CONNECTIONS).catch(() => undefined);
    if (index === 6 || index === 9) await flows.parts.stop();
    if (index === 6 || index === 9) await flows.parts.start();
  }
  for (const [index, id] of ids.entries()) {
    expect(await ended(flows, index % 2 === 0 ? ours : theirs, id)).toMatchObject({ status: 'COMPLETED' });
  }
  expect(crashes).toEqual([]);
  expect(await Promise.all(recipients.map((to) => flows.chain.usdcOf(to)))).toEqual(
    recipients.map(() => DOLLAR),
  );
});

/** As a server does that is killed: whatever is under way in a tx is gone. */
const KILL_CONNECTIONS = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;
