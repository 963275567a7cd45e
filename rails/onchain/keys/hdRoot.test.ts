import { pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import { bytesToHex } from 'viem';
import { HDKey, privateKeyToAddress } from 'viem/accounts';
import { SecretBytes } from '../../../platform/vault/secretBytes.ts';
import {
  accountXpubOf,
  addressAt,
  createSeed,
  INDEX_MAX,
  type KeyPath,
  pathOf,
  privateKeyAt,
  XpubError,
  xpubAt,
} from './hdRoot.ts';

/** The mnemonic of local chains, as BIP-39 makes a seed of it; by node:crypto, so that it is not our code's twin. */
const MNEMONIC = 'test test test test test test test test test test test junk';
const ANVIL = SecretBytes.take(pbkdf2Sync(MNEMONIC, 'mnemonic', 2048, 64, 'sha512'));

/** https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki, test vector 1. */
test.each([
  [
    'm',
    'xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8',
  ],
  [
    "m/0'",
    'xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw',
  ],
  [
    "m/0'/1",
    'xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ',
  ],
  [
    "m/0'/1/2'",
    'xpub6D4BDPcP2GT577Vvch3R8wDkScZWzQzMMUm3PWbmWvVJrZwQY4VUNgqFJPMM3No2dFDFGTsxxpG5uJh7n7epu4trkrX7x7DogT5Uv6fcLW5',
  ],
  [
    "m/0'/1/2'/2/1000000000",
    'xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasTvXEYBVPamhGW6cFJodrTHy',
  ],
])('BIP-32 gives the published key at %s', (path, xpub) => {
  const seed = SecretBytes.take(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'));
  expect(xpubAt(seed, path)).toBe(xpub);
});

test('deposit addresses of the well-known mnemonic are those of every other wallet', () => {
  const xpub = accountXpubOf(ANVIL);
  const addresses = [0, 1, 2].map((index) => addressAt(xpub, { branch: 'DEPOSIT', index }));
  expect(addresses).toEqual([
    '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
  ]);
  expect(bytesToHex(privateKeyAt(ANVIL, "m/44'/60'/0'/0/0").reveal())).toBe(
    '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  );
});

const PATHS: fc.Arbitrary<KeyPath> = fc.record({
  branch: fc.constantFrom('DEPOSIT', 'CUSTODY'),
  index: fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: INDEX_MAX })),
});

test('the address from the xpub is the address of the private key, wherever', () => {
  fc.assert(
    fc.property(PATHS, fc.constantFrom<32 | 64>(32, 64), (path, length) => {
      const seed = createSeed(length);
      expect(seed.length).toBe(length);
      const key = privateKeyAt(seed, pathOf(path));
      expect(addressAt(accountXpubOf(seed), path)).toBe(privateKeyToAddress(bytesToHex(key.reveal())));
    }),
    { numRuns: 60 },
  );
});

test('no two paths of a root share an address', () => {
  const xpub = accountXpubOf(createSeed());
  const addresses = (['DEPOSIT', 'CUSTODY'] as const).flatMap((branch) =>
    Array.from({ length: 50 }, (_, index) => addressAt(xpub, { branch, index })),
  );
  expect(new Set(addresses).size).toBe(100);
});

test('an xpub of another level, an xprv and nonsense are refused without being quoted', () => {
  const xprv = HDKey.fromMasterSeed(ANVIL.reveal()).derive("m/44'/60'/0'").privateExtendedKey;
  const wrong = [xprv, xpubAt(ANVIL, 'm'), xpubAt(ANVIL, "m/44'/60'/1'"), xpubAt(ANVIL, "m/44'/60'/0'/0")];
  for (const text of [...wrong, `${accountXpubOf(ANVIL)}1`, '', 'xpub']) {
    const read = () => addressAt(text, { branch: 'DEPOSIT', index: 0 });
    expect(read).toThrow(XpubError);
    expect(read).not.toThrow(new RegExp(text.slice(0, 12) || 'nothing is quoted'));
  }
});

test.each([-1, 1.5, Number.NaN, 2 ** 31])('%p is no index', (index) => {
  expect(() => addressAt(accountXpubOf(ANVIL), { branch: 'DEPOSIT', index })).toThrow('whole number');
  expect(() => pathOf({ branch: 'CUSTODY', index })).toThrow('whole number');
});
