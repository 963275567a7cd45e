import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTemporaryFolder, removeFolder, startHolder } from '../../test/harness/embedded.ts';
import { type ChainOptions, type EmbeddedChain, startChain } from './chain.ts';
import { findChainBinary } from './chainBinary.ts';
import { askChain } from './chainRpc.ts';
import { isPortFree } from './ports.ts';
import { findStartToken, sendSignal } from './processes.ts';

/** Of the development mnemonic; the chain signs for it. */
const richAddress = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
const payee = '0x0000000000000000000000000000000000001234';
const minedTimeoutMs = 10_000;

let folder = '';
const running: EmbeddedChain[] = [];

beforeEach(async () => {
  folder = await makeTemporaryFolder();
});

afterEach(async () => {
  for (const chain of running.splice(0)) await chain.stop();
  await removeFolder(folder);
});

async function start(options: Partial<ChainOptions> = {}): Promise<EmbeddedChain> {
  const chain = await startChain({ folder, ...options });
  if ('absent' in chain) throw new Error(chain.absent);
  running.push(chain);
  return chain;
}

type Block = { readonly number: number; readonly hash: string };

async function blockAt(chain: EmbeddedChain, block: string): Promise<Block> {
  const found: unknown = await askChain(chain.port, 'eth_getBlockByNumber', [block, false]);
  if (typeof found !== 'object' || found === null || !('number' in found) || !('hash' in found))
    throw new Error(`no block ${block}`);
  return { number: Number(found.number), hash: String(found.hash) };
}

async function pay(chain: EmbeddedChain): Promise<void> {
  await askChain(chain.port, 'eth_sendTransaction', [{ from: richAddress, to: payee, value: '0x5' }]);
  const deadline = performance.now() + minedTimeoutMs;
  do {
    await askChain(chain.port, 'evm_mine');
    if (performance.now() > deadline) throw new Error('the payment was not mined');
  } while ((await askChain(chain.port, 'eth_getBalance', [payee, 'latest'])) !== '0x5');
}

async function isAlive(pid: number): Promise<boolean> {
  return (await findStartToken(pid)) !== undefined;
}

/** Waits for a height; the chain mines by itself. */
async function reach(chain: EmbeddedChain, height: number): Promise<void> {
  const deadline = performance.now() + minedTimeoutMs;
  while ((await blockAt(chain, 'latest')).number < height) {
    if (performance.now() > deadline) throw new Error(`block ${height} was not mined`);
    await sleep(20);
  }
}

test('a start gives a chain of the default id that mines by the second, on the loopback address', async () => {
  const chain = await start();
  expect([chain.chainId, chain.origin, chain.url]).toEqual([
    31_337,
    'started',
    `http://127.0.0.1:${chain.port}`,
  ]);
  expect(await askChain(chain.port, 'eth_chainId')).toBe('0x7a69');
  expect(await askChain(chain.port, 'anvil_getIntervalMining')).toBe(1);
  const response = await fetch(chain.url, {
    method: 'OPTIONS',
    headers: { origin: 'http://example.invalid' },
  });
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});

test('safe is one block behind latest and finalized two, with a chain id and a block time of choice', async () => {
  const chain = await start({ chainId: 80_002, blockTimeMs: 50 });
  expect(await askChain(chain.port, 'eth_chainId')).toBe('0x13882');
  await reach(chain, 5);
  await askChain(chain.port, 'evm_setIntervalMining', [0]);
  const [latest, safe, finalized] = await Promise.all(
    ['latest', 'safe', 'finalized'].map((tag) => blockAt(chain, tag)),
  );
  expect(safe?.number).toBe((latest?.number ?? 0) - 1);
  expect(finalized?.number).toBe((latest?.number ?? 0) - 2);
});

test('a restart goes on with the same blocks and balances, and can be read at finalized at once', async () => {
  const first = await start();
  await pay(first);
  const paid = await blockAt(first, 'latest');
  await first.stop();
  expect(await isAlive(first.pid)).toBe(false);

  // Unless a connection of something else on this machine has taken it since.
  const isFree = await isPortFree(first.port);
  const second = await start();
  if (isFree) expect(second.port).toBe(first.port);
  expect(await blockAt(second, `0x${paid.number.toString(16)}`)).toEqual(paid);
  expect(await askChain(second.port, 'eth_getBalance', [payee, 'latest'])).toBe('0x5');
  expect(await askChain(second.port, 'eth_getBalance', [payee, 'finalized'])).toBe('0x5');
  await reach(second, (await blockAt(second, 'latest')).number + 1);
});

test('a killed server goes on from what was saved last', async () => {
  const first = await start({ blockTimeMs: 100, saveIntervalSeconds: 1 });
  await pay(first);
  const paid = await blockAt(first, 'latest');
  await sleep(2_500);
  await first.kill9();
  const second = await start({ blockTimeMs: 100, saveIntervalSeconds: 1, shared: true });
  expect(second.origin).toBe('started');
  expect(await blockAt(second, `0x${paid.number.toString(16)}`)).toEqual(paid);
  await first.stop();
});

test('a chain whose owner was killed is adopted by the next one, and ends with it', async () => {
  const holder = await startHolder(folder, 'owner', 'chainHolder.fixture.ts');
  await holder.kill();
  const orphanPid = Number(holder.report.pid);
  expect(await isAlive(orphanPid)).toBe(true);
  const chain = await start();
  expect([chain.origin, chain.pid, chain.url]).toEqual(['adopted', orphanPid, holder.report.url]);
  await chain.stop();
  expect(await isAlive(orphanPid)).toBe(false);
});

test('an orphan with other settings is stopped and started anew on its blocks', async () => {
  const holder = await startHolder(folder, 'owner', 'chainHolder.fixture.ts');
  await askChain(Number(new URL(String(holder.report.url)).port), 'evm_mine');
  await holder.kill();
  const chain = await start({ blockTimeMs: 200 });
  expect(chain.origin).toBe('started');
  expect(await isAlive(Number(holder.report.pid))).toBe(false);
  expect((await blockAt(chain, '0x1')).number).toBe(1);
});

test('a server that hangs is ended and replaced', async () => {
  const first = await start({ shared: true });
  sendSignal(first.pid, 'SIGSTOP');
  // SIGTERM waits behind SIGSTOP: whoever replaces the server has to go on to SIGKILL.
  const second = await start({ shared: true });
  expect(await isAlive(first.pid)).toBe(false);
  expect(second.origin).toBe('started');
});

test('a second owner is refused with the pid of the first, and those that share use one chain', async () => {
  const holder = await startHolder(folder, 'owner', 'chainHolder.fixture.ts');
  await expect(start()).rejects.toMatchObject({
    code: 'FOLDER_IN_USE',
    message: expect.stringContaining(`Process ${holder.process.pid} `),
  });
  const [first, second] = await Promise.all([start({ shared: true }), start({ shared: true })]);
  expect([first.pid, second.pid]).toEqual([holder.report.pid, holder.report.pid]);
  await holder.kill();
  await first.stop();
  expect(await isAlive(second.pid)).toBe(true);
  await second.stop();
  expect(await isAlive(second.pid)).toBe(false);
});

test('two folders that want one port get two', async () => {
  const other = await makeTemporaryFolder();
  try {
    const first = await start();
    const second = await start({ folder: other, port: first.port });
    expect(second.port).not.toBe(first.port);
    await second.stop();
  } finally {
    await removeFolder(other);
  }
});

test('a folder with the blocks of one chain id is refused for another', async () => {
  await (await start()).stop();
  await expect(start({ chainId: 5 })).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringMatching(/holds chain 31337, not 5/),
  });
});

test('a state that was cut off is reported and left as it is', async () => {
  await (await start()).stop();
  const file = join(folder, 'state.json');
  await truncate(file, 500);
  await expect(start()).rejects.toMatchObject({
    code: 'DATA_DAMAGED',
    message: expect.stringContaining(file),
  });
  expect(await readFile(file)).toHaveLength(500);
});

test('the program of this machine is found, and without one the reason is given', async () => {
  expect(findChainBinary()).toEqual({ program: expect.stringMatching(/anvil-.*\/bin\/anvil$/) });
  const absent = 'No local chain is installed.';
  expect(await startChain({ folder, binary: { absent } })).toEqual({ absent });
  await expect(start({ binary: { program: join(folder, 'none') } })).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringMatching(/ENOENT/),
  });
});
