import { parseBic } from './bic.ts';
import { clabeCheckDigit, parseClabe } from './clabe.ts';
import { makeIban, parseIban } from './iban.ts';
import type { Parsed } from './parsed.ts';
import { parsePixKey } from './pixKey.ts';
import { parseRoutingNumber } from './routingNumber.ts';
import { isCnpj, isCpf } from './taxNumber.ts';
import { parseSortCode, parseUkAccountNumber } from './ukAccount.ts';
import { parseUpiId } from './upiId.ts';
import { parseUsAccountNumber } from './usAccountNumber.ts';

/** Vectors are those that their issuers print, and the numbers of well-known banks. */
const RIGHT: readonly [name: string, parse: (text: string) => Parsed, text: string, value: string][] = [
  ['routing number', parseRoutingNumber, '021000021', '021000021'],
  ['routing number', parseRoutingNumber, '011-401-533', '011401533'],
  ['routing number', parseRoutingNumber, '091000019', '091000019'],
  ['US account', parseUsAccountNumber, '0001 2345-6789', '000123456789'],
  ['sort code', parseSortCode, '20-00-00', '200000'],
  ['UK account', parseUkAccountNumber, '5577 9911', '55779911'],
  ['UK account of seven', parseUkAccountNumber, '5577991', '05577991'],
  ['CLABE', parseClabe, '032180000118359719', '032180000118359719'],
  ['CLABE', parseClabe, '002 010 07777777777 1', '002010077777777771'],
  ['BIC', parseBic, 'deutdeff', 'DEUTDEFF'],
  ['BIC with branch', parseBic, 'DEUTDEFF500', 'DEUTDEFF500'],
  ['UPI id', parseUpiId, 'Some.Body@okHDFCbank', 'some.body@okhdfcbank'],
  ['PIX CPF', parsePixKey, '123.456.789-09', '12345678909'],
  ['PIX CNPJ', parsePixKey, '11.222.333/0001-81', '11222333000181'],
  ['PIX CNPJ with letters', parsePixKey, '12.ABC.345/01DE-35', '12ABC34501DE35'],
  ['PIX e-mail', parsePixKey, 'Pix@BCB.gov.br', 'pix@bcb.gov.br'],
  ['PIX phone', parsePixKey, '+55 (61) 91234-5678', '+5561912345678'],
  ['PIX EVP', parsePixKey, '123E4567-E12B-12D1-A456-426655440000', '123e4567-e12b-12d1-a456-426655440000'],
];

test.each(RIGHT)('%s is read and normalised', (_, parse, text, value) => {
  expect(parse(text)).toMatchObject({ value });
});

/** Examples of the SWIFT IBAN Registry, one of each kind of structure. */
const IBANS = [
  'AD12 0001 2030 2003 5910 0100',
  'AE07 0331 2345 6789 0123 456',
  'AT61 1904 3002 3457 3201',
  'BE68 5390 0754 7034',
  'BG80 BNBG 9661 1020 3456 78',
  'BR18 0036 0305 0000 1000 9795 493C 1',
  'CH93 0076 2011 6238 5295 7',
  'CY17 0020 0128 0000 0012 0052 7600',
  'DE89 3704 0044 0532 0130 00',
  'DK50 0040 0440 1162 43',
  'ES91 2100 0418 4502 0005 1332',
  'FI21 1234 5600 0007 85',
  'FR14 2004 1010 0505 0001 3M02 606',
  'GB29 NWBK 6016 1331 9268 19',
  'GR16 0110 1250 0000 0001 2300 695',
  'IE29 AIBK 9311 5212 3456 78',
  'IT60 X054 2811 1010 0000 0123 456',
  'LT12 1000 0111 0100 1000',
  'LU28 0019 4006 4475 0000',
  'LV80 BANK 0000 4351 9500 1',
  'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
  'MU17 BOMM 0101 1010 3030 0200 000M UR',
  'NL91 ABNA 0417 1643 00',
  'NO93 8601 1117 947',
  'PL61 1090 1014 0000 0712 1981 2874',
  'PT50 0002 0123 1234 5678 9015 4',
  'SA03 8000 0000 6080 1016 7519',
  'SC18 SSCB 1101 0000 0000 0000 1497 USD',
  'SE45 5000 0000 0583 9825 7466',
  'TR33 0006 1005 1978 6457 8413 26',
  'UA21 3223 1300 0002 6007 2335 6600 1',
  'VA59 0011 2300 0012 3456 78',
  'XK05 1212 0123 4567 8906',
];

test.each(IBANS)('%s is an IBAN, and no neighbour of it is', (text) => {
  const value = text.replaceAll(' ', '');
  expect(parseIban(text.toLowerCase())).toEqual({ value });
  expect(makeIban(value.slice(0, 2), value.slice(4))).toBe(value);
  for (let at = 4; at < value.length; at++) {
    const digit = value[at] as string;
    if (!/\d/.test(digit)) continue;
    const changed = `${value.slice(0, at)}${(Number(digit) + 1) % 10}${value.slice(at + 1)}`;
    expect(parseIban(changed)).toHaveProperty('expected');
  }
  expect(parseIban(value.slice(0, -1))).toHaveProperty('expected');
  expect(parseIban(`${value}0`)).toHaveProperty('expected');
});

const WRONG: readonly [name: string, parse: (text: string) => object, texts: readonly string[]][] = [
  [
    'routing number',
    parseRoutingNumber,
    ['021000022', '000000000', '991000019', '02100002', '0210000211', ''],
  ],
  ['US account', parseUsAccountNumber, ['123', '123456789012345678', '0000', '12a4', '']],
  ['sort code', parseSortCode, ['20000', '2000000', '000000', 'abcdef']],
  ['UK account', parseUkAccountNumber, ['123456', '123456789', '00000000']],
  ['CLABE', parseClabe, ['032180000118359718', '03218000011835971', '000000000000000000', '']],
  ['BIC', parseBic, ['DEUTZZFF', 'DEUTDEF', 'DEUTDEFF50', 'DEUT1EFF', '']],
  [
    'IBAN',
    parseIban,
    ['ZZ68539007547034', 'GB29NWBK6016133192681', 'GB00NWBK60161331926819', 'DE', '', '💶'],
  ],
  ['IBAN of the right check digits and a wrong form', parseIban, [makeIban('DE', '37040044053201300A')]],
  ['UPI id', parseUpiId, ['some@body.com', '@bank', 'some@', 'some body@bank', 'a@b', 'x'.repeat(300)]],
  [
    'PIX key',
    parsePixKey,
    ['12345678900', '11111111111', '11222333000180', 'a@', '61912345678', '+0561912345678', 'x', '', '@'],
  ],
];

test.each(WRONG)('what is no %s is told what was expected', (_, parse, texts) => {
  for (const text of texts) expect([text, parse(text)]).toEqual([text, { expected: expect.any(String) }]);
});

test('a digit that is wrong, or two that changed places, is seen by every checksum', () => {
  for (const [parse, value] of [
    [parseRoutingNumber, '011401533'],
    [parseClabe, '032180000118359719'],
  ] as const) {
    for (let at = 2; at < value.length; at++) {
      const wrong = `${value.slice(0, at)}${(Number(value[at]) + 3) % 10}${value.slice(at + 1)}`;
      expect(parse(wrong)).toHaveProperty('expected');
    }
  }
  expect(clabeCheckDigit('03218000011835971')).toBe('9');
});

test('numbers of a tax payer of one repeated digit are none, whatever their checksum', () => {
  for (let digit = 0; digit < 10; digit++) {
    expect(isCpf(String(digit).repeat(11))).toBe(false);
    expect(isCnpj(String(digit).repeat(14))).toBe(false);
  }
});
