import { type Address, encodeFunctionData, erc20Abi, type Hex } from 'viem';
import { newUuid } from '../../../platform/id.ts';
import { multisendAbi } from '../contracts/Multisend.ts';
import type { NetworkConfig } from '../network.ts';
import type { AskedAttempt, AskedAuthorization, AskedTransaction, CarriedSend, Signatory } from './asked.ts';
import { refusalOfAuthorization, refusalOfIntent } from './intent.ts';

const address = (digit: string): Address => `0x${digit.repeat(40)}`;
const [CUSTODY, TOKEN, MULTISEND] = [address('1'), address('2'), address('3')];
const [ANN, BOB, DEPOSIT] = [address('4'), address('5'), address('6')];
const ORGANIZATION = newUuid();
const TRANSACTION = newUuid();
const WORD: Hex = `0x${'ab'.repeat(32)}`;

const NETWORK = {
  code: 'LOCAL',
  multisend: MULTISEND,
  assets: [
    { asset: 'USDC', contract: TOKEN, hasAuthorizations: true },
    { asset: 'ETH', contract: null, hasAuthorizations: false },
  ],
} as unknown as NetworkConfig;
const signatory: Signatory = {
  network: 'LOCAL',
  address: CUSTODY,
  organizationId: ORGANIZATION,
  purpose: 'CUSTODY',
};

function send(to: Address, amountMinor: bigint, changes: Partial<CarriedSend> = {}): CarriedSend {
  const none = { authorizationNonce: null, authorizationState: null, isCancelAsked: false };
  const what = { asset: 'USDC', purpose: 'PAYMENT', state: 'PLANNED', from: CUSTODY } as const;
  const whose = { id: newUuid(), transactionId: TRANSACTION, organizationId: ORGANIZATION };
  return { ...whose, ...what, ...none, to, amountMinor, ...changes };
}

function transaction(kind: AskedTransaction['kind'], changes: Partial<AskedTransaction> = {}) {
  const base = { id: TRANSACTION, network: 'LOCAL', from: CUSTODY, state: 'PLANNED', nonce: null } as const;
  return { ...base, kind, ...changes };
}

function attempt(to: Address, data: Hex, changes: Partial<AskedAttempt> = {}): AskedAttempt {
  const fees = { gasLimit: 60_000n, maxFeePerGasWei: 9n, maxPriorityFeePerGasWei: 1n };
  return {
    transactionId: TRANSACTION,
    number: 1,
    purpose: 'FIRST',
    valueWei: 0n,
    ...fees,
    to,
    data,
    ...changes,
  };
}

const transfer = (to: Address, value: bigint): Hex =>
  encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, value] });
type Paid = readonly [to: Address, value: bigint];
const sendToken = (paid: readonly Paid[], token = TOKEN): Hex => {
  const list = paid.map(([to, value]) => ({ to, value }));
  return encodeFunctionData({ abi: multisendAbi, functionName: 'sendTokenPooled', args: [token, list] });
};
const sendAuthorized = (from: Address, to: Address, value: bigint, nonce = WORD): Hex => {
  const one = { from, to, value, validAfter: 0n, validBefore: 9n, nonce, v: 27, r: WORD, s: WORD };
  return encodeFunctionData({ abi: multisendAbi, functionName: 'sendAuthorized', args: [TOKEN, [one]] });
};

const one = transaction('TRANSFER');
const many = transaction('MULTISEND');
const first = attempt(TOKEN, transfer(ANN, 10n));
const pay = (kind: AskedTransaction, asked: AskedAttempt, sends: readonly CarriedSend[], who = signatory) =>
  refusalOfIntent(kind, asked, sends, who, NETWORK);

test('what does exactly what is carried is signed, whatever the order', () => {
  expect(pay(one, first, [send(ANN, 10n)])).toBeNull();
  const coins = attempt(ANN, '0x', { valueWei: 10n });
  expect(pay(one, coins, [send(ANN, 10n, { asset: 'ETH' })])).toBeNull();
  const pooled = attempt(
    MULTISEND,
    sendToken([
      [BOB, 5n],
      [ANN, 10n],
      [ANN, 10n],
    ]),
  );
  expect(pay(many, pooled, [send(ANN, 10n), send(ANN, 10n), send(BOB, 5n)])).toBeNull();
});

test.each<[string, AskedAttempt, readonly CarriedSend[]]>([
  ['another recipient', attempt(TOKEN, transfer(BOB, 10n)), [send(ANN, 10n)]],
  ['more', attempt(TOKEN, transfer(ANN, 11n)), [send(ANN, 10n)]],
  ['another asset', attempt(TOKEN, transfer(ANN, 10n)), [send(ANN, 10n, { asset: 'ETH' })]],
  ['an asset that is not listed', attempt(TOKEN, transfer(ANN, 10n)), [send(ANN, 10n, { asset: 'EURC' })]],
  ['another token', attempt(BOB, transfer(ANN, 10n)), [send(ANN, 10n)]],
  ['nothing that is carried', first, []],
  ['one of two', first, [send(ANN, 10n), send(BOB, 1n)]],
  ['a send that is queued again', first, [send(ANN, 10n, { state: 'QUEUED' })]],
  ['a send that has gone out', first, [send(ANN, 10n, { state: 'BROADCAST' })]],
  ['a send that was canceled', first, [send(ANN, 10n, { state: 'CANCELED' })]],
  ['no call at all', attempt(TOKEN, '0x12345678'), [send(ANN, 10n)]],
  ['somebody else paying', attempt(MULTISEND, sendAuthorized(ANN, BOB, 10n)), [send(BOB, 10n)]],
])('a transfer that does %s is not signed', (_, asked, sends) => {
  expect(pay(one, asked, sends)).toBe('NOT_THE_SENDS');
});

test.each<[string, readonly Paid[]]>([
  [
    'leaves one out',
    [
      [ANN, 10n],
      [BOB, 5n],
    ],
  ],
  [
    'pays one twice',
    [
      [ANN, 10n],
      [ANN, 10n],
      [BOB, 5n],
      [BOB, 5n],
    ],
  ],
  [
    'pays one more',
    [
      [ANN, 10n],
      [ANN, 10n],
      [BOB, 5n],
      [BOB, 1n],
    ],
  ],
  [
    'moves amounts about',
    [
      [ANN, 10n],
      [ANN, 9n],
      [BOB, 6n],
    ],
  ],
])('a multisend that %s is not signed', (_, paid) => {
  const sends = [send(ANN, 10n), send(ANN, 10n), send(BOB, 5n)];
  expect(pay(many, attempt(MULTISEND, sendToken(paid)), sends)).toBe('NOT_THE_SENDS');
});

test('a send that somebody asked to cancel is not signed for the first time, and is replaced all the same', () => {
  const sends = [send(ANN, 10n, { isCancelAsked: true })];
  expect(pay(one, first, sends)).toBe('CANCEL_ASKED');
  const open = transaction('TRANSFER', { state: 'BROADCAST', nonce: 3n });
  const gone = [send(ANN, 10n, { isCancelAsked: true, state: 'BROADCAST' })];
  expect(pay(open, { ...first, number: 2, purpose: 'BUMP' }, gone)).toBeNull();
  expect(pay(open, attempt(TOKEN, transfer(BOB, 10n), { number: 2, purpose: 'BUMP' }), gone)).toBe(
    'NOT_THE_SENDS',
  );
});

test('a nonce belongs to one first attempt, and replacements to what has one', () => {
  expect(pay(transaction('TRANSFER', { state: 'SIGNED', nonce: 3n }), first, [send(ANN, 10n)])).toBe(
    'NOT_PLANNED',
  );
  expect(pay(one, { ...first, purpose: 'BUMP' }, [send(ANN, 10n)])).toBe('NOT_OPEN');
  const over = transaction('TRANSFER', { state: 'FINAL', nonce: 3n });
  expect(pay(over, { ...first, purpose: 'BUMP' }, [send(ANN, 10n, { state: 'FINAL' })])).toBe('NOT_OPEN');
});

test('a cancellation does nothing', () => {
  const open = transaction('TRANSFER', { state: 'BROADCAST', nonce: 3n });
  const cancel = attempt(CUSTODY, '0x', { number: 2, purpose: 'CANCEL', gasLimit: 21_000n });
  expect(pay(open, cancel, [send(ANN, 10n, { state: 'BROADCAST' })])).toBeNull();
  for (const changes of [{ to: ANN }, { valueWei: 1n }, { data: '0x00' }, { gasLimit: 21_001n }] as const) {
    expect(pay(open, { ...cancel, ...changes }, [])).toBe('NOT_A_CANCELLATION');
  }
  expect(pay(one, cancel, [])).toBe('NOT_OPEN');
});

test.each<[string, Partial<Signatory>, Partial<CarriedSend>]>([
  ['a deposit address pays', { purpose: 'DEPOSIT' }, {}],
  ['the tank pays', { purpose: 'TANK', organizationId: null }, {}],
  ['custody refills', {}, { purpose: 'REFILL' }],
  ['custody sweeps by itself', {}, { purpose: 'SWEEP' }],
  ['one organization pays for another', { organizationId: newUuid() }, {}],
  ['a send is from another address', {}, { from: BOB }],
])('nothing is signed when %s', (_, who, what) => {
  expect(pay(one, first, [send(ANN, 10n, what)], { ...signatory, ...who })).toBe('NOT_FROM_HERE');
});

test('an allowance carries no sends and is given by custody only', () => {
  const args = [MULTISEND, 1n] as const;
  const approve = attempt(TOKEN, encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args }));
  expect(pay(transaction('APPROVAL'), approve, [])).toBeNull();
  expect(pay(transaction('APPROVAL'), first, [])).toBe('NOT_THE_SENDS');
  expect(pay(transaction('APPROVAL'), approve, [send(ANN, 1n)])).toBe('NOT_FROM_HERE');
  expect(pay(transaction('APPROVAL'), approve, [], { ...signatory, purpose: 'DEPOSIT' })).toBe(
    'NOT_FROM_HERE',
  );
  expect(pay(one, approve, [send(MULTISEND, 1n)])).toBe('NOT_THE_SENDS');
});

test('a sweep hands in the very authorizations that are signed for its sends', () => {
  const signed = { authorizationNonce: WORD, authorizationState: 'SIGNED' } as const;
  const sweep = send(CUSTODY, 10n, { purpose: 'SWEEP', from: DEPOSIT, ...signed });
  const kind = transaction('SWEEP');
  const asked = attempt(MULTISEND, sendAuthorized(DEPOSIT, CUSTODY, 10n));
  expect(pay(kind, asked, [sweep])).toBeNull();
  expect(pay(kind, asked, [{ ...sweep, authorizationState: 'ASKED' }])).toBe('NOT_THE_SENDS');
  expect(pay(kind, asked, [{ ...sweep, authorizationNonce: null }])).toBe('NOT_THE_SENDS');
  expect(pay(kind, asked, [{ ...sweep, from: BOB }])).toBe('NOT_THE_SENDS');
  expect(pay(kind, asked, [{ ...sweep, amountMinor: 9n }])).toBe('NOT_THE_SENDS');
  expect(pay(kind, asked, [{ ...sweep, organizationId: newUuid() }])).toBe('NOT_FROM_HERE');
  expect(pay(kind, first, [send(ANN, 10n, { purpose: 'SWEEP', ...signed })])).toBe('NOT_THE_SENDS');
});

test('an authorization is signed for a sweep of its own holder, until that is canceled', () => {
  const holder: Signatory = { ...signatory, address: DEPOSIT, purpose: 'DEPOSIT' };
  const asked: AskedAuthorization = {
    sendId: newUuid(),
    network: 'LOCAL',
    contract: TOKEN,
    authorizer: DEPOSIT,
    nonce: WORD,
    validAfterSeconds: 0n,
    validBeforeSeconds: 9n,
    send: send(CUSTODY, 10n, { purpose: 'SWEEP', from: DEPOSIT, state: 'QUEUED' }),
  };
  const decide = (changes: Partial<CarriedSend>, what: Partial<AskedAuthorization> = {}, who = holder) =>
    refusalOfAuthorization({ ...asked, ...what, send: { ...asked.send, ...changes } }, who, NETWORK);
  expect(decide({})).toBeNull();
  expect(decide({ isCancelAsked: true })).toBe('CANCEL_ASKED');
  expect(decide({ state: 'FAILED' })).toBe('NOT_PLANNED');
  expect(decide({ purpose: 'PAYMENT' })).toBe('NOT_FROM_HERE');
  expect(decide({}, {}, signatory)).toBe('NOT_FROM_HERE');
  expect(decide({ organizationId: newUuid() })).toBe('NOT_FROM_HERE');
  expect(decide({ from: ANN })).toBe('NOT_THE_SENDS');
  expect(decide({}, { contract: MULTISEND })).toBe('NOT_THE_SENDS');
  expect(decide({ asset: 'ETH' })).toBe('NOT_THE_SENDS');
});
