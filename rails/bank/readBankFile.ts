import type { Initiation } from './iso20022/initiation.ts';
import { MessageError } from './iso20022/messageError.ts';
import { readInitiation } from './iso20022/readInitiation.ts';
import { readStatement } from './iso20022/readStatement.ts';
import { readStatusReport, type StatusReport } from './iso20022/readStatusReport.ts';
import type { StatementMessage } from './iso20022/statement.ts';
import type { AchFile } from './nacha/achFile.ts';
import { readAchFile } from './nacha/readAchFile.ts';

/** What a file of a bank turned out to be. */
export type BankFile =
  | { readonly kind: 'ACH'; readonly file: AchFile }
  | { readonly kind: 'INITIATION'; readonly initiation: Initiation }
  | { readonly kind: 'STATUS_REPORT'; readonly report: StatusReport }
  | {
      readonly kind: 'STATEMENT';
      readonly version: 'camt.053' | 'camt.054';
      readonly message: StatementMessage;
    };

/** The beginning of a file, in which its first element has to be; the message itself is then read strictly. */
const HEAD_BYTES = 4_096;
const MESSAGE =
  /["']urn:iso:std:iso:20022:tech:xsd:(pain\.001|pain\.002|camt\.053|camt\.054)\.[0-9.]{1,10}["']/;
const FILE_HEADER = /^101/;

/**
 * Reads a file whatever it is of what we read: NACHA, pain.001, pain.002, camt.053 or camt.054.
 *
 * @param bytes at most 20 MB
 * @throws {MessageError} for a message that is not as it has to be, or a file that is none of these
 * @throws {AchFileError} for a NACHA file that is not as it has to be
 */
export function readBankFile(bytes: Uint8Array): BankFile {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  if (FILE_HEADER.test(head)) return { kind: 'ACH', file: readAchFile(bytes) };
  const version = MESSAGE.exec(head)?.[1];
  switch (version) {
    case 'pain.001':
      return { kind: 'INITIATION', initiation: readInitiation(bytes) };
    case 'pain.002':
      return { kind: 'STATUS_REPORT', report: readStatusReport(bytes) };
    case 'camt.053':
    case 'camt.054':
      return { kind: 'STATEMENT', version, message: readStatement(bytes) };
    default: {
      const expected = 'a NACHA file, or pain.001, pain.002, camt.053 or camt.054';
      throw new MessageError([{ code: 'WRONG_MESSAGE', path: '', value: null, expected }]);
    }
  }
}
