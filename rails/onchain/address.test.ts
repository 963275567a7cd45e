import { getAddress } from 'viem/utils';
import { parseAddress } from './address.ts';

const LOWER = `0x${'ab'.repeat(20)}` as const;
const CHECKED = getAddress(LOWER);

test.each([LOWER, `0x${'AB'.repeat(20)}`, CHECKED])('%s is an address, kept in lower case', (text) => {
  expect(parseAddress(text)).toEqual({ address: LOWER });
});

test('in mixed case each letter counts', () => {
  for (let at = 2; at < CHECKED.length; at++) {
    const letter = CHECKED[at] as string;
    const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
    if (other === letter) continue;
    const wrong = `${CHECKED.slice(0, at)}${other}${CHECKED.slice(at + 1)}`;
    expect(parseAddress(wrong)).toEqual({ expected: expect.stringContaining('EIP-55') });
  }
});

test.each(['', 'ab'.repeat(20), `0X${'ab'.repeat(20)}`, `${LOWER}0`, `${LOWER}\n`, `0x${'g'.repeat(40)}`])(
  '%j is no address',
  (text) => {
    expect(parseAddress(text)).toEqual({ expected: '0x and 40 hexadecimal digits' });
  },
);

test('nobody holds the key of the zero address', () => {
  expect(parseAddress(`0x${'0'.repeat(40)}`)).toHaveProperty('expected');
});
