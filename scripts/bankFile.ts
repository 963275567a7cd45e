import { readFile } from 'node:fs/promises';
import { formatAmount } from '../platform/money.ts';
import { CURRENCY_SCALES } from '../rails/bank/iso20022/decimal.ts';
import { MessageError } from '../rails/bank/iso20022/messageError.ts';
import { AchFileError } from '../rails/bank/nacha/achFile.ts';
import { changesOf, returnsOf } from '../rails/bank/nacha/returns.ts';
import { type BankFile, readBankFile } from '../rails/bank/readBankFile.ts';

/**
 * `npm run bank:read FILE`: reads a file of a bank as OMSX would, and prints a line for each thing in it, or everything
 * that is wrong with it, with the values that stand there. Changes nothing; ends with 1 when the file would be refused.
 */
async function main(path: string | undefined): Promise<number> {
  if (path === undefined) {
    say('usage: npm run bank:read FILE');
    return 1;
  }
  try {
    for (const line of linesOf(readBankFile(await readFile(path)))) say(line);
    return 0;
  } catch (error) {
    if (!(error instanceof MessageError || error instanceof AchFileError)) throw error;
    for (const fault of error.faults) {
      const place = 'path' in fault ? `${fault.code} ${fault.path}` : `line ${fault.line}, ${fault.field}`;
      say(`${place}: ${JSON.stringify(fault.value)}, expected ${fault.expected}`);
    }
    return 1;
  }
}

function linesOf(read: BankFile): readonly string[] {
  switch (read.kind) {
    case 'ACH':
      return [
        `ACH file of ${read.file.creationDate}, ${read.file.batches.length} batch(es)`,
        ...read.file.batches.map(
          ({ entryClass, entries, effectiveDate }) =>
            `${entryClass} ${effectiveDate}: ${entries.length} entries`,
        ),
        ...returnsOf(read.file).map(
          ({ id, code, amountMinor }) => `${id} returned ${code} ${amount(amountMinor, 'USD')}`,
        ),
        ...changesOf(read.file).map(
          ({ id, code, correctedData }) => `${id} changed ${code} ${correctedData}`,
        ),
      ];
    case 'INITIATION':
      return [
        `payments ${read.initiation.messageId} of ${read.initiation.createdAt}`,
        ...read.initiation.groups.flatMap(({ id, requestedOn, transfers }) =>
          transfers.map(
            (one) => `${id} ${requestedOn} ${one.endToEndId} ${amount(one.amountMinor, one.currency)}`,
          ),
        ),
      ];
    case 'STATUS_REPORT':
      return [
        `status of ${read.report.originalMessageId}: ${read.report.word?.status ?? 'nothing for all'}`,
        ...read.report.transfers.map(({ endToEndId, word }) => {
          const codes = word?.reasons.map(({ code }) => code).join(' ') ?? '';
          return `${endToEndId ?? ''} ${word?.status ?? ''} ${word?.verdict ?? ''} ${codes}`.trim();
        }),
      ];
    case 'STATEMENT':
      return read.message.statements.flatMap(({ id, currency, balances, lines }) => [
        `statement ${id} in ${currency}`,
        ...balances.map(({ code, amountMinor, on }) => `${on} ${code} ${amount(amountMinor, currency)}`),
        ...lines.map((one) =>
          [one.bookedOn ?? one.status, one.id, amount(one.amountMinor, currency), one.endToEndId ?? '']
            .join(' ')
            .trim(),
        ),
      ]);
  }
}

function amount(amountMinor: bigint, currency: string): string {
  return `${formatAmount(amountMinor, { code: currency, scale: CURRENCY_SCALES.get(currency) ?? 0 })} ${currency}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main(process.argv[2]);
