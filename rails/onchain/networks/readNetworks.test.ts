import { localContracts } from '../localContracts.ts';
import { NetworksError, readNetworks } from './readNetworks.ts';

const urls = ['https://a.example/hunter2', 'https://b.example/hunter2'];

function faultsOf(
  rpcUrls: Readonly<Record<string, readonly string[]>>,
  overrides: unknown,
): readonly string[] {
  try {
    readNetworks(rpcUrls, overrides);
    return [];
  } catch (error) {
    if (!(error instanceof NetworksError)) throw error;
    expect(error.message).not.toContain('hunter2');
    return error.faults;
  }
}

const own = {
  chainId: 42_161,
  blockTimeMs: 250,
  nativeAsset: 'ETH',
  assets: {
    ETH: {
      contract: null,
      scale: 18,
      depositMinimumMinor: '1000',
      transfersExactly: true,
      hasAuthorizations: false,
      sweepFromMinor: '1000',
      perTransactionMinorMax: '5000',
      perDayMinorMax: '50000',
    },
  },
  finality: {
    agreementsMin: 2,
    steps: [{ belowMinor: null, confirmationsMin: 5 }],
    finalizedAgeMaxMs: 60_000,
  },
  fees: {
    priorityFeePerGasWeiMin: '0',
    maxFeePerGasWeiMax: '1000000000',
    transactionFeeWeiMax: '1000000000000',
    bumpPerMille: 125,
    bumpAfterBlocks: 10,
    bumpsMax: 3,
  },
  gas: { refillBelowWei: '1', refillWei: '2' },
  inFlightMax: 8,
};

test('the networks that come with OMSX are without a fault, and connected where they have endpoints', () => {
  const all = {
    POLYGON: urls,
    POLYGON_AMOY: urls,
    ETHEREUM: urls,
    BASE: urls,
    LOCAL: ['http://127.0.0.1:8545'],
  };
  const networks = readNetworks(all, undefined);
  expect(networks.map(({ code, chainId }) => [code, chainId])).toEqual([
    ['POLYGON', 137],
    ['POLYGON_AMOY', 80_002],
    ['ETHEREUM', 1],
    ['BASE', 8_453],
    ['LOCAL', 31_337],
  ]);
  expect(networks.at(-1)).toMatchObject({
    multisend: localContracts.multisend,
    rpcUrls: ['http://127.0.0.1:8545'],
  });
  expect(readNetworks({ BASE: urls }, undefined).map(({ code }) => code)).toEqual(['BASE']);
  expect(readNetworks({}, undefined)).toEqual([]);
});

test('fields of the file go over ours, and leave what they do not name', () => {
  const [polygon] = readNetworks(
    { POLYGON: urls },
    {
      POLYGON: {
        multisend: localContracts.multisend.toLowerCase(),
        assets: { USDC: { depositMinimumMinor: '5' } },
        finality: { steps: [{ belowMinor: null, confirmationsMin: 7 }] },
      },
    },
  );
  expect(polygon).toMatchObject({
    multisend: localContracts.multisend,
    finality: {
      agreementsMin: 2,
      steps: [{ belowMinor: null, confirmationsMin: 7 }],
      finalizedAgeMaxMs: 60_000,
    },
    inFlightMax: 16,
  });
  expect(polygon?.assets.map(({ asset, depositMinimumMinor }) => [asset, depositMinimumMinor])).toEqual([
    ['USDC', 5n],
    ['USDT', 10_000n],
    ['POL', 10_000_000_000_000_000n],
  ]);
});

test('a network of the operator is described whole', () => {
  expect(readNetworks({ ARBITRUM: urls }, { ARBITRUM: own })).toMatchObject([
    { code: 'ARBITRUM', chainId: 42_161, explorerUrl: null, multisend: null, rpcUrls: urls },
  ]);
  expect(faultsOf({}, { ARBITRUM: { chainId: 42_161 } }).length).toBeGreaterThan(10);
});

test('money of worth needs two endpoints, unless the operator says that one will do', () => {
  const [one] = urls;
  const single = [String(one)];
  expect(faultsOf({ POLYGON: single, ARBITRUM: single }, { ARBITRUM: own })).toEqual([
    expect.stringMatching(/^RPC_URL_POLYGON: expected 2 endpoints/),
    expect.stringMatching(/^RPC_URL_ARBITRUM: expected 2 endpoints/),
  ]);
  expect(faultsOf({ POLYGON: single }, { POLYGON: { endpointsMin: 1 } })).toEqual([]);
  expect(faultsOf({ POLYGON: [...single, ...single] }, undefined)).toEqual([
    'RPC_URL_POLYGON: expected each endpoint once',
  ]);
});

test.each<[string, unknown, readonly string[]]>([
  ['no object', [], ['the file: expected an object of networks by code']],
  ['a network that is no object', { POLYGON: 'hunter2' }, ['POLYGON: expected an object']],
  [
    'a chain id of another',
    { POLYGON: { chainId: 1 } },
    ['ETHEREUM.chainId: expected another than that of POLYGON'],
  ],
  ['endpoints', { POLYGON: { rpcUrls: urls } }, ['POLYGON.rpcUrls: expected one of chainId']],
  ['a code in small letters', { arbitrum: own }, ['"arbitrum": expected a code']],
  [
    'an unknown asset, and another scale',
    { BASE: { assets: { DOGE: {}, USDC: { scale: 18 } } } },
    ['BASE.assets.DOGE: expected one of USDC', 'BASE.assets.USDC.scale: expected 6'],
  ],
  [
    'a contract with a wrong letter',
    { BASE: { assets: { USDC: { contract: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02914' } } } },
    ['BASE.assets.USDC.contract: expected an address, checksummed or in lower case'],
  ],
  [
    'amounts as numbers, below a step that is open, that fall',
    {
      BASE: {
        gas: { refillWei: 5 },
        finality: {
          steps: [
            { belowMinor: null, confirmationsMin: 5 },
            { belowMinor: '10', confirmationsMin: 3 },
          ],
        },
      },
    },
    [
      'BASE.finality.steps: expected belowMinor null in the last step and in no other',
      'BASE.finality.steps: expected amounts that rise',
      'BASE.gas.refillWei: expected a string of up to 38 digits',
    ],
  ],
])('%s is refused, with the path and what was expected', (_, overrides, expected) => {
  const faults = faultsOf({}, overrides);
  for (const begin of expected) expect(faults).toContainEqual(expect.stringContaining(begin));
});

test('endpoints of a network that nobody described are a mistake', () => {
  expect(faultsOf({ POLYGONE: urls }, undefined)).toEqual([
    'RPC_URL_POLYGONE: expected a network that is known or described in the file',
  ]);
});
