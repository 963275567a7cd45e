import { type Address, type Hex, keccak256, parseGwei } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { giveAddresses } from '../../rails/onchain/addresses.ts';
import { addRoot, addressOf, type Scene, startScene } from './followSupport.ts';

let scene: Scene;
let organizationId: Uuid;
let wallet: Address;
let pay: Awaited<ReturnType<Scene['payer']>>;

beforeAll(async () => {
  scene = await startScene();
  organizationId = await addRoot(scene);
  pay = await scene.payer();
  wallet = await giveWallet();
  scene.follow();
  await scene.untilFollowed();
});

afterAll(async () => {
  await scene.end();
});

async function giveWallet(asset = 'USDC'): Promise<Address> {
  const walletId = newUuid();
  await scene.database.write((tx) =>
    giveAddresses(tx, [{ walletId, organizationId, network: 'LOCAL', asset }]),
  );
  return await addressOf(scene.database, 'wallet_id', walletId);
}

test('a deposit is SEEN, then FINAL with the chain’s finality, and an address that was given a moment ago counts', async () => {
  const hash = await pay(wallet, 500n);
  const late = await giveWallet();
  const second = await pay(late, 700n);
  await scene.untilFollowed();
  expect((await scene.deposits()).map((row) => [row.transaction_hash, row.state])).toEqual([
    [hash, 'SEEN'],
    [second, 'SEEN'],
  ]);
  await scene.chain.node.mine({ blocks: 3 });
  await scene.until('both are final', async () =>
    (await scene.deposits()).every((row) => row.state === 'FINAL'),
  );
  expect((await scene.deposits()).map((row) => row.version)).toEqual([2, 2]);
});

test('requests that waited for a root get addresses, and custody is the first of its branch', async () => {
  const walletId = newUuid();
  const waiting = newUuid();
  const request = { walletId, organizationId: waiting, network: 'LOCAL', asset: 'USDC' };
  expect(await scene.database.write((tx) => giveAddresses(tx, [request]))).toEqual([null]);
  await addRoot(scene, waiting);
  await scene.until('it has one', async () => {
    const rows = await scene.rows('select 1 from chain.address where organization_id = $1', [waiting]);
    return rows.length === 2;
  });
  expect(await scene.rows('select * from chain.address_request')).toEqual([]);
  expect(await addressOf(scene.database, 'organization_id', waiting)).not.toBe(
    await addressOf(scene.database, 'wallet_id', walletId),
  );
});

/** As if the signer had signed: an address of ours whose key the test has, a ChainTransaction and its send. */
async function send(
  succeeds: boolean,
  isKnown = true,
): Promise<{ readonly hash: Hex; readonly from: Address }> {
  const key = privateKeyToAccount(generatePrivateKey());
  const from = key.address.toLowerCase() as Address;
  const root = newUuid();
  const owner = newUuid();
  // In one statement, before the follower gives this root another custody address.
  await scene.rows(
    `with root as (
       insert into chain.root (id, organization_id, xpub, ciphertext, nonce, tag, wrapped_key, vault_id)
       values ($1, $2, '', '', '', '', '', '')
     )
     insert into chain.address (network, address, organization_id, root_id, purpose, branch, index)
     values ('LOCAL', $3, $2, $1, 'CUSTODY', 'CUSTODY', 0)`,
    [root, owner, from],
  );
  await scene.chain.node.setBalance({ address: from, value: parseGwei('1000000000') });
  const raw = await key.signTransaction({
    type: 'eip1559',
    chainId: 31_337,
    nonce: 0,
    to: succeeds
      ? '0x00000000000000000000000000000000000000f1'
      : '0x700b6A60ce7EaaEA56F065753d8dcB9653dbAD35',
    value: 5n,
    gas: 100_000n,
    maxFeePerGas: parseGwei('5'),
    maxPriorityFeePerGas: 1n,
  });
  const hash = keccak256(raw);
  if (isKnown) {
    const [id, sendId] = [newUuid(), newUuid()];
    await scene.rows(
      `insert into chain.transaction (id, network, from_address, nonce, kind, state, organization_id)
       values ($1, 'LOCAL', $2, 0, 'TRANSFER', 'BROADCAST', $3)`,
      [id, from, owner],
    );
    await scene.rows(
      `insert into chain.attempt (chain_transaction_id, number, network, purpose, to_address, value, data, gas_limit,
         max_fee_per_gas, max_priority_fee_per_gas, state, hash, raw, signed_at)
       values ($1, 1, 'LOCAL', 'FIRST', '', 5, '', 100000, 1, 1, 'SIGNED', $2, '', now())`,
      [id, hash],
    );
    await scene.rows(
      `insert into chain.send (id, organization_id, network, asset, purpose, from_address, to_address, amount, state,
         chain_transaction_id)
       values ($1, $2, 'LOCAL', 'ETH', 'PAYMENT', $3, '0x00000000000000000000000000000000000000f1', 5, 'BROADCAST', $4)`,
      [sendId, owner, from, id],
    );
  }
  await scene.chain.node.sendRawTransaction({ serializedTransaction: raw });
  await scene.chain.node.waitForTransactionReceipt({ hash, pollingInterval: 20 });
  return { hash, from };
}

async function sendsOf(from: Address) {
  return await scene.rows(
    `select send.state, failure_code, carrier.state as carrier, outcome, fee > 0 as has_fee from chain.send
       join chain.transaction carrier on carrier.id = chain_transaction_id where send.from_address = $1`,
    [from],
  );
}

test.each([
  [true, 'SUCCEEDED', 'FINAL', null],
  [false, 'REVERTED', 'FAILED', 'REVERTED'],
] as const)(
  'a transaction of ours that succeeds: %p is INCLUDED with its fee and then FINAL',
  async (succeeds, outcome, state, code) => {
    const { from } = await send(succeeds);
    await scene.untilFollowed();
    expect(await sendsOf(from)).toEqual([
      { state: 'INCLUDED', failure_code: null, carrier: 'INCLUDED', outcome, has_fee: true },
    ]);
    await scene.chain.node.request({ method: 'anvil_reorg' as never, params: [1, []] as never });
    await scene.untilFollowed();
    expect(await sendsOf(from)).toMatchObject([{ state: 'BROADCAST', carrier: 'BROADCAST', outcome: null }]);
    const [attempt] = await scene.rows<{ hash: Hex }>(
      'select hash from chain.attempt where hash is not null order by created_at desc limit 1',
    );
    expect(
      await scene.chain.node.getTransactionReceipt({ hash: attempt?.hash ?? '0x' }).catch(() => null),
    ).toBeNull();
    const again = await send(succeeds);
    await scene.chain.node.mine({ blocks: 3 });
    await scene.until('it is final', async () =>
      JSON.stringify(await sendsOf(again.from)).includes('"carrier":"FINAL"'),
    );
    expect(await sendsOf(again.from)).toEqual([
      { state, failure_code: code, carrier: 'FINAL', outcome, has_fee: true },
    ]);
  },
);

test('a transaction of our key that we have not signed is named', async () => {
  const { hash, from } = await send(true, false);
  await scene.untilFollowed();
  const [named] = await scene.rows<{ kind: string; detail: string }>(
    'select kind, detail from chain.difference where address = $1',
    [from],
  );
  expect(named?.kind).toBe('FOREIGN_NONCE');
  expect(named?.detail).toContain(hash);
});
