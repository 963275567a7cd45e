import { branchAddressesOf } from './branchAddresses.ts';
import { accountXpubOf, addressAt, createSeed, INDEX_MAX, XpubError, xpubAt } from './hdRoot.ts';

test('the quick way gives the addresses of the slow one', () => {
  for (let root = 0; root < 4; root++) {
    const xpub = accountXpubOf(createSeed());
    for (const branch of ['DEPOSIT', 'CUSTODY'] as const) {
      const addresses = branchAddressesOf(xpub, branch);
      for (const index of [0, 1, 2, 7, 255, 256, 65_536, INDEX_MAX - 1, INDEX_MAX]) {
        expect(addresses.at(index)).toBe(addressAt(xpub, { branch, index }).toLowerCase());
      }
    }
  }
});

test('an xpub of another level has no addresses here either', () => {
  expect(() => branchAddressesOf(xpubAt(createSeed(), 'm'), 'DEPOSIT')).toThrow(XpubError);
});

test.each([-1, 1.5, 2 ** 31])('%p is no index', (index) => {
  expect(() => branchAddressesOf(accountXpubOf(createSeed()), 'DEPOSIT').at(index)).toThrow('an index');
});
