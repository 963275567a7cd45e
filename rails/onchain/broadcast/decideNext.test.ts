import fc from 'fast-check';
import { newUuid } from '../../../platform/id.ts';
import type { FeePolicy } from '../network.ts';
import type { BroadcastOutcome } from '../rpc/chainReader.ts';
import {
  type BroadcastView,
  decideNext,
  type Handed,
  type Market,
  type OpenAttempt,
  type OpenTransaction,
} from './decideNext.ts';

const POLICY: FeePolicy = {
  priorityFeePerGasWeiMin: 2n,
  maxFeePerGasWeiMax: 1_000n,
  transactionFeeWeiMax: 30_000_000n,
  bumpPerMille: 125,
  bumpAfterBlocks: 4,
  bumpsMax: 3,
};
const MARKET: Market = { baseFeePerGasWei: 50n, priorityFeePerGasWei: 3n, noncesUsed: 7n };

function attempt(changes: Partial<OpenAttempt> = {}): OpenAttempt {
  const fees = { gasLimit: 30_000n, maxFeePerGasWei: 100n, maxPriorityFeePerGasWei: 8n };
  return { number: 1, purpose: 'FIRST', state: 'SIGNED', ...fees, ...changes };
}

function transaction(changes: Partial<OpenTransaction> = {}): OpenTransaction {
  return {
    id: newUuid(),
    from: '0x1111111111111111111111111111111111111111',
    nonce: 7n,
    kind: 'TRANSFER',
    state: 'BROADCAST',
    isCancelAsked: false,
    isAccelerateAsked: false,
    attempts: [attempt()],
    ...changes,
  };
}

function handed(outcome: BroadcastOutcome = 'ACCEPTED', changes: Partial<Handed> = {}): Handed {
  return { number: 1, firstAtHead: 10n, lastAtHead: 10n, outcome, ...changes };
}

function view(changes: Partial<BroadcastView> = {}): BroadcastView {
  return { headNumber: 10n, isFirstOfLane: true, handed: handed(), market: MARKET, ...changes };
}

const decide = (one: Partial<OpenTransaction> = {}, seen: Partial<BroadcastView> = {}) =>
  decideNext(transaction(one), view(seen), POLICY);
const NOTHING = { hand: null, ask: null, clearsAsked: false, needsMarket: false };
const BUMP = {
  number: 2,
  purpose: 'BUMP',
  gasLimit: 30_000n,
  maxFeePerGasWei: 113n,
  maxPriorityFeePerGasWei: 9n,
};
const CANCEL = { ...BUMP, purpose: 'CANCEL', gasLimit: 21_000n };

test('what was not handed in is, and what was is left alone for some blocks', () => {
  expect(decide({}, { handed: null })).toEqual({ ...NOTHING, hand: 1 });
  expect(decide({}, { headNumber: 12n })).toEqual(NOTHING);
  expect(decide({}, { headNumber: 13n })).toEqual({ ...NOTHING, hand: 1 });
  expect(decide({}, { headNumber: 9n }).hand).toBe(1);
});

test('what was not taken is handed in again with the next block', () => {
  for (const outcome of ['UNKNOWN', 'INSUFFICIENT_FUNDS'] as const) {
    expect(decide({}, { handed: handed(outcome) })).toEqual(NOTHING);
    expect(decide({}, { handed: handed(outcome), headNumber: 11n })).toEqual({ ...NOTHING, hand: 1 });
  }
});

test('the newest signed attempt is the one that is handed in', () => {
  const attempts = [
    attempt(),
    attempt({ number: 2, purpose: 'BUMP' }),
    attempt({ number: 3, purpose: 'BUMP', state: 'REFUSED' }),
  ];
  expect(decide({ attempts }).hand).toBe(2);
  expect(decide({ attempts: [attempt({ state: 'ASKED' })] }, { handed: null })).toEqual(NOTHING);
});

test('what no block takes for long is replaced, by an eighth more in both fees', () => {
  expect(decide({}, { headNumber: 13n }).ask).toBeNull();
  expect(decide({}, { headNumber: 14n, market: null })).toMatchObject({ ask: null, needsMarket: true });
  expect(decide({}, { headNumber: 14n })).toEqual({ ...NOTHING, hand: 1, ask: BUMP });
});

test('the market is followed where it asks for more', () => {
  const market = { ...MARKET, baseFeePerGasWei: 200n, priorityFeePerGasWei: 20n };
  expect(decide({}, { headNumber: 14n, market }).ask).toMatchObject({
    maxFeePerGasWei: 420n,
    maxPriorityFeePerGasWei: 20n,
  });
  const high = { ...market, baseFeePerGasWei: 5_000n };
  expect(decide({}, { headNumber: 14n, market: high }).ask).toMatchObject({ maxFeePerGasWei: 1_000n });
});

test('nothing is asked for when the caps leave no replacement that nodes would take', () => {
  const attempts = [attempt({ maxFeePerGasWei: 900n })];
  expect(decide({ attempts }, { headNumber: 14n }).ask).toBeNull();
  const heavy = [attempt({ gasLimit: 270_000n })];
  expect(decide({ attempts: heavy }, { headNumber: 14n }).ask).toBeNull();
});

test('a nonce that is used up, or money that is missing, is not replaced', () => {
  expect(decide({}, { headNumber: 14n, market: { ...MARKET, noncesUsed: 8n } }).ask).toBeNull();
  for (const outcome of ['NONCE_USED', 'INSUFFICIENT_FUNDS'] as const) {
    expect(decide({}, { headNumber: 99n, handed: handed(outcome) }).ask).toBeNull();
  }
});

test('what waits for a lower nonce is replaced only when blocks ask for more than it offers', () => {
  const waiting = { headNumber: 14n, isFirstOfLane: false };
  expect(decide({}, waiting).ask).toBeNull();
  expect(decide({}, { ...waiting, market: { ...MARKET, baseFeePerGasWei: 101n } }).ask).not.toBeNull();
});

test('replacements by themselves have an end, those that somebody asks for have none', () => {
  const attempts = [1, 2, 3, 4].map((number) =>
    attempt({ number, purpose: number === 1 ? 'FIRST' : 'BUMP' }),
  );
  const late = { headNumber: 99n, handed: handed('ACCEPTED', { number: 4 }) };
  expect(decide({ attempts }, late)).toEqual({ ...NOTHING, hand: 4 });
  expect(decide({ attempts, isAccelerateAsked: true }, late)).toMatchObject({
    ask: { number: 5, purpose: 'BUMP' },
    clearsAsked: true,
  });
});

test('to accelerate asks at once, and what cannot go faster is answered too', () => {
  expect(decide({ isAccelerateAsked: true })).toEqual({ ...NOTHING, ask: BUMP, clearsAsked: true });
  expect(decide({ isAccelerateAsked: true }, { market: null })).toEqual({ ...NOTHING, needsMarket: true });
  const attempts = [attempt({ maxFeePerGasWei: 1_000n })];
  expect(decide({ isAccelerateAsked: true, attempts })).toEqual({ ...NOTHING, clearsAsked: true });
});

test('one payment alone is canceled with its nonce; of several none can be taken out', () => {
  expect(decide({ isCancelAsked: true })).toEqual({ ...NOTHING, ask: CANCEL, clearsAsked: true });
  expect(decide({ isCancelAsked: true, kind: 'MULTISEND' })).toEqual({ ...NOTHING, clearsAsked: true });
  const attempts = [attempt(), attempt({ ...CANCEL, purpose: 'CANCEL' })];
  const seen = { handed: handed('ACCEPTED', { number: 2 }) };
  expect(decide({ isCancelAsked: true, attempts }, seen)).toEqual({ ...NOTHING, clearsAsked: true });
  expect(decide({ isAccelerateAsked: true, attempts }, seen).ask).toMatchObject({
    number: 3,
    purpose: 'CANCEL',
  });
});

test('what nobody has seen is not handed in while its cancellation is asked for', () => {
  const unseen = { handed: null };
  expect(decide({ state: 'SIGNED', isCancelAsked: true }, unseen)).toMatchObject({
    hand: null,
    ask: CANCEL,
  });
  const attempts = [attempt(), attempt({ number: 2, purpose: 'CANCEL', state: 'ASKED' })];
  expect(decide({ state: 'SIGNED', attempts }, unseen)).toEqual(NOTHING);
  expect(decide({ state: 'BROADCAST', attempts }, unseen).hand).toBe(1);
});

test('the nonce of what no node takes is taken up by a cancellation, once', () => {
  const seen = { handed: handed('INVALID') };
  expect(decide({}, seen)).toEqual({ ...NOTHING, ask: CANCEL });
  const attempts = [attempt(), attempt({ number: 2, purpose: 'CANCEL', state: 'REFUSED' })];
  expect(decide({ attempts }, seen).ask).toBeNull();
});

test('whatever happens, fees only grow, caps hold, one is asked at a time and the nonce is one', () => {
  const outcome = fc.constantFrom<BroadcastOutcome>(
    'ACCEPTED',
    'NONCE_USED',
    'UNDERPRICED',
    'INSUFFICIENT_FUNDS',
    'INVALID',
    'UNKNOWN',
  );
  const moment = fc.record({
    outcome,
    blocks: fc.bigInt(0n, 6n),
    base: fc.bigInt(0n, 1_500n),
    tip: fc.bigInt(0n, 60n),
    cancel: fc.boolean(),
    accelerate: fc.boolean(),
    isRefused: fc.boolean(),
    isSigned: fc.boolean(),
    isFirstOfLane: fc.boolean(),
  });
  const first = fc.record({
    maxFeePerGasWei: fc.bigInt(8n, 1_000n),
    maxPriorityFeePerGasWei: fc.bigInt(0n, 8n),
    gasLimit: fc.bigInt(21_000n, 30_000n),
  });
  fc.assert(
    fc.property(first, fc.array(moment, { maxLength: 40 }), (start, moments) => {
      let one = transaction({ attempts: [attempt(start)], state: 'SIGNED' });
      let last: Handed | null = null;
      let head = 10n;
      for (const now of moments) {
        head += now.blocks;
        const asking = { isCancelAsked: now.cancel, isAccelerateAsked: now.accelerate };
        const market = { baseFeePerGasWei: now.base, priorityFeePerGasWei: now.tip, noncesUsed: 7n };
        const seen = { headNumber: head, isFirstOfLane: now.isFirstOfLane, handed: last, market };
        const next = decideNext({ ...one, ...asking }, seen, POLICY);
        if (next.hand !== null) {
          expect(one.attempts.findLast(({ state }) => state === 'SIGNED')?.number).toBe(next.hand);
          last = { number: next.hand, firstAtHead: head, lastAtHead: head, outcome: now.outcome };
        }
        const open = one.attempts.filter(({ state }) => state === 'ASKED');
        if (next.ask !== null) {
          const { ask } = next;
          expect(open).toEqual([]);
          expect(ask.number).toBe(one.attempts.length + 1);
          expect('nonce' in ask).toBe(false);
          for (const before of one.attempts.filter(({ state }) => state === 'SIGNED')) {
            expect(ask.maxFeePerGasWei * 1_000n >= before.maxFeePerGasWei * 1_125n).toBe(true);
            expect(ask.maxPriorityFeePerGasWei * 1_000n >= before.maxPriorityFeePerGasWei * 1_125n).toBe(
              true,
            );
            expect(ask.maxPriorityFeePerGasWei > before.maxPriorityFeePerGasWei).toBe(true);
          }
          expect(ask.maxPriorityFeePerGasWei <= ask.maxFeePerGasWei).toBe(true);
          expect(ask.maxFeePerGasWei <= POLICY.maxFeePerGasWeiMax).toBe(true);
          expect(ask.maxFeePerGasWei * ask.gasLimit <= POLICY.transactionFeeWeiMax).toBe(true);
          one = { ...one, attempts: [...one.attempts, { ...ask, state: 'ASKED' }] };
        } else if (open.length > 0 && now.isSigned) {
          const attempts = one.attempts.map((each) =>
            each.state === 'ASKED'
              ? { ...each, state: now.isRefused ? ('REFUSED' as const) : ('SIGNED' as const) }
              : each,
          );
          one = { ...one, attempts };
        }
      }
    }),
  );
});
