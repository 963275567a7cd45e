import { checkBalances, checkSummary } from './checkStatement.ts';
import { CURRENCY_SCALES, minorOf } from './decimal.ts';
import { createFaults, dayAt, type MessageFaults, readMessage } from './message.ts';
import { accountOf } from './party.ts';
import { linesOf } from './readLines.ts';
import { isTrue, type StatementReading, signedMinorOf } from './signedAmount.ts';
import type { Statement, StatementBalance, StatementMessage } from './statement.ts';
import { camt053, camt054 } from './structure/camt.ts';
import { all, find, textAt, textOf, type XmlElement } from './xml/element.ts';

const DEFINITIONS = [
  { version: 'camt.053.001.08', structure: camt053, list: 'Stmt', root: 'Document/BkToCstmrStmt' },
  { version: 'camt.054.001.08', structure: camt054, list: 'Ntfctn', root: 'Document/BkToCstmrDbtCdtNtfctn' },
];

/**
 * What a bank says of accounts: camt.053.001.08 or camt.054.001.08. Structure, currencies, totals and balances are
 * checked before anything is taken: opening balance and booked lines come to the closing balance, to the last minor unit.
 *
 * @param bytes UTF-8, at most 20 MB
 * @throws {MessageError} with all faults, up to 50
 */
export function readStatement(
  bytes: Uint8Array,
  scales: ReadonlyMap<string, number> = CURRENCY_SCALES,
): StatementMessage {
  const { definition, message } = readMessage(bytes, DEFINITIONS);
  const faults = createFaults();
  const statements = all(message, definition.list).map((of, at) =>
    statementOf(of, `${definition.root}/${definition.list}[${at + 1}]`, scales, faults),
  );
  faults.end();
  return {
    messageId: textOf(message, 'GrpHdr/MsgId'),
    createdAt: textOf(message, 'GrpHdr/CreDtTm').trim(),
    statements,
  };
}

function statementOf(
  of: XmlElement,
  path: string,
  scales: ReadonlyMap<string, number>,
  faults: MessageFaults,
): Statement {
  const currency =
    textAt(of, 'Acct/Ccy') ?? (find(of, 'Bal/Amt') ?? find(of, 'Ntry/Amt'))?.attributes.Ccy ?? '';
  const scale = scales.get(currency);
  if (scale === undefined)
    faults.add('STRUCTURE', `${path}/Acct/Ccy`, currency, `one of ${[...scales.keys()].join(', ')}`);
  const reading: StatementReading = { currency, scale: scale ?? 0, path, faults };
  const sequence = textAt(of, 'ElctrncSeqNb') ?? textAt(of, 'LglSeqNb');
  const statement = {
    id: textOf(of, 'Id'),
    sequence: sequence === null ? null : minorOf(sequence, 0),
    createdAt: textAt(of, 'CreDtTm')?.trim() ?? null,
    account: accountOf(find(of, 'Acct')) ?? { kind: 'OTHER' as const, id: '', scheme: null },
    currency,
    balances: all(of, 'Bal').map((balance, at) => balanceOf(balance, `${path}/Bal[${at + 1}]/Amt`, reading)),
    lines: linesOf(of, reading),
  };
  // One page of several says only its part.
  const isWhole = ['StmtPgntn', 'NtfctnPgntn'].every((name) => isOnlyPage(find(of, name)));
  if (isWhole && scale !== undefined) {
    checkBalances(statement, reading);
    checkSummary(of, reading);
  }
  return statement;
}

function isOnlyPage(pagination: XmlElement | null): boolean {
  if (pagination === null) return true;
  return /^0*1$/.test(textOf(pagination, 'PgNb')) && isTrue(textOf(pagination, 'LastPgInd'));
}

function balanceOf(of: XmlElement, path: string, reading: StatementReading): StatementBalance {
  return {
    code: textAt(of, 'Tp/CdOrPrtry/Cd') ?? textOf(of, 'Tp/CdOrPrtry/Prtry'),
    amountMinor: signedMinorOf(of, path, reading),
    on: dayAt(of, 'Dt') ?? '',
  };
}
