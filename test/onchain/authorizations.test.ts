import { type Hex, type PrivateKeyAccount, parseEventLogs, toHex } from 'viem';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { splitSignature, startTestChain, type TestChain } from '../harness/chain.ts';
import { AUTHORIZATION_FIELDS } from '../harness/eip3009.ts';

/** The test token against EIP-3009 and EIP-2612, by transactions on a real chain. */
const usdc = { address: localContracts.usdc, abi: testUSDCAbi } as const;
const domain = { name: 'USD Coin', version: '2', chainId: 31_337, verifyingContract: localContracts.usdc };
const types = {
  TransferWithAuthorization: AUTHORIZATION_FIELDS,
  ReceiveWithAuthorization: AUTHORIZATION_FIELDS,
  CancelAuthorization: [
    { name: 'authorizer', type: 'address' },
    { name: 'nonce', type: 'bytes32' },
  ],
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const;
const farFuture = 2n ** 40n;

let chain: TestChain;
let holder: PrivateKeyAccount;
let payee: PrivateKeyAccount;
let relayer: PrivateKeyAccount;
let serial = 0;

beforeAll(async () => {
  chain = await startTestChain();
});

afterAll(async () => {
  await chain.end();
});

beforeEach(async () => {
  holder = await chain.makeHolder(1_000n);
  payee = await chain.makeHolder();
  relayer = await chain.makeHolder();
});

type Terms = {
  readonly to: Hex;
  readonly value: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: Hex;
};

function terms(change: Partial<Terms> = {}): Terms {
  serial += 1;
  const nonce = toHex(serial, { size: 32 });
  return { to: payee.address, value: 300n, validAfter: 0n, validBefore: farFuture, nonce, ...change };
}

async function signTransfer(
  signed: Terms,
  change: Partial<typeof domain> = {},
  primaryType: 'TransferWithAuthorization' | 'ReceiveWithAuthorization' = 'TransferWithAuthorization',
) {
  const message = { from: holder.address, ...signed };
  const full = { ...domain, ...change };
  return splitSignature(await holder.signTypedData({ domain: full, types, primaryType, message }));
}

async function signCancel(nonce: Hex) {
  const message = { authorizer: holder.address, nonce };
  return splitSignature(
    await holder.signTypedData({ domain, types, primaryType: 'CancelAuthorization', message }),
  );
}

type Signed = Awaited<ReturnType<typeof signTransfer>>;

/** Who sends it pays the gas; gives the names of the events. */
async function submit(
  functionName: 'transferWithAuthorization' | 'receiveWithAuthorization',
  { to, value, validAfter, validBefore, nonce }: Terms,
  { v, r, s }: Signed,
  sender = relayer,
): Promise<readonly string[]> {
  const hash = await chain.walletOf(sender).writeContract({
    ...usdc,
    functionName,
    args: [holder.address, to, value, validAfter, validBefore, nonce, v, r, s],
  });
  return await eventsOf(hash);
}

async function cancel(nonce: Hex, { v, r, s }: Signed): Promise<readonly string[]> {
  const hash = await chain
    .walletOf(relayer)
    .writeContract({ ...usdc, functionName: 'cancelAuthorization', args: [holder.address, nonce, v, r, s] });
  return await eventsOf(hash);
}

async function eventsOf(hash: Hex): Promise<readonly string[]> {
  const receipt = await chain.node.waitForTransactionReceipt({ hash, pollingInterval: 20 });
  return parseEventLogs({ abi: testUSDCAbi, logs: receipt.logs }).map((event) => event.eventName);
}

async function isSpent(nonce: Hex): Promise<boolean> {
  return await chain.node.readContract({
    ...usdc,
    functionName: 'authorizationState',
    args: [holder.address, nonce],
  });
}

async function balances(): Promise<readonly bigint[]> {
  return await Promise.all([chain.usdcOf(holder.address), chain.usdcOf(payee.address)]);
}

test('a transfer that the holder signed is submitted by another, once', async () => {
  const agreed = terms();
  const signature = await signTransfer(agreed);
  expect(await isSpent(agreed.nonce)).toBe(false);
  expect(await submit('transferWithAuthorization', agreed, signature)).toEqual([
    'AuthorizationUsed',
    'Transfer',
  ]);
  expect(await balances()).toEqual([700n, 300n]);
  expect(await isSpent(agreed.nonce)).toBe(true);
  await expect(submit('transferWithAuthorization', agreed, signature)).rejects.toThrow(
    /AuthorizationUsedOrCanceled/,
  );
  expect(await balances()).toEqual([700n, 300n]);
});

test('it is valid strictly between its two times', async () => {
  const { timestamp } = await chain.node.getBlock();
  const at = timestamp + 1_000n;
  const tries: readonly [Partial<Terms>, RegExp | undefined][] = [
    [{ validAfter: at }, /AuthorizationNotYetValid/],
    [{ validBefore: at }, /AuthorizationExpired/],
    [{ validAfter: at - 1n, validBefore: at + 1n }, undefined],
  ];
  for (const [change, refusal] of tries) {
    const agreed = terms(change);
    const { to, value, validAfter, validBefore, nonce } = agreed;
    const { v, r, s } = await signTransfer(agreed);
    const attempt = chain.node.simulateContract({
      ...usdc,
      functionName: 'transferWithAuthorization',
      args: [holder.address, to, value, validAfter, validBefore, nonce, v, r, s],
      blockOverrides: { time: at },
    });
    if (refusal === undefined) await attempt;
    else await expect(attempt).rejects.toThrow(refusal);
  }
});

test('an expired and a future one are refused by the block that they are sent for', async () => {
  const { timestamp } = await chain.node.getBlock();
  for (const [change, refusal] of [
    [{ validBefore: timestamp }, /AuthorizationExpired/],
    [{ validAfter: timestamp + 3_600n }, /AuthorizationNotYetValid/],
  ] as const) {
    const agreed = terms(change);
    await expect(submit('transferWithAuthorization', agreed, await signTransfer(agreed))).rejects.toThrow(
      refusal,
    );
    expect(await isSpent(agreed.nonce)).toBe(false);
  }
});

test.each<[string, Partial<typeof domain>]>([
  ['chain id', { chainId: 137 }],
  ['version', { version: '1' }],
  ['name', { name: 'Test USDC' }],
  ['contract', { verifyingContract: localContracts.multisend }],
])('a signature for another %s is refused', async (_, change) => {
  const agreed = terms();
  await expect(
    submit('transferWithAuthorization', agreed, await signTransfer(agreed, change)),
  ).rejects.toThrow(/AuthorizationSignerInvalid/);
  expect(await isSpent(agreed.nonce)).toBe(false);
});

test('what was signed cannot be changed, nor signed by another', async () => {
  const agreed = terms();
  const signature = await signTransfer(agreed);
  for (const change of [
    { value: 301n },
    { to: relayer.address },
    { nonce: toHex(2n ** 200n, { size: 32 }) },
  ]) {
    await expect(submit('transferWithAuthorization', { ...agreed, ...change }, signature)).rejects.toThrow(
      /AuthorizationSignerInvalid/,
    );
  }
});

test('only the payee submits a receipt, and a signature for one kind is not one for the other', async () => {
  const agreed = terms();
  const signature = await signTransfer(agreed, {}, 'ReceiveWithAuthorization');
  await expect(submit('receiveWithAuthorization', agreed, signature)).rejects.toThrow(/CallerNotPayee/);
  await expect(submit('transferWithAuthorization', agreed, signature)).rejects.toThrow(
    /AuthorizationSignerInvalid/,
  );
  expect(await submit('receiveWithAuthorization', agreed, signature, payee)).toEqual([
    'AuthorizationUsed',
    'Transfer',
  ]);
  expect(await balances()).toEqual([700n, 300n]);
});

test('a canceled authorization is refused, and a used one cannot be canceled', async () => {
  const [canceled, used] = [terms(), terms()];
  expect(await cancel(canceled.nonce, await signCancel(canceled.nonce))).toEqual(['AuthorizationCanceled']);
  expect(await isSpent(canceled.nonce)).toBe(true);
  await expect(submit('transferWithAuthorization', canceled, await signTransfer(canceled))).rejects.toThrow(
    /AuthorizationUsedOrCanceled/,
  );
  await submit('transferWithAuthorization', used, await signTransfer(used));
  await expect(cancel(used.nonce, await signCancel(used.nonce))).rejects.toThrow(
    /AuthorizationUsedOrCanceled/,
  );
  await expect(cancel(terms().nonce, await signCancel(terms().nonce))).rejects.toThrow(
    /AuthorizationSignerInvalid/,
  );
  expect(await balances()).toEqual([700n, 300n]);
});

test('an authorization that the balance does not cover spends nothing, and works once it does', async () => {
  const agreed = terms({ value: 1_001n });
  const signature = await signTransfer(agreed);
  await expect(submit('transferWithAuthorization', agreed, signature)).rejects.toThrow(
    /ERC20InsufficientBalance/,
  );
  expect(await isSpent(agreed.nonce)).toBe(false);
  const giver = await chain.makeHolder(1n);
  await chain
    .walletOf(giver)
    .writeContract({ ...usdc, functionName: 'transfer', args: [holder.address, 1n] });
  await submit('transferWithAuthorization', agreed, signature);
  expect(await balances()).toEqual([0n, 1_001n]);
});

test('a permit allows once what it says, by the domain of the token', async () => {
  const permit = async (change: Partial<typeof domain>, deadline = farFuture) => {
    const message = { owner: holder.address, spender: payee.address, value: 400n, nonce: 0n, deadline };
    const full = { ...domain, ...change };
    const { v, r, s } = splitSignature(
      await holder.signTypedData({ domain: full, types, primaryType: 'Permit', message }),
    );
    return await chain.walletOf(relayer).writeContract({
      ...usdc,
      functionName: 'permit',
      args: [holder.address, payee.address, 400n, deadline, v, r, s],
    });
  };
  const { timestamp } = await chain.node.getBlock();
  await expect(permit({}, timestamp - 1n)).rejects.toThrow(/ERC2612ExpiredSignature/);
  await expect(permit({ version: '1' })).rejects.toThrow(/ERC2612InvalidSigner/);
  expect(await eventsOf(await permit({}))).toEqual(['Approval']);
  await expect(permit({})).rejects.toThrow(/ERC2612InvalidSigner/);
  await chain.walletOf(payee).writeContract({
    ...usdc,
    functionName: 'transferFrom',
    args: [holder.address, payee.address, 400n],
  });
  expect(await balances()).toEqual([600n, 400n]);
});

test('nobody but the minter mints', async () => {
  await expect(
    chain.walletOf(holder).writeContract({ ...usdc, functionName: 'mint', args: [holder.address, 1n] }),
  ).rejects.toThrow(/CallerNotMinter/);
});
