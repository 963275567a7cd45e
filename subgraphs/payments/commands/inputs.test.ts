import { formatId, newUuid } from '../../../platform/id.ts';
import { canonicalAmount, checkAmountForm, readParty } from './inputs.ts';

test.each([
  ['5', '5'],
  ['5.0', '5'],
  ['5.00', '5'],
  ['5.10', '5.1'],
  ['0.05', '0.05'],
  ['100', '100'],
  ['100.100', '100.1'],
])('the amount %s is written %s', (text, canonical) => {
  expect(canonicalAmount(text)).toBe(canonical);
});

test('no amount stays no amount', () => {
  expect([canonicalAmount(null), canonicalAmount(undefined)]).toEqual([null, null]);
  expect(checkAmountForm(undefined)).toBeNull();
});

test('the form of an amount is checked before its asset is known, and its size is not', () => {
  expect(checkAmountForm('0.000000000000000001')).toBeNull();
  expect(checkAmountForm('9'.repeat(36))).toBeNull();
  for (const text of ['0', '-1', '1e3', '0.0000000000000000001']) {
    expect(checkAmountForm(text)).toMatchObject({ __typename: 'InvalidInput', field: 'amount' });
  }
});

test('an account and a wallet of one uuid are one account', () => {
  const uuid = newUuid();
  expect(readParty(formatId('acc', uuid))).toMatchObject({ accountId: uuid, isWallet: false });
  expect(readParty(formatId('wal', uuid))).toMatchObject({ accountId: uuid, isWallet: true });
  for (const id of [uuid, formatId('txn', uuid), '', 'acc_']) expect(readParty(id)).toBeNull();
});
