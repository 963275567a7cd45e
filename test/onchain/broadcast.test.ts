import { pino } from 'pino';
import { type Address, type Hash, parseEther } from 'viem';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import type { BroadcastStep } from '../../rails/onchain/broadcast/broadcastRound.ts';
import {
  type Broadcaster,
  type BroadcasterOptions,
  startBroadcaster,
} from '../../rails/onchain/broadcast/startBroadcaster.ts';
import { createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import type { ChainClient } from '../../rails/onchain/rpc/chainReader.ts';
import { type Signer, type SignerOptions, startSigner } from '../../rails/onchain/sign/startSigner.ts';
import { startTestChain, type TestChain } from '../harness/chain.ts';
import { LOCAL, openSending, type Planned, type Sending, silent, waitUntil } from './sending.ts';

const ANN: Address = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';
const GWEI = 1_000_000_000n;
const LEASE_MS = 400;

let chain: TestChain;
let client: ChainClient;
let sending: Sending;
let organizationId: Uuid;
let custody: Address;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  chain = await startTestChain();
  client = createChainClient({ network: 'LOCAL', rpcUrls: [chain.url], logger: silent, chainId: 31_337 });
});

afterAll(async () => {
  await client.close();
  await chain.end();
});

beforeEach(async () => {
  sending = await openSending();
  organizationId = await sending.addOrganization();
  custody = await sending.addAddress(organizationId, 'CUSTODY');
  await chain.node.setBalance({ address: custody, value: parseEther('10') });
  await chain.node.setAutomine(true);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await sending.close();
});

function broadcaster(changes: Partial<BroadcasterOptions> = {}): Broadcaster {
  const { chain: database, databaseUrl, network } = sending;
  const options = {
    database,
    databaseUrl,
    network,
    client,
    logger: silent,
    holder: newUuid(),
    leaseLifetimeMs: LEASE_MS,
  };
  const started = startBroadcaster({ ...options, ...changes });
  running.push(started);
  return started;
}

function signer(changes: Partial<SignerOptions> = {}): Signer {
  const started = startSigner(sending.signerOptions(changes));
  running.push(started);
  return started;
}

const pay = (amountMinor: bigint, changes: { readonly maxFeePerGasWei?: bigint } = {}) =>
  sending.plan({ organizationId, from: custody, to: ANN, amountMinor, asset: 'ETH', ...changes });

/** What the follower does, as far as these tests need it. */
async function follow(): Promise<number> {
  const attempts = await sending.rows<{ id: Uuid; hash: Hash; purpose: string }>(
    `select chain_transaction_id as id, hash, a.purpose from chain.attempt a
       join chain.transaction t on t.id = a.chain_transaction_id
      where t.state in ('SIGNED', 'BROADCAST') and hash is not null limit 100`,
  );
  const receipts = await client.receipts(attempts.map(({ hash }) => hash));
  for (const [index, receipt] of receipts.entries()) {
    if (receipt === null) continue;
    const { id, hash, purpose } = present(attempts[index], 'an attempt');
    await sending.rows(
      `with included as (
         update chain.transaction set state = 'INCLUDED', included_hash = $2, outcome = $3 where id = $1 returning id)
       update chain.send set state = 'INCLUDED', version = version + 1 from included
        where chain_transaction_id = included.id`,
      [id, hash, purpose === 'CANCEL' ? 'CANCELED' : 'SUCCEEDED'],
    );
  }
  return attempts.length;
}

interface Attempt {
  readonly number: number;
  readonly purpose: string;
  readonly state: string;
  readonly hash: Hash;
  readonly broadcasts: number;
  readonly fault: string | null;
  readonly transaction: string;
  readonly send: string;
  readonly isAsked: boolean;
}

async function attemptsOf({ id }: Planned): Promise<readonly Attempt[]> {
  return await sending.rows(
    `select a.number, a.purpose, a.state, a.hash, a.broadcasts, a.last_fault as fault, t.state as transaction,
            s.state as send, s.cancel_asked_at is not null or s.accelerate_asked_at is not null as "isAsked"
       from chain.attempt a join chain.transaction t on t.id = a.chain_transaction_id
       join chain.send s on s.chain_transaction_id = t.id where t.id = $1 order by a.number`,
    [id],
  );
}

const isHanded = async (planned: Planned, number = 1) =>
  ((await attemptsOf(planned))[number - 1]?.broadcasts ?? 0) > 0;

const ask = (planned: Planned, what: 'cancel' | 'accelerate') =>
  sending.rows(
    `with asked as (update chain.send set ${what}_asked_at = now() where id = $1 returning 1)
     select pg_notify('chain_send', '') from asked`,
    [planned.sendId],
  );

/** Mines while blocks ask for so much, as many as it takes for `planned` to be in one. */
async function mineAt(baseFeePerGas: bigint, planned: Planned): Promise<void> {
  await waitUntil(async () => {
    await chain.node.setNextBlockBaseFeePerGas({ baseFeePerGas });
    await chain.node.mine({ blocks: 1 });
    await follow();
    return (await attemptsOf(planned))[0]?.transaction === 'INCLUDED';
  });
}

/** Of everything that the address ever sent, as blocks have it: by nonce. */
async function sentBy(
  from: Address,
): Promise<readonly { hash: Hash; to: Address | null; valueWei: bigint }[]> {
  const sent: { nonce: bigint; hash: Hash; to: Address | null; valueWei: bigint }[] = [];
  const head = await chain.node.getBlockNumber({ cacheTime: 0 });
  for (let number = 1n; number <= head; number++) {
    const ref = present(await client.blockAt(number), 'a block');
    const block = present(await client.fullBlock(ref.hash as Hash), 'a block');
    sent.push(...block.transactions.filter((one) => one.from === from));
  }
  expect(sent.map(({ nonce }) => Number(nonce))).toEqual(sent.map((_, index) => index));
  return sent.map(({ hash, to, valueWei }) => ({ hash, to, valueWei }));
}

/** Crashes, and at times sleeps past its lease, at every few steps; each process a limited number of times. */
function failing<Step extends string>(every: number, timesMax: number): (step: Step) => Promise<void> {
  let calls = 0;
  let times = 0;
  return async (step) => {
    calls++;
    if (times >= timesMax || calls % every !== 0) return;
    times++;
    if (times % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 1.5 * LEASE_MS));
    else throw new Error(`crashed at ${step}`);
  };
}

test('of 200 sends each has one nonce and each nonce one send, whoever is killed meanwhile', async () => {
  for (const every of [2, 5]) signer({ atStep: failing(every, 3) });
  for (const every of [3, 4]) broadcaster({ atStep: failing<BroadcastStep>(every, 4) });
  const planned: Planned[] = [];
  for (let amount = 1n; amount <= 200n; amount++) {
    planned.push(await pay(amount));
    if (amount % 40n === 0n) await follow();
  }
  await waitUntil(async () => (await follow()) === 0 && (await sending.askedCount()) === 0, 80_000);
  const sent = await sentBy(custody);
  expect(sent.map(({ valueWei }) => valueWei).toSorted((a, b) => Number(a - b))).toEqual(
    planned.map((_, index) => BigInt(index + 1)),
  );
  expect(sent.every(({ to }) => to === ANN)).toBe(true);
  const stored = await sending.rows<{ hash: Hash; amount: string }>(
    `select included_hash as hash, amount from chain.transaction t join chain.send s on s.chain_transaction_id = t.id
      order by nonce`,
  );
  expect(stored.map(({ hash, amount }) => [hash, BigInt(amount)])).toEqual(
    sent.map(({ hash, valueWei }) => [hash, valueWei]),
  );
}, 90_000);

test('what pools have dropped, or a re-org put back, is handed in again: the same bytes', async () => {
  await chain.node.setAutomine(false);
  const [first, second] = [await pay(1n), await pay(2n)];
  signer();
  // Blocks are mined faster here than replacements are meant for.
  broadcaster({ network: { ...LOCAL, fees: { ...LOCAL.fees, bumpAfterBlocks: 10_000 } } });
  await waitUntil(() => isHanded(second));
  expect(await attemptsOf(first)).toMatchObject([
    { transaction: 'BROADCAST', send: 'BROADCAST', fault: null },
  ]);
  const hash = present((await attemptsOf(first))[0], 'an attempt').hash;
  await chain.node.dropTransaction({ hash });
  await mineAt(GWEI, first);
  await mineAt(GWEI, second);
  expect((await attemptsOf(first))[0]?.broadcasts).toBeGreaterThan(1);
  await chain.node.request({ method: 'anvil_reorg', params: [3, []] } as never);
  await sending.rows(
    `with gone as (
       update chain.transaction set state = 'BROADCAST', included_hash = null, outcome = null returning id)
     update chain.send set state = 'BROADCAST', version = version + 1 from gone where chain_transaction_id = gone.id`,
  );
  await mineAt(GWEI, first);
  await mineAt(GWEI, second);
  const sent = await sentBy(custody);
  expect(sent.map(({ valueWei }) => valueWei)).toEqual([1n, 2n]);
  expect(sent[0]?.hash).toBe(hash);
});

test('what blocks ask too much for is replaced until one takes it', async () => {
  await chain.node.setAutomine(false);
  const planned = await pay(1n, { maxFeePerGasWei: 20n * GWEI });
  signer();
  broadcaster();
  await waitUntil(() => isHanded(planned));
  await mineAt(30n * GWEI, planned);
  const attempts = await attemptsOf(planned);
  expect(attempts.slice(0, 2)).toMatchObject([{ purpose: 'FIRST' }, { purpose: 'BUMP', state: 'SIGNED' }]);
  const sent = await sentBy(custody);
  expect(sent).toMatchObject([{ to: ANN, valueWei: 1n }]);
  expect(attempts.slice(1).map(({ hash }) => hash)).toContain(sent[0]?.hash);
});

test('whoever asks for it faster gets a replacement at once', async () => {
  await chain.node.setAutomine(false);
  const planned = await pay(1n);
  signer();
  broadcaster();
  await waitUntil(() => isHanded(planned));
  await ask(planned, 'accelerate');
  await waitUntil(() => isHanded(planned, 2));
  expect(await attemptsOf(planned)).toMatchObject([
    { purpose: 'FIRST', isAsked: false },
    { purpose: 'BUMP', state: 'SIGNED', fault: null },
  ]);
  await mineAt(GWEI, planned);
  expect(await sentBy(custody)).toMatchObject([{ to: ANN, valueWei: 1n }]);
});

test('a cancellation that wins takes the nonce and pays nobody', async () => {
  await chain.node.setAutomine(false);
  const [planned, next] = [await pay(1n), await pay(2n)];
  signer();
  broadcaster();
  await waitUntil(() => isHanded(next));
  await ask(planned, 'cancel');
  await waitUntil(() => isHanded(planned, 2));
  await mineAt(GWEI, planned);
  await mineAt(GWEI, next);
  expect(await attemptsOf(planned)).toMatchObject([{ isAsked: false }, { purpose: 'CANCEL' }]);
  expect(await sentBy(custody)).toMatchObject([
    { to: custody, valueWei: 0n },
    { to: ANN, valueWei: 2n },
  ]);
});

test('a cancellation that comes too late changes nothing', async () => {
  const planned = await pay(1n);
  signer();
  broadcaster();
  await waitUntil(() => isHanded(planned));
  await chain.node.mine({ blocks: 1 });
  await ask(planned, 'cancel');
  await waitUntil(async () => (await attemptsOf(planned)).every(({ isAsked }) => !isAsked));
  await waitUntil(async () => (await follow()) === 0);
  expect(await attemptsOf(planned)).toMatchObject([{ purpose: 'FIRST', transaction: 'INCLUDED' }]);
  expect(await sentBy(custody)).toMatchObject([{ to: ANN, valueWei: 1n }]);
});

test('a nonce is not handed in before the one below it is taken', async () => {
  await chain.node.setBalance({ address: custody, value: 0n });
  const [first, second] = [await pay(1n), await pay(2n)];
  signer();
  broadcaster();
  await waitUntil(() => isHanded(first));
  await chain.node.mine({ blocks: 1 });
  await waitUntil(async () => ((await attemptsOf(first))[0]?.broadcasts ?? 0) > 1);
  expect(await attemptsOf(first)).toMatchObject([{ fault: 'INSUFFICIENT_FUNDS', transaction: 'SIGNED' }]);
  expect(await attemptsOf(second)).toMatchObject([{ broadcasts: 0, transaction: 'SIGNED', send: 'PLANNED' }]);
  await chain.node.setBalance({ address: custody, value: parseEther('1') });
  await mineAt(GWEI, second);
  expect((await sentBy(custody)).map(({ valueWei }) => valueWei)).toEqual([1n, 2n]);
});

test('what no endpoint will ever take is told, and its nonce taken by a cancellation', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => lines.push(line) });
  const [planned, next] = [await pay(1n), await pay(2n)];
  await sending.sign();
  const hash = present((await attemptsOf(planned))[0], 'an attempt').hash;
  const [{ raw } = { raw: '' }] = await sending.rows<{ raw: string }>(
    `select '0x' || encode(raw, 'hex') as raw from chain.attempt where hash = $1`,
    [hash],
  );
  const broadcast: ChainClient['broadcast'] = async (bytes) =>
    bytes === raw ? 'INVALID' : await client.broadcast(bytes);
  signer();
  broadcaster({ client: { ...client, broadcast }, logger });
  await waitUntil(async () => (await isHanded(planned, 2)) && (await isHanded(next)));
  await waitUntil(async () => (await follow()) === 0);
  expect(await attemptsOf(planned)).toMatchObject([{ fault: 'INVALID' }, { purpose: 'CANCEL', fault: null }]);
  expect(lines.filter((line) => line.includes(planned.id))).toHaveLength(1);
  expect(await sentBy(custody)).toMatchObject([
    { to: custody, valueWei: 0n },
    { to: ANN, valueWei: 2n },
  ]);
});
