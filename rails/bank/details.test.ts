import { type BankAccountDetails, decodeDetails, encodeDetails, faultOfDetails, maskOf } from './details.ts';

const accountHolderName = 'Ada Example';
const RIGHT: readonly BankAccountDetails[] = [
  { rail: 'WIRE', accountHolderName, routingNumber: '021000021', accountNumber: '000123456789' },
  { rail: 'ACH', accountHolderName, routingNumber: '011401533', accountNumber: '1111222233330000' },
  { rail: 'FPS', accountHolderName, routingNumber: '108800', accountNumber: '00012345' },
  { rail: 'SEPA', accountHolderName, iban: 'DE89370400440532013000' },
  { rail: 'SEPA', accountHolderName, iban: 'FR1420041010050500013M02606' },
  { rail: 'SPEI', accountHolderName, clabe: '032180000118359719' },
  { rail: 'PIX', accountHolderName, pixKey: 'ada@example.com' },
  { rail: 'UPI', accountHolderName, upiId: 'ada.example@bank' },
];

test.each(RIGHT)('a right account of $rail is taken, and comes out of its bytes again', (details) => {
  expect(faultOfDetails(details)).toBeNull();
  expect(decodeDetails(encodeDetails(details))).toEqual(details);
});

test.each<[BankAccountDetails, string]>([
  [{ rail: 'WIRE', accountHolderName, routingNumber: '021000012', accountNumber: '1234' }, 'routingNumber'],
  [{ rail: 'WIRE', accountHolderName, routingNumber: '021000021', accountNumber: '123' }, 'accountNumber'],
  [{ rail: 'WIRE', accountHolderName, accountNumber: '1234' }, 'routingNumber'],
  [{ rail: 'SEPA', accountHolderName, iban: 'DE98370400440532013000' }, 'iban'],
  [{ rail: 'SEPA', accountHolderName, iban: 'de89370400440532013000' }, 'iban'],
  [{ rail: 'SPEI', accountHolderName, clabe: '032180000118359718' }, 'clabe'],
  [{ rail: 'PIX', accountHolderName, pixKey: 'a b' }, 'pixKey'],
  [{ rail: 'UPI', accountHolderName, upiId: 'ada' }, 'upiId'],
  [{ rail: 'UPI', accountHolderName, upiId: 'ada@bank', pixKey: 'ada@example.com' }, 'pixKey'],
  [{ rail: 'PIX', accountHolderName: '', pixKey: 'ada@example.com' }, 'accountHolderName'],
])('%j has a wrong %s', (details, field) => {
  const fault = faultOfDetails(details);
  expect(fault?.field).toBe(field);
  const value = details[field as keyof BankAccountDetails];
  if (value !== undefined && value !== '') expect(fault?.expected).not.toContain(value);
});

test('the last four characters are shown, and of a short one no more than half', () => {
  expect(RIGHT.map(maskOf)).toEqual([
    '****6789',
    '****0000',
    '****2345',
    '****3000',
    '****2606',
    '****9719',
    '****.com',
    '****bank',
  ]);
  expect(maskOf({ rail: 'WIRE', accountHolderName, accountNumber: '1234' })).toBe('****34');
});
