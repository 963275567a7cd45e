import fc from 'fast-check';
import { type Address, encodeFunctionData, erc20Abi, type Hex, parseAbi, zeroAddress } from 'viem';
import { multisendAbi } from '../contracts/Multisend.ts';
import { MULTISEND_PAYMENTS_MAX, NATIVE } from './calldata.ts';
import { decideSigning, type SigningDecision, type SigningPolicy, type UsedToday } from './signerPolicy.ts';
import type { AuthorizationRequest, TransactionRequest, TransactionToSign } from './signingRequest.ts';

const address = (digit: string): Address => `0x${digit.repeat(40)}`;
const [WALLET, TOKEN, MULTISEND, CUSTOMER, BLOCKED] = ['1', '2', '3', '4', '5'].map(address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const OTHER = address('6');
const CUSTODY = address('7');

const POLICY: SigningPolicy = {
  chainId: 137,
  assets: [
    { asset: TOKEN, perTransactionMinorMax: 1000n, perDayMinorMax: 2500n },
    { asset: NATIVE, perTransactionMinorMax: 50n, perDayMinorMax: 60n },
  ],
  multisendContracts: [MULTISEND],
  recipientKinds: new Set(['EXTERNAL', 'OWN_CUSTODY']),
  homeKinds: new Set(['OWN_CUSTODY']),
  knownRecipients: new Map([
    [BLOCKED, 'BLOCKED'],
    [CUSTODY, 'OWN_CUSTODY'],
  ]),
  maxFeePerGasWeiMax: 100n,
  transactionFeeWeiMax: 10_000_000n,
  authorizationSecondsMax: 3600n,
};
const NOTHING_USED: UsedToday = { atSeconds: 1_000_000n, amounts: [] };

const transfer = (to: Address, value: bigint): Hex =>
  encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, value] });
type Paid = readonly [to: Address, value: bigint];
const listOf = (paid: readonly Paid[]) => paid.map(([to, value]) => ({ to, value }));
/** Encoded by the interface of the contract as it is compiled, not by ours. */
const sendToken = (paid: readonly Paid[], token = TOKEN): Hex =>
  encodeFunctionData({ abi: multisendAbi, functionName: 'sendToken', args: [token, listOf(paid)] });
const sendPooled = (paid: readonly Paid[]): Hex =>
  encodeFunctionData({ abi: multisendAbi, functionName: 'sendTokenPooled', args: [TOKEN, listOf(paid)] });
const sendNative = (paid: readonly Paid[]): Hex =>
  encodeFunctionData({ abi: multisendAbi, functionName: 'sendNative', args: [listOf(paid)] });
const word: Hex = `0x${'ab'.repeat(32)}`;
const sendAuthorized = (paid: readonly Paid[]): Hex => {
  const window = { validAfter: 0n, validBefore: 9n, nonce: word, v: 27, r: word, s: word };
  const signed = listOf(paid).map((one) => ({ ...one, ...window, from: OTHER }));
  return encodeFunctionData({ abi: multisendAbi, functionName: 'sendAuthorized', args: [TOKEN, signed] });
};

function request(changes: Partial<TransactionToSign>): TransactionRequest {
  const base = { chainId: 137, nonce: 7, to: TOKEN, valueWei: 0n, data: transfer(CUSTOMER, 10n) };
  const fees = { gasLimit: 60_000n, maxFeePerGasWei: 100n, maxPriorityFeePerGasWei: 2n };
  return { kind: 'TRANSACTION', wallet: WALLET, transaction: { ...base, ...fees, ...changes } };
}

function authorization(
  changes: Partial<AuthorizationRequest['authorization']>,
  domain: object = {},
): AuthorizationRequest {
  const token = { name: 'USD Coin', version: '2', chainId: 137, verifyingContract: TOKEN };
  const window = { validAfterSeconds: 0n, validBeforeSeconds: 1_003_600n };
  const base = { from: WALLET, to: CUSTOMER, valueMinor: 10n, nonce: `0x${'ab'.repeat(32)}` as Hex };
  return {
    kind: 'TRANSFER_AUTHORIZATION',
    wallet: WALLET,
    domain: { ...token, ...domain },
    authorization: { ...base, ...window, ...changes },
  };
}

const decide = (changes: Partial<TransactionToSign>, used = NOTHING_USED): SigningDecision =>
  decideSigning(request(changes), POLICY, used);
const allowed = (asset: Address | typeof NATIVE, amountMinor: bigint) => ({
  outcome: 'ALLOWED',
  spent: [{ asset, amountMinor }],
});
const refused = (reason: string) => ({ outcome: 'REFUSED', reason });

test('what is on the lists is allowed, with what it spends', () => {
  expect(decide({})).toEqual(allowed(TOKEN, 10n));
  expect(decide({ to: CUSTOMER, data: '0x', valueWei: 50n })).toEqual(allowed(NATIVE, 50n));
  for (const send of [sendToken, sendPooled]) {
    const data = send([
      [CUSTOMER, 600n],
      [OTHER, 400n],
    ]);
    expect(decide({ to: MULTISEND, data })).toEqual(allowed(TOKEN, 1000n));
  }
  const coins: Paid[] = [
    [CUSTOMER, 20n],
    [OTHER, 30n],
  ];
  expect(decide({ to: MULTISEND, data: sendNative(coins), valueWei: 50n })).toEqual(allowed(NATIVE, 50n));
  expect(decideSigning(authorization({}), POLICY, NOTHING_USED)).toEqual(allowed(TOKEN, 10n));
});

test('an empty transaction to itself fills a nonce and spends nothing', () => {
  expect(decide({ to: WALLET, data: '0x' })).toEqual({ outcome: 'ALLOWED', spent: [] });
  expect(decide({ to: CUSTOMER, data: '0x' })).toEqual(refused('AMOUNT_NOT_POSITIVE'));
  expect(decide({ data: transfer(WALLET, 0n) })).toEqual(refused('AMOUNT_NOT_POSITIVE'));
  const empty = sendNative([[WALLET, 0n]]);
  expect(decide({ to: MULTISEND, data: empty })).toEqual(refused('AMOUNT_NOT_POSITIVE'));
});

test('submitting an authorization of somebody else spends nothing of the wallet, within the limits', () => {
  const abi = parseAbi([
    'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)',
  ]);
  const submit = (to: Address, value: bigint): Hex =>
    encodeFunctionData({ abi, args: [OTHER, to, value, 0n, 9n, word, 27, word, word] });
  const full: UsedToday = { atSeconds: 1n, amounts: [{ asset: TOKEN, amountMinor: 2500n }] };
  expect(decide({ data: submit(CUSTOMER, 1000n) }, full)).toEqual({ outcome: 'ALLOWED', spent: [] });
  expect(decide({ data: submit(CUSTOMER, 1001n) })).toEqual(refused('OVER_TRANSACTION_LIMIT'));
  expect(decide({ data: submit(BLOCKED, 1n) })).toEqual(refused('RECIPIENT_NOT_ALLOWED'));
  const sweep = (paid: readonly Paid[], to = MULTISEND) => decide({ to, data: sendAuthorized(paid) }, full);
  expect(sweep([[CUSTOMER, 1000n]])).toEqual({ outcome: 'ALLOWED', spent: [] });
  expect(sweep([[CUSTOMER, 1001n]])).toEqual(refused('OVER_TRANSACTION_LIMIT'));
  expect(sweep([[BLOCKED, 1n]])).toEqual(refused('RECIPIENT_NOT_ALLOWED'));
  expect(sweep([[CUSTOMER, 1n]], OTHER)).toEqual(refused('CONTRACT_NOT_ALLOWED'));
});

test('no limit counts what comes home to custody, and every limit what leaves with it', () => {
  const full: UsedToday = { atSeconds: 1n, amounts: [{ asset: TOKEN, amountMinor: 2500n }] };
  expect(decide({ data: transfer(CUSTODY, 9_999n) }, full)).toEqual({ outcome: 'ALLOWED', spent: [] });
  const both = sendPooled([
    [CUSTODY, 1000n],
    [CUSTOMER, 1n],
  ]);
  expect(decide({ to: MULTISEND, data: both })).toEqual(refused('OVER_TRANSACTION_LIMIT'));
  const tank = { ...POLICY, homeKinds: new Set<never>() };
  const refill = request({ data: transfer(CUSTODY, 1001n) });
  expect(decideSigning(refill, tank, NOTHING_USED)).toEqual(refused('OVER_TRANSACTION_LIMIT'));
});

const call = (text: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: parseAbi([text]) as readonly unknown[], args } as never);
const approve = (spender: Address, value: bigint): Hex =>
  call('function approve(address a, uint256 v)', [spender, value]);

test('the multisend contract may be allowed any amount of a listed token, which spends nothing', () => {
  for (const amount of [0n, 1n, 2n ** 256n - 1n]) {
    expect(decide({ data: approve(MULTISEND, amount) })).toEqual({ outcome: 'ALLOWED', spent: [] });
  }
  expect(decide({ data: approve(MULTISEND, 1n), maxFeePerGasWei: 101n })).toEqual(refused('FEE_TOO_HIGH'));
});

test.each<[string, Partial<TransactionToSign>, string]>([
  ['approve', { data: approve(CUSTOMER, 1n) }, 'CONTRACT'],
  ['approve for a wallet of ours', { data: approve(WALLET, 1n) }, 'CONTRACT'],
  ['approve for the token itself', { data: approve(TOKEN, 1n) }, 'CONTRACT'],
  ['approve on a token that is not listed', { to: OTHER, data: approve(MULTISEND, 1n) }, 'ASSET'],
  ['approve on the multisend contract', { to: MULTISEND, data: approve(MULTISEND, 1n) }, 'ASSET'],
  ['approve with coins', { data: approve(MULTISEND, 1n), valueWei: 1n }, 'METHOD'],
  ['approve with a tail', { data: `${approve(MULTISEND, 1n)}00` }, 'METHOD'],
  [
    'approve with a dirty address',
    { data: approve(MULTISEND, 1n).replace('095ea7b30', '095ea7b31') as Hex },
    'METHOD',
  ],
  [
    'increaseAllowance',
    { data: call('function increaseAllowance(address a, uint256 v)', [MULTISEND, 1n]) },
    'METHOD',
  ],
  [
    'permit',
    { data: call('function permit(address a, address b, uint256 v)', [WALLET, MULTISEND, 1n]) },
    'METHOD',
  ],
  [
    'transferFrom',
    { data: call('function transferFrom(address a, address b, uint256 v)', [OTHER, CUSTOMER, 1n]) },
    'METHOD',
  ],
  ['a selector alone', { data: '0xa9059cbb' }, 'METHOD'],
  ['a tail behind a transfer', { data: `${transfer(CUSTOMER, 1n)}00` }, 'METHOD'],
  ['a dirty address', { data: transfer(CUSTOMER, 1n).replace('a9059cbb0', 'a9059cbb1') as Hex }, 'METHOD'],
  ['no hex', { data: 'transfer' as Hex }, 'METHOD'],
  ['a new contract', { to: null, data: '0x6000' }, 'METHOD'],
  ['coins sent along with tokens', { valueWei: 1n }, 'METHOD'],
  ['empty lists', { to: MULTISEND, data: sendToken([]) }, 'METHOD'],
  ['more coins than are paid', { to: MULTISEND, data: sendNative([[CUSTOMER, 1n]]), valueWei: 2n }, 'METHOD'],
])('%s is refused', (_, changes, reason) => {
  expect(decide(changes)).toEqual(refused(`${reason}_NOT_ALLOWED`));
});

test.each<[string, Partial<TransactionToSign>, string]>([
  ['another chain', { chainId: 1 }, 'CHAIN_NOT_ALLOWED'],
  ['another token', { to: OTHER }, 'ASSET_NOT_ALLOWED'],
  ['another multisend', { to: OTHER, data: sendToken([[CUSTOMER, 1n]]) }, 'CONTRACT_NOT_ALLOWED'],
  ['another token in it', { to: MULTISEND, data: sendToken([[CUSTOMER, 1n]], OTHER) }, 'ASSET_NOT_ALLOWED'],
  ['a blocked recipient', { data: transfer(BLOCKED, 1n) }, 'RECIPIENT_NOT_ALLOWED'],
  [
    'one blocked of two',
    {
      to: MULTISEND,
      data: sendToken([
        [OTHER, 1n],
        [BLOCKED, 1n],
      ]),
    },
    'RECIPIENT_NOT_ALLOWED',
  ],
  ['the zero address', { data: transfer(zeroAddress, 1n) }, 'RECIPIENT_NOT_ALLOWED'],
  ['the token itself', { data: transfer(TOKEN, 1n) }, 'RECIPIENT_NOT_ALLOWED'],
  ['coins to the token', { data: '0x', valueWei: 1n }, 'RECIPIENT_NOT_ALLOWED'],
  ['nothing', { data: transfer(CUSTOMER, 0n) }, 'AMOUNT_NOT_POSITIVE'],
  ['too much', { data: transfer(CUSTOMER, 1001n) }, 'OVER_TRANSACTION_LIMIT'],
  [
    'too much in parts',
    {
      to: MULTISEND,
      data: sendToken([
        [CUSTOMER, 600n],
        [OTHER, 401n],
      ]),
    },
    'OVER_TRANSACTION_LIMIT',
  ],
  ['a fee over the cap', { maxFeePerGasWei: 101n }, 'FEE_TOO_HIGH'],
  ['a cost over the cap', { gasLimit: 100_001n }, 'FEE_TOO_HIGH'],
  ['a tip over the fee', { maxPriorityFeePerGasWei: 101n }, 'FEE_TOO_HIGH'],
  ['a negative fee', { maxFeePerGasWei: -1n, maxPriorityFeePerGasWei: -2n }, 'FEE_TOO_HIGH'],
  ['no gas', { gasLimit: 0n }, 'FEE_TOO_HIGH'],
])('%s is refused with its reason', (_, changes, reason) => {
  expect(decide(changes)).toEqual(refused(reason));
});

test.each<[string, AuthorizationRequest, string]>([
  ['of another wallet', authorization({ from: OTHER }), 'NOT_OF_THIS_WALLET'],
  ['for another chain', authorization({}, { chainId: 1 }), 'CHAIN_NOT_ALLOWED'],
  ['for another token', authorization({}, { verifyingContract: OTHER }), 'ASSET_NOT_ALLOWED'],
  ['to a blocked recipient', authorization({ to: BLOCKED }), 'RECIPIENT_NOT_ALLOWED'],
  ['over the limit', authorization({ valueMinor: 1001n }), 'OVER_TRANSACTION_LIMIT'],
  ['open for too long', authorization({ validBeforeSeconds: 1_003_601n }), 'WINDOW_NOT_ALLOWED'],
  ['over already', authorization({ validBeforeSeconds: 1_000_000n }), 'WINDOW_NOT_ALLOWED'],
  ['not open yet', authorization({ validAfterSeconds: 1_000_001n }), 'WINDOW_NOT_ALLOWED'],
])('an authorization %s is refused', (_, asked, reason) => {
  expect(decideSigning(asked, POLICY, NOTHING_USED)).toEqual(refused(reason));
});

test('a batch has a size, and a token of mixed letter case is the same token', () => {
  const times = (count: number) => Array.from({ length: count }, (): Paid => [CUSTOMER, 1n]);
  const [most, more] = [MULTISEND_PAYMENTS_MAX, MULTISEND_PAYMENTS_MAX + 1];
  expect(decide({ to: MULTISEND, data: sendToken(times(most)) })).toEqual(allowed(TOKEN, BigInt(most)));
  expect(decide({ to: MULTISEND, data: sendAuthorized(times(most)) }).outcome).toBe('ALLOWED');
  expect(decide({ to: MULTISEND, data: sendToken(times(more)) })).toEqual(refused('METHOD_NOT_ALLOWED'));
  const lower: Address = '0x3c499c542cef5e3811e1192ce70d8cc03d5c3359';
  const limit = { asset: lower, perTransactionMinorMax: 10n, perDayMinorMax: 10n };
  const mixed = request({ to: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359' });
  expect(decideSigning(mixed, { ...POLICY, assets: [limit] }, NOTHING_USED).outcome).toBe('ALLOWED');
});

test('however a day is cut up, a wallet never signs away more than its limit', () => {
  const amounts = fc.array(fc.bigInt(1n, 1200n), { maxLength: 20 });
  fc.assert(
    fc.property(amounts, (wanted) => {
      const spent: { asset: Address | typeof NATIVE; amountMinor: bigint }[] = [];
      for (const amount of wanted) {
        const used = spent.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
        const decision = decide({ data: transfer(CUSTOMER, amount) }, { atSeconds: 1n, amounts: spent });
        const fits = amount <= 1000n && used + amount <= 2500n;
        expect(decision.outcome).toBe(fits ? 'ALLOWED' : 'REFUSED');
        if (decision.outcome === 'ALLOWED') spent.push(...decision.spent);
      }
    }),
  );
});

test('no bytes outside the list are ever allowed', () => {
  const bytes = fc
    .uint8Array({ minLength: 1, maxLength: 200 })
    .map((b): Hex => `0x${Buffer.from(b).toString('hex')}`);
  const known = fc.constantFrom(transfer(CUSTOMER, 5n), sendToken([[CUSTOMER, 5n]]));
  const tails = fc.tuple(known, bytes).map(([head, tail]): Hex => `${head}${tail.slice(2)}`);
  const to = fc.constantFrom(TOKEN, MULTISEND, CUSTOMER, WALLET, null);
  fc.assert(
    fc.property(fc.oneof(bytes, tails), to, fc.bigInt(0n, 50n), (data, target, valueWei) => {
      expect(decide({ data, to: target, valueWei }).outcome).toBe('REFUSED');
    }),
    { numRuns: 500 },
  );
});
