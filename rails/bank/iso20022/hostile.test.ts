import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../platform/paths.ts';
import { initiation } from './initiation.fixture.ts';
import type { Initiation } from './initiation.ts';
import { MessageError, type MessageFault } from './messageError.ts';
import { readInitiation } from './readInitiation.ts';
import { readStatement } from './readStatement.ts';
import { readStatusReport } from './readStatusReport.ts';
import { writeInitiation } from './writeInitiation.ts';
import { XML_BYTES_MAX } from './xml/parseXml.ts';

function fixture(name: string): string {
  return readFileSync(join(projectRoot, 'rails/bank/iso20022/fixtures', name), 'utf8');
}

const pain001 = fixture('pain001v09.xml');
const pain002 = fixture('pain002.xml');
const camt053 = fixture('camt053.xml');

function faultsOf(act: () => unknown): readonly MessageFault[] {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return error.faults;
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function first(faults: readonly MessageFault[]): string {
  const { code, path, value } = faults[0] ?? { code: 'none', path: '', value: null };
  return `${code} ${path} ${value}`;
}

const entities = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join(
  '',
);
const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

test.each<[string, string | Uint8Array, string]>([
  [
    'a file from outside (XXE)',
    pain001.replace(declaration, `${declaration}<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>`),
    'DOCTYPE',
  ],
  [
    'a document type from outside',
    pain001.replace(declaration, `${declaration}<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">`),
    'DOCTYPE',
  ],
  [
    'a billion laughs',
    pain001.replace(declaration, `${declaration}<!DOCTYPE x [<!ENTITY l0 "ha">${entities}]>`),
    'DOCTYPE',
  ],
  ['an entity that nobody declared', pain001.replace('Bo Li', '&lol;'), 'NOT_WELL_FORMED'],
  ['a processing instruction', pain001.replace('<GrpHdr>', '<?php evil ?><GrpHdr>'), 'NOT_WELL_FORMED'],
  ['a document that ends early', pain001.slice(0, 900), 'NOT_WELL_FORMED'],
  ['a tag that was never opened', pain001.replace('</Document>', '</Doc>'), 'NOT_WELL_FORMED'],
  ['a control character', pain001.replace('Bo Li', 'Bo\u0001Li'), 'NOT_WELL_FORMED'],
  ['two documents', `${pain001}<x/>`, 'NOT_WELL_FORMED'],
  ['nothing', '', 'NOT_WELL_FORMED'],
  ['text', 'hello', 'NOT_WELL_FORMED'],
  ['a prefix that nobody declared', pain001.replace('<GrpHdr>', '<x:GrpHdr>'), 'NOT_WELL_FORMED'],
  ['Latin-1 by its own word', pain001.replace('UTF-8', 'ISO-8859-1'), 'ENCODING'],
  ['Latin-1 by its bytes', Buffer.from(pain001.replace('Bo Li', 'Bö Li'), 'latin1'), 'ENCODING'],
  ['UTF-16', Buffer.from(`\ufeff${pain001}`, 'utf16le'), 'ENCODING'],
  ['XML 1.1', pain001.replace('version="1.0"', 'version="1.1"'), 'NOT_WELL_FORMED'],
  ['a hundred thousand levels', `<a>`.repeat(100_000), 'TOO_LARGE'],
  ['a name without an end', `<${'a'.repeat(5_000)}/>`, 'TOO_LARGE'],
  ['a text without an end', pain001.replace('Bo Li', 'x'.repeat(11_000)), 'TOO_LARGE'],
  [
    'attributes without an end',
    `<a ${Array.from({ length: 99 }, (_, at) => `a${at}="1"`).join(' ')}/>`,
    'TOO_LARGE',
  ],
  ['more elements than any message has', `<a>${'<b/>'.repeat(600_001)}</a>`, 'TOO_LARGE'],
  ['more than 20 MB', new Uint8Array(XML_BYTES_MAX + 1).fill(0x20), 'TOO_LARGE'],
  ['another message', pain002, 'WRONG_MESSAGE'],
  ['another version', pain001.replace('001.09', '001.12'), 'WRONG_MESSAGE'],
  ['no namespace', pain001.replace(/ xmlns="[^"]+"/, ''), 'WRONG_MESSAGE'],
])('%s is refused for what it is', (_, input, code) => {
  const faults = faultsOf(() => readInitiation(typeof input === 'string' ? bytes(input) : input));
  expect(faults.map((fault) => fault.code)).toEqual([code]);
});

test('twenty megabytes of nothing but blanks between elements end as well', () => {
  const padded = pain001.replace('<GrpHdr>', `${' '.repeat(9_000)}<GrpHdr>`);
  expect(readInitiation(bytes(padded))).toEqual(initiation);
  const huge = pain001.replace('<GrpHdr>', `${' '.repeat(XML_BYTES_MAX - pain001.length)}<GrpHdr>`);
  expect(first(faultsOf(() => readInitiation(bytes(huge))))).toContain('TOO_LARGE');
});

const group = 'Document/CstmrCdtTrfInitn/PmtInf[1]';
test.each([
  ['a missing element', '<PmtMtd>TRF</PmtMtd>', '', `STRUCTURE ${group} NbOfTxs`],
  [
    'elements in another order',
    '<PmtInfId>GRP-1</PmtInfId>\n      <PmtMtd>TRF</PmtMtd>',
    '<PmtMtd>TRF</PmtMtd><PmtInfId>GRP-1</PmtInfId>',
    `STRUCTURE ${group} PmtMtd`,
  ],
  [
    'an element too many',
    '<PmtMtd>TRF</PmtMtd>',
    '<PmtMtd>TRF</PmtMtd><PmtMtd>TRF</PmtMtd>',
    `STRUCTURE ${group} PmtMtd`,
  ],
  ['an unknown element', '<ChrgBr>SLEV</ChrgBr>', '<ChrgBr>SLEV</ChrgBr><Evil/>', `STRUCTURE ${group} Evil`],
  ['an unknown attribute', '<ChrgBr>', '<ChrgBr x="1">', `STRUCTURE ${group}/ChrgBr x`],
  [
    'an element of another namespace',
    '<ChrgBr>',
    '<ChrgBr xmlns="urn:x">',
    `STRUCTURE ${group}/ChrgBr ChrgBr`,
  ],
  ['text between elements', '<PmtMtd>', 'pay!<PmtMtd>', `STRUCTURE ${group} pay!`],
  ['an element in a value', '>SLEV<', '><b/>SLEV<', `STRUCTURE ${group}/ChrgBr b`],
  ['a code that is none', '>SLEV<', '>FREE<', `STRUCTURE ${group}/ChrgBr FREE`],
  [
    'a day that does not exist',
    '<Dt>2026-07-08</Dt>',
    '<Dt>2026-02-30</Dt>',
    `STRUCTURE ${group}/ReqdExctnDt/Dt 2026-02-30`,
  ],
  [
    'a time without a day',
    '2026-07-07T14:05:00Z',
    '14:05:00',
    'STRUCTURE Document/CstmrCdtTrfInitn/GrpHdr/CreDtTm 14:05:00',
  ],
  [
    'an id of 36 letters',
    '>E2E-1<',
    `>${'x'.repeat(36)}<`,
    `STRUCTURE ${group}/CdtTrfTxInf[1]/PmtId/EndToEndId ${'x'.repeat(36)}`,
  ],
  ['an empty id', '>E2E-1<', '><', `STRUCTURE ${group}/CdtTrfTxInf[1]/PmtId/EndToEndId `],
  [
    'an IBAN in small letters',
    '>FR1420041010050500013M02606<',
    '>fr14<',
    `STRUCTURE ${group}/CdtTrfTxInf[1]/CdtrAcct/Id/IBAN fr14`,
  ],
  ['an amount with an exponent', '>1000.10<', '>1e3<', `STRUCTURE ${group}/CdtTrfTxInf[1]/Amt/InstdAmt 1e3`],
  ['a negative amount', '>1000.10<', '>-1000.10<', `STRUCTURE ${group}/CdtTrfTxInf[1]/Amt/InstdAmt -1000.10`],
  [
    'an amount of twenty digits',
    '>1000.10<',
    '>10000000000000000000<',
    `STRUCTURE ${group}/CdtTrfTxInf[1]/Amt/InstdAmt 10000000000000000000`,
  ],
  ['an amount of nothing', '>1000.10<', '>0.00<', `STRUCTURE ${group}/CdtTrfTxInf[1]/Amt/InstdAmt 0.00`],
  ['a tenth of a cent', '>1000.10<', '>1000.101<', `STRUCTURE ${group}/CdtTrfTxInf[1]/Amt/InstdAmt 1000.101`],
  [
    'a currency that we do not know',
    'Ccy="EUR">1000.10',
    'Ccy="XAU">1000.10',
    `STRUCTURE ${group}/CdtTrfTxInf[1]/Amt/InstdAmt XAU`,
  ],
  ['no currency', ' Ccy="EUR">1000.10', '>1000.10', `STRUCTURE ${group}/CdtTrfTxInf[1]/Amt/InstdAmt null`],
  [
    'a count that is wrong',
    '<NbOfTxs>3<',
    '<NbOfTxs>4<',
    'TOTALS Document/CstmrCdtTrfInitn/GrpHdr/NbOfTxs 4',
  ],
  [
    'a control sum that is a cent off',
    '>1350.10<',
    '>1350.11<',
    'TOTALS Document/CstmrCdtTrfInitn/GrpHdr/CtrlSum 1350.11',
  ],
  ['the sum of a group that is wrong', '>1100.10<', '>1100.1000001<', `TOTALS ${group}/CtrlSum 1100.1000001`],
  [
    'an id that comes twice',
    '>E2E-2<',
    '>E2E-1<',
    `DUPLICATE_ID ${group}/CdtTrfTxInf[2]/PmtId/EndToEndId E2E-1`,
  ],
  [
    'a group that comes twice',
    '>GRP-2<',
    '>GRP-1<',
    'DUPLICATE_ID Document/CstmrCdtTrfInitn/PmtInf[2]/PmtInfId GRP-1',
  ],
])(
  'payments with %s are refused with the place, the value and what was expected',
  (_, from, to, expected) => {
    expect(pain001).toContain(from);
    const faults = faultsOf(() => readInitiation(bytes(pain001.replace(from, to))));
    expect(first(faults)).toBe(expected);
    expect(faults[0]?.expected).not.toBe('');
  },
);

test.each([
  [
    'a closing balance that is not what was booked',
    '>8948.40<',
    '>8948.41<',
    'TOTALS Document/BkToCstmrStmt/Stmt[1]/Bal (CLBD) 894841 instead of 894840 minor units',
  ],
  [
    'an entry that was left out',
    '<c:Amt Ccy="EUR">50.00</c:Amt>',
    '<c:Amt Ccy="EUR">5.00</c:Amt>',
    'TOTALS Document/BkToCstmrStmt/Stmt[1]/Bal (CLBD) 894840 instead of 890340 minor units',
  ],
  [
    'a count of entries that is wrong',
    '>4<',
    '>5<',
    'TOTALS Document/BkToCstmrStmt/Stmt[1]/TxsSummry/TtlNtries/NbOfNtries 5',
  ],
  [
    'a net that is wrong',
    '<c:Amt>551.6<',
    '<c:Amt>551<',
    'TOTALS Document/BkToCstmrStmt/Stmt[1]/TxsSummry/TtlNtries/TtlNetNtry 551',
  ],
  [
    'an entry in another currency',
    '<c:Amt Ccy="EUR">50.00',
    '<c:Amt Ccy="USD">50.00',
    'STRUCTURE Document/BkToCstmrStmt/Stmt[1]/Ntry[2]/Amt USD',
  ],
  [
    'a batch that is not the sum of its payments',
    '<c:Chrgs><c:TtlChrgsAndTaxAmt Ccy="EUR">1.50</c:TtlChrgsAndTaxAmt></c:Chrgs>',
    '',
    'TOTALS Document/BkToCstmrStmt/Stmt[1]/Ntry[1]/Amt 1101.60',
  ],
  [
    'a balance without a day',
    '<c:Dt><c:Dt>2026-07-06</c:Dt></c:Dt>',
    '',
    'STRUCTURE Document/BkToCstmrStmt/Stmt[1]/Bal[1] null',
  ],
])('a statement with %s is refused', (_, from, to, expected) => {
  expect(camt053).toContain(from);
  expect(first(faultsOf(() => readStatement(bytes(camt053.replace(from, to)))))).toBe(expected);
});

test('one page of several is not held against balances that it does not have', () => {
  const page =
    '<c:StmtPgntn><c:PgNb>1</c:PgNb><c:LastPgInd>false</c:LastPgInd></c:StmtPgntn><c:ElctrncSeqNb>';
  const part = camt053.replace('<c:ElctrncSeqNb>', page).replace('>8948.40<', '>1.00<');
  expect(faultsOf(() => readStatement(bytes(part)))).toEqual([]);
});

test('a status report whose counts contradict its payments is refused', () => {
  const wrong = pain002.replace('<DtldNbOfTxs>1<', '<DtldNbOfTxs>2<');
  expect(first(faultsOf(() => readStatusReport(bytes(wrong))))).toMatch(/^TOTALS .*DtldNbOfTxs 2$/);
});

test('the text of an error, which goes into logs, has no values', () => {
  const faults = () =>
    readInitiation(bytes(pain001.replace('>FR1420041010050500013M02606<', '>fr14-secret<')));
  expect(faults).toThrow(MessageError);
  expect(faults).not.toThrow(/secret/);
});

function written(
  change: (transfer: Initiation['groups'][number]['transfers'][number]) => object,
): readonly string[] {
  const groups = initiation.groups.map((one) => ({
    ...one,
    transfers: one.transfers.map((transfer) => ({ ...transfer, ...change(transfer) })),
  }));
  const write = () =>
    writeInitiation({ ...initiation, groups }, { version: 'pain.001.001.09', characters: 'SEPA' });
  return [...new Set(faultsOf(write).map(({ code }) => code))];
}

test.each(['Bo\u0001Li', 'Bo\ud800Li', 'Bo\ufffeLi'])(
  'a letter that XML cannot carry is never written (%j)',
  (name) => {
    const initiatingParty = { name, address: null, organizationId: null };
    const write = () =>
      writeInitiation({ ...initiation, initiatingParty }, { version: 'pain.001.001.09', characters: 'ANY' });
    expect(first(faultsOf(write))).toBe(`STRUCTURE Document/CstmrCdtTrfInitn/GrpHdr/InitgPty/Nm ${name}`);
  },
);

test.each([
  ['an id that comes twice', { endToEndId: 'same' }, ['DUPLICATE_ID']],
  ['an id with an umlaut', { endToEndId: 'ü' }, ['DUPLICATE_ID', 'CHARACTERS']],
  ['an instruction id with a slash at its end', { instructionId: 'a/' }, ['CHARACTERS']],
  ['a currency whose decimals nobody knows', { currency: 'XAU' }, ['STRUCTURE']],
  ['a negative amount', { amountMinor: -1n }, ['STRUCTURE']],
  ['a number that is no IBAN', { creditorAccount: { kind: 'IBAN', iban: '12' } }, ['STRUCTURE']],
  ['a name of nothing', { creditor: { name: '', address: null, organizationId: null } }, ['STRUCTURE']],
])('a payment with %s is never written', (_, change, codes) => {
  expect(written(() => change)).toEqual(codes);
});
