import { type Address, type Hex, type PrivateKeyAccount, toHex } from 'viem';
import { feeOnTransferAbi, feeOnTransferBytecode } from '../../rails/onchain/contracts/FeeOnTransfer.ts';
import { multisendAbi } from '../../rails/onchain/contracts/Multisend.ts';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { splitSignature, startTestChain, type TestChain } from '../harness/chain.ts';
import { AUTHORIZATION_FIELDS } from '../harness/eip3009.ts';

const usdc = { address: localContracts.usdc, abi: testUSDCAbi } as const;
const multisend = { address: localContracts.multisend, abi: multisendAbi } as const;
/** Given, so that a transaction that reverts is mined and not refused before it is sent. */
const gas = 3_000_000n;
/** The token itself takes no coins and no tokens. */
const refusing = localContracts.usdc;

let chain: TestChain;
let payer: PrivateKeyAccount;
let payees: readonly Address[] = [];

beforeAll(async () => {
  chain = await startTestChain();
});

afterAll(async () => {
  await chain.end();
});

beforeEach(async () => {
  payer = await chain.makeHolder(1_000n);
  payees = await Promise.all([1, 2, 3].map(async () => (await chain.makeHolder()).address));
  await chain
    .walletOf(payer)
    .writeContract({ ...usdc, functionName: 'approve', args: [multisend.address, 1_000n] });
});

function payments(...values: readonly bigint[]) {
  return values.map((value, index) => ({ to: payees[index] ?? refusing, value }));
}

async function statusOf(sent: Promise<Hex>): Promise<string> {
  const receipt = await chain.node.waitForTransactionReceipt({ hash: await sent, pollingInterval: 20 });
  return receipt.status;
}

async function tokenBalances(): Promise<readonly bigint[]> {
  return await Promise.all([payer.address, ...payees, multisend.address].map((each) => chain.usdcOf(each)));
}

describe.each(['sendToken', 'sendTokenPooled'] as const)('%s', (functionName) => {
  const send = (list: ReturnType<typeof payments>, token: Address = usdc.address) =>
    statusOf(chain.walletOf(payer).writeContract({ ...multisend, functionName, args: [token, list], gas }));

  test('pays everybody in one transaction and keeps nothing', async () => {
    expect(await send(payments(100n, 200n, 300n))).toBe('success');
    expect(await tokenBalances()).toEqual([400n, 100n, 200n, 300n, 0n]);
  });

  test('pays nobody when the last payment is not covered', async () => {
    expect(await send(payments(100n, 200n, 701n))).toBe('reverted');
    expect(await tokenBalances()).toEqual([1_000n, 0n, 0n, 0n, 0n]);
  });

  test('pays nobody when one payee is refused by the token', async () => {
    const list = [...payments(100n, 200n), { to: `0x${'0'.repeat(40)}` as const, value: 1n }];
    expect(await send(list)).toBe('reverted');
    expect(await tokenBalances()).toEqual([1_000n, 0n, 0n, 0n, 0n]);
  });

  test('takes nothing from one who has allowed nothing', async () => {
    const stranger = await chain.makeHolder(50n);
    const args = [usdc.address, payments(50n)] as const;
    expect(
      await statusOf(chain.walletOf(stranger).writeContract({ ...multisend, functionName, args, gas })),
    ).toBe('reverted');
  });

  test('pays two hundred in one transaction', async () => {
    const list = Array.from({ length: 200 }, (_, index) => ({
      to: toHex(0x10000 + index, { size: 20 }),
      value: 2n,
    }));
    const hash = chain
      .walletOf(payer)
      .writeContract({ ...multisend, functionName, args: [usdc.address, list], gas: 20_000_000n });
    expect(await statusOf(hash)).toBe('success');
    expect(await chain.usdcOf(payer.address)).toBe(600n);
  });
});

async function deployFeeToken(): Promise<Address> {
  const wallet = chain.walletOf(payer);
  const hash = await wallet.deployContract({
    abi: feeOnTransferAbi,
    bytecode: feeOnTransferBytecode,
    args: ['0x00000000000000000000000000000000000000fe', 10_000n],
  });
  const receipt = await wallet.waitForTransactionReceipt({ hash, pollingInterval: 20 });
  const address = receipt.contractAddress ?? refusing;
  await wallet.writeContract({
    address,
    abi: feeOnTransferAbi,
    functionName: 'approve',
    args: [multisend.address, 10_000n],
  });
  return address;
}

test('a token that takes a fee delivers a hundredth less, and cannot be pooled, whoever left tokens behind', async () => {
  const token = { address: await deployFeeToken(), abi: feeOnTransferAbi } as const;
  const [to = refusing] = payees;
  const wallet = chain.walletOf(payer);
  await wallet.writeContract({ ...token, functionName: 'transfer', args: [to, 1_000n] });
  expect(await chain.node.readContract({ ...token, functionName: 'balanceOf', args: [to] })).toBe(990n);
  // A gift to the contract would cover the fee.
  await wallet.writeContract({ ...token, functionName: 'transfer', args: [multisend.address, 1_000n] });
  await expect(
    wallet.writeContract({
      ...multisend,
      functionName: 'sendTokenPooled',
      args: [token.address, payments(500n)],
    }),
  ).rejects.toThrow(/TokenLeftOver/);
});

describe('sendNative', () => {
  const send = (list: ReturnType<typeof payments>, value: bigint) =>
    statusOf(
      chain
        .walletOf(payer)
        .writeContract({ ...multisend, functionName: 'sendNative', args: [list], value, gas }),
    );
  const rises = async (work: () => Promise<string>) => {
    const read = () => Promise.all(payees.map((address) => chain.node.getBalance({ address })));
    const before = await read();
    const status = await work();
    const after = await read();
    return [status, ...after.map((value, index) => value - (before[index] ?? 0n))];
  };

  test('pays everybody when the value is the sum', async () => {
    expect(await rises(() => send(payments(1n, 2n, 3n), 6n))).toEqual(['success', 1n, 2n, 3n]);
  });

  test('pays nobody when the value is more or less than the sum, or one payee refuses', async () => {
    expect(await rises(() => send(payments(1n, 2n, 3n), 7n))).toEqual(['reverted', 0n, 0n, 0n]);
    expect(await rises(() => send(payments(1n, 2n, 3n), 5n))).toEqual(['reverted', 0n, 0n, 0n]);
    expect(await rises(() => send(payments(1n, 2n, 3n, 4n), 10n))).toEqual(['reverted', 0n, 0n, 0n]);
    expect(await chain.node.getBalance({ address: multisend.address })).toBe(0n);
  });
});

async function authorize(from: PrivateKeyAccount, to: Address, value: bigint) {
  const message = {
    from: from.address,
    to,
    value,
    validAfter: 0n,
    validBefore: 2n ** 40n,
    nonce: toHex(1, { size: 32 }),
  };
  const signature = await from.signTypedData({
    domain: { name: 'USD Coin', version: '2', chainId: 31_337, verifyingContract: usdc.address },
    types: { TransferWithAuthorization: AUTHORIZATION_FIELDS },
    primaryType: 'TransferWithAuthorization',
    message,
  });
  return { ...message, ...splitSignature(signature) };
}

test('sendAuthorized sweeps holders without coins to where each has signed, or none of them', async () => {
  const holders = await Promise.all([chain.makeHolder(10n), chain.makeHolder(20n)]);
  for (const { address } of holders) await chain.node.setBalance({ address, value: 0n });
  const [to = refusing] = payees;
  const sweep = async (values: readonly bigint[]) => {
    const list = await Promise.all(
      holders.map((holder, index) => authorize(holder, to, values[index] ?? 0n)),
    );
    return await statusOf(
      chain
        .walletOf(payer)
        .writeContract({ ...multisend, functionName: 'sendAuthorized', args: [usdc.address, list], gas }),
    );
  };
  expect(await sweep([10n, 21n])).toBe('reverted');
  expect(await chain.usdcOf(to)).toBe(0n);
  expect(await sweep([10n, 20n])).toBe('success');
  expect(await chain.usdcOf(to)).toBe(30n);
});
