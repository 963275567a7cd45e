import type { Address, Hex } from 'viem';
import { newUuid } from '../../../platform/id.ts';
import type { NetworkConfig } from '../network.ts';
import type { BlockTransaction, ChainLog, FullBlock } from '../rpc/chainReader.ts';
import type { OwnAddress } from './addressBook.ts';
import { type Answers, balanceKey, questionsOf, readDeposits, TRANSFER_TOPIC } from './readDeposits.ts';

const address = (digit: string): Address => `0x${digit.repeat(40)}`;
const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;
const [usdc, fee, unknown, stranger] = [address('a'), address('b'), address('c'), address('d')];
const [deposit, other, custody, foreign, tank] = ['1', '2', '3', '4', '5'].map(address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const [organizationId, walletId] = [newUuid(), newUuid()];
const asset = (code: string, contract: Address | null, transfersExactly = true) => ({
  asset: code,
  contract,
  scale: 6,
  depositMinimumMinor: 10n,
  transfersExactly,
  hasAuthorizations: false,
  sweepFromMinor: 0n,
  perTransactionMinorMax: 0n,
  perDayMinorMax: 0n,
});
const config = {
  code: 'LOCAL',
  nativeAsset: 'ETH',
  assets: [asset('USDC', `0x${'A'.repeat(40)}`), asset('FEE', fee, false), asset('ETH', null)],
} as unknown as NetworkConfig;
const own = (purpose: OwnAddress['purpose'], held: string | null, of = organizationId): OwnAddress => ({
  organizationId: purpose === 'TANK' ? null : of,
  purpose,
  walletId: held === null ? null : walletId,
  asset: held,
});
const addresses = new Map<string, OwnAddress>([
  [deposit, own('DEPOSIT', 'USDC')],
  [other, own('DEPOSIT', 'ETH')],
  [custody, own('CUSTODY', null)],
  [foreign, own('DEPOSIT', 'USDC', newUuid())],
  [tank, own('TANK', null)],
]);
const book = { find: (one: string) => addresses.get(one) };
const none: Answers = { failed: new Set(), gained: new Map() };

const topic = (one: Address): Hex => `0x${'0'.repeat(24)}${one.slice(2)}`;
const word = (amount: bigint): Hex => `0x${amount.toString(16).padStart(64, '0')}`;
function log(to: Address, amount: bigint, given: Partial<ChainLog> & { from?: Address } = {}): ChainLog {
  return {
    contract: usdc,
    topics: [TRANSFER_TOPIC, topic(given.from ?? stranger), topic(to)],
    data: word(amount),
    blockNumber: 7n,
    blockHash: hash('7'),
    transactionHash: hash('e'),
    logIndex: 0,
    ...given,
  };
}
function coin(to: Address | null, valueWei: bigint, from: Address = stranger): BlockTransaction {
  return { hash: hash('f'), from, to, valueWei, nonce: 0n };
}
function block(...transactions: readonly BlockTransaction[]): FullBlock {
  return {
    number: 7n,
    hash: hash('7'),
    parentHash: hash('6'),
    timestampMs: 0,
    baseFeePerGasWei: null,
    transactions,
  };
}
function read(logs: readonly ChainLog[], transactions: readonly BlockTransaction[] = [], answers = none) {
  const { deposits, ignored } = readDeposits(block(...transactions), logs, book, config, answers);
  const told = deposits.map((one) => `${one.amountMinor} ${one.asset} ${one.credits}`);
  return [...told, ...ignored];
}

test.each<[string, readonly ChainLog[], readonly BlockTransaction[], readonly string[]]>([
  ['a listed token credits its Wallet', [log(deposit, 10n)], [], ['10 USDC WALLET']],
  ['an unknown token is nothing', [log(deposit, 10n, { contract: unknown })], [], ['UNKNOWN_TOKEN']],
  ['a zero value is nothing', [log(deposit, 0n)], [], ['ZERO_VALUE']],
  ['dust goes to suspense', [log(deposit, 9n)], [], ['9 USDC SUSPENSE']],
  ['another asset than the Wallet holds goes to suspense', [log(other, 10n)], [], ['10 USDC SUSPENSE']],
  ['a token at custody goes to suspense', [log(custody, 10n)], [], ['10 USDC SUSPENSE']],
  ['39 digits are not money', [log(deposit, 10n ** 38n)], [], ['TOO_LARGE']],
  ['38 digits are', [log(deposit, 10n ** 38n - 1n)], [], [`${'9'.repeat(38)} USDC WALLET`]],
  ['a poisoned history is not even counted', [log(stranger, 0n, { from: deposit })], [], []],
  ['a stranger is nobody of ours', [log(stranger, 10n)], [coin(stranger, 10n)], []],
  [
    'an ERC-721 names three topics',
    [log(deposit, 10n, { topics: [...log(deposit, 1n).topics, word(1n)] })],
    [],
    [],
  ],
  ['a sweep is no deposit', [log(custody, 10n, { from: deposit })], [coin(custody, 10n, other)], []],
  [
    'a payment to a Wallet of the same organization is',
    [log(deposit, 10n, { from: custody })],
    [],
    ['10 USDC WALLET'],
  ],
  ['a payment to another organization is', [log(foreign, 10n, { from: custody })], [], ['10 USDC WALLET']],
  ['a coin credits its Wallet', [], [coin(other, 10n)], ['10 ETH WALLET']],
  ['a coin at an address for tokens goes to suspense', [], [coin(deposit, 10n)], ['10 ETH SUSPENSE']],
  ['a coin at custody is gas', [], [coin(custody, 1n)], ['1 ETH GAS']],
  [
    'a coin from the tank is gas',
    [],
    [coin(other, 10n, tank), coin(custody, 2n, tank)],
    ['10 ETH GAS', '2 ETH GAS'],
  ],
  ['a coin at the tank is nobody’s', [], [coin(tank, 10n)], []],
  ['a contract that is made gets nothing', [], [coin(null, 10n)], []],
  ['our cancellation is nothing', [], [coin(custody, 0n, custody)], []],
])('%s', (_, logs, transactions, told) => {
  expect(read(logs, transactions)).toEqual(told);
});

test('a failed transaction brings no coin, and each that would is asked about', () => {
  const transactions = [coin(other, 10n)];
  expect(questionsOf(block(...transactions), [], book, config).receiptsOf).toEqual([hash('f')]);
  expect(read([], transactions, { ...none, failed: new Set([hash('f')]) })).toEqual(['REVERTED']);
});

test('several logs of one transaction are deposits of their own, whatever case they are written in', () => {
  const logs = [log(deposit, 10n), log(foreign, 20n, { logIndex: 1 })];
  const shouting = logs.map((one) => ({
    ...one,
    contract: one.contract.toUpperCase().replace('X', 'x') as Address,
    topics: one.topics.map((each) => each.toUpperCase().replace('X', 'x') as Hex),
    transactionHash: one.transactionHash.toUpperCase().replace('X', 'x') as Hex,
  }));
  const expected = readDeposits(block(), logs, book, config, none);
  expect(expected.deposits.map(({ logIndex, accountId }) => [logIndex, accountId])).toEqual([
    [0, walletId],
    [1, walletId],
  ]);
  expect(readDeposits(block(), shouting, book, config, none)).toEqual(expected);
});

test('of a token that delivers less than it says, what the balance gained is shared out and no more', () => {
  const logs = [
    log(deposit, 100n, { contract: fee }),
    log(deposit, 100n, { contract: fee, logIndex: 1 }),
    log(stranger, 50n, { contract: fee, logIndex: 2, from: deposit }),
  ];
  expect(questionsOf(block(), logs, book, config).balancesOf).toEqual([{ contract: fee, owner: deposit }]);
  const gained = new Map([[balanceKey(fee, deposit), 130n]]);
  expect(read(logs, [], { ...none, gained })).toEqual(['100 FEE SUSPENSE', '80 FEE SUSPENSE']);
  expect(read(logs)).toEqual(['ZERO_VALUE', 'ZERO_VALUE']);
});
