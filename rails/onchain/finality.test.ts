import { type ChainView, confirmationsFor, decideFinality, type FinalityPolicy } from './finality.ts';

const policy: FinalityPolicy = {
  agreementsMin: 2,
  steps: [
    { belowMinor: 1_000n, confirmationsMin: 1 },
    { belowMinor: 1_000_000n, confirmationsMin: 12 },
    { belowMinor: null, confirmationsMin: 64 },
  ],
  finalizedAgeMaxMs: 60_000,
};
const NOW = 1_700_000_000_000;
const view: ChainView = {
  headNumber: 111n,
  finalizedNumber: 105n,
  finalizedAtMs: NOW - 5_000,
  agreements: 2,
  endpoints: 3,
};
const decide = (blockNumber: bigint, amountMinor: bigint, change: Partial<ChainView> = {}) =>
  decideFinality({ blockNumber, amountMinor }, { ...view, ...change }, policy, NOW);

test.each<[string, bigint, bigint, Partial<ChainView>, ReturnType<typeof decide>]>([
  ['the finalized block itself is final', 105n, 999n, {}, 'FINAL'],
  ['a block after it waits', 106n, 1n, {}, 'FINALIZED'],
  ['a larger amount waits for confirmations, its own block counted', 101n, 1_000n, {}, 'CONFIRMATIONS'],
  ['and has them one block earlier', 100n, 1_000n, {}, 'FINAL'],
  ['the largest amounts wait longest', 49n, 1_000_000n, {}, 'CONFIRMATIONS'],
  ['and become final', 48n, 1_000_000n, {}, 'FINAL'],
  ['one endpoint against the others is not believed', 90n, 1n, { agreements: 1 }, 'AGREEMENT'],
  ['where there is one endpoint only, it is', 90n, 1n, { agreements: 1, endpoints: 1 }, 'FINAL'],
  ['one that does not answer is not agreement', 90n, 1n, { agreements: 0, endpoints: 1 }, 'AGREEMENT'],
  ['a minute without finality is still borne', 90n, 1n, { finalizedAtMs: NOW - 60_000 }, 'FINAL'],
  ['more opens the breaker for everything', 1n, 1n, { finalizedAtMs: NOW - 60_001 }, 'BREAKER'],
])('%s', (_, blockNumber, amountMinor, change, expected) => {
  expect(decide(blockNumber, amountMinor, change)).toBe(expected);
});

test('a policy that leaves amounts out is a mistake that is told', () => {
  const partial = { ...policy, steps: policy.steps.slice(0, 1) };
  expect(() => confirmationsFor(5_000n, partial)).toThrow('5000');
});
