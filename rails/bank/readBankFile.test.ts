import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';
import { MessageError } from './iso20022/messageError.ts';
import { AchFileError } from './nacha/achFile.ts';
import { readBankFile } from './readBankFile.ts';

test.each([
  ['nacha/fixtures/returns.ach', 'ACH'],
  ['iso20022/fixtures/pain001v09.xml', 'INITIATION'],
  ['iso20022/fixtures/pain001v03.xml', 'INITIATION'],
  ['iso20022/fixtures/pain002.xml', 'STATUS_REPORT'],
  ['iso20022/fixtures/camt053.xml', 'STATEMENT'],
  ['iso20022/fixtures/camt054.xml', 'STATEMENT'],
])('%s is known for %s by what is in it', (name, kind) => {
  expect(readBankFile(readFileSync(join(projectRoot, 'rails/bank', name))).kind).toBe(kind);
});

test('what is none of them, or only begins as one, is refused', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(() => readBankFile(bytes('date,amount\n'))).toThrow(MessageError);
  expect(() => readBankFile(bytes(''))).toThrow(MessageError);
  expect(() => readBankFile(bytes('<a b="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>'))).toThrow(
    MessageError,
  );
  expect(() => readBankFile(bytes('101 hello'))).toThrow(AchFileError);
});
