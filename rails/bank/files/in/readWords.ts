import { MessageError } from '../../iso20022/messageError.ts';
import { AchFileError } from '../../nacha/achFile.ts';
import { type BankFile, readBankFile } from '../../readBankFile.ts';
import type { FileBank } from '../fileBank.ts';
import { type BankWord, FileRefusedError } from './bankWords.ts';
import { wordsOfAch } from './wordsOfAch.ts';
import { wordsOfReport } from './wordsOfReport.ts';
import { wordsOfStatement } from './wordsOfStatement.ts';

/**
 * Everything that a file of a bank says. Pure.
 *
 * @throws {FileRefusedError} when it cannot be believed as a whole
 */
export function readWords(bank: FileBank, bytes: Uint8Array): readonly BankWord[] {
  const file = read(bytes);
  switch (file.kind) {
    case 'STATUS_REPORT':
      return wordsOfReport(file.report);
    case 'STATEMENT':
      return wordsOfStatement(bank, file.message, file.version);
    case 'ACH':
      return wordsOfAch(file.file);
    case 'INITIATION':
      throw new FileRefusedError(
        'NOT_FOR_US',
        'the file is a pain.001, which is for a bank and not from one',
      );
  }
}

function read(bytes: Uint8Array): BankFile {
  try {
    return readBankFile(bytes);
  } catch (error) {
    if (error instanceof AchFileError) throw new FileRefusedError('NOT_READABLE', error.message);
    if (!(error instanceof MessageError)) throw error;
    const codes = error.faults.map(({ code }) => code);
    const first = codes[0];
    if (first === 'WRONG_MESSAGE') throw new FileRefusedError('NOT_A_BANK_FILE', error.message);
    const isSum = codes.every((code) => code === 'TOTALS');
    throw new FileRefusedError(isSum ? 'WRONG_TOTALS' : 'NOT_READABLE', error.message);
  }
}
