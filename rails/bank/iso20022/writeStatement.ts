import { CURRENCY_SCALES, decimalOf } from './decimal.ts';
import { createFaults, writeMessage } from './message.ts';
import { accountElement, agentElement } from './party.ts';
import type { Statement, StatementBalance, StatementLine, StatementMessage } from './statement.ts';
import { camt053 } from './structure/camt.ts';
import { element, optional, type XmlElement } from './xml/element.ts';

const DEFINITION = { version: 'camt.053.001.08', structure: camt053 };
const DOMAIN_CODE = /^([A-Z0-9]{4})\/([A-Z0-9]{4})\/([A-Z0-9]{4})$/;
const REMITTANCE_LENGTH = 140;

/**
 * A camt.053.001.08 in UTF-8, one entry a line, with counts and sums, after it was checked against its definition.
 *
 * @throws {MessageError}
 */
export function writeStatement(
  message: StatementMessage,
  scales: ReadonlyMap<string, number> = CURRENCY_SCALES,
): string {
  const faults = createFaults();
  for (const [at, { currency }] of message.statements.entries()) {
    const path = `Document/BkToCstmrStmt/Stmt[${at + 1}]/Acct/Ccy`;
    if (!scales.has(currency)) faults.add('STRUCTURE', path, currency, 'a currency whose decimals are known');
  }
  faults.end();
  return writeMessage(
    DEFINITION,
    element('BkToCstmrStmt', [
      element('GrpHdr', [element('MsgId', message.messageId), element('CreDtTm', message.createdAt)]),
      ...message.statements.map((statement) =>
        statementElement(statement, scales.get(statement.currency) ?? 0),
      ),
    ]),
  );
}

/** Writes amounts of one account. */
interface Money {
  readonly currency: string;
  readonly scale: number;
}

function statementElement(statement: Statement, scale: number): XmlElement {
  const { currency, lines, sequence } = statement;
  const money = { currency, scale };
  return element('Stmt', [
    element('Id', statement.id),
    optional('ElctrncSeqNb', sequence === null ? null : String(sequence)),
    optional('CreDtTm', statement.createdAt),
    accountElement('Acct', statement.account, currency),
    ...statement.balances.map((balance) => balanceElement(balance, money)),
    element('TxsSummry', summaryElements(lines, money)),
    ...lines.map((line) => entryElement(line, money)),
  ]);
}

function amountElements(amountMinor: bigint, { currency, scale }: Money): readonly XmlElement[] {
  const isDebit = amountMinor < 0n;
  return [
    element('Amt', decimalOf(isDebit ? -amountMinor : amountMinor, currency, scale), { Ccy: currency }),
    element('CdtDbtInd', isDebit ? 'DBIT' : 'CRDT'),
  ];
}

function balanceElement({ code, amountMinor, on }: StatementBalance, money: Money): XmlElement {
  return element('Bal', [
    element('Tp', [element('CdOrPrtry', [element(code.length <= 4 ? 'Cd' : 'Prtry', code)])]),
    ...amountElements(amountMinor, money),
    element('Dt', [element('Dt', on)]),
  ]);
}

function summaryElements(lines: readonly StatementLine[], money: Money): readonly XmlElement[] {
  const amounts = lines.map(({ amountMinor }) => amountMinor);
  const credits = amounts.filter((amount) => amount >= 0n);
  const debits = amounts.filter((amount) => amount < 0n).map((amount) => -amount);
  const sumOf = (list: readonly bigint[]): bigint => list.reduce((sum, amount) => sum + amount, 0n);
  const totals = (name: string, list: readonly bigint[]): XmlElement =>
    element(name, [
      element('NbOfNtries', String(list.length)),
      element('Sum', decimalOf(sumOf(list), money.currency, money.scale)),
    ]);
  const net = sumOf(credits) - sumOf(debits);
  return [
    element('TtlNtries', [
      element('NbOfNtries', String(amounts.length)),
      element('Sum', decimalOf(sumOf(credits) + sumOf(debits), money.currency, money.scale)),
      element('TtlNetNtry', [
        element('Amt', decimalOf(net < 0n ? -net : net, money.currency, money.scale)),
        element('CdtDbtInd', net < 0n ? 'DBIT' : 'CRDT'),
      ]),
    ]),
    totals('TtlCdtNtries', credits),
    totals('TtlDbtNtries', debits),
  ];
}

function entryElement(line: StatementLine, money: Money): XmlElement {
  const { bookedOn, valueOn } = line;
  return element('Ntry', [
    // What tells lines apart for whoever has no reference of the bank.
    element('NtryRef', line.id),
    ...amountElements(line.amountMinor, money),
    line.isReversal ? element('RvslInd', 'true') : null,
    element('Sts', [element(line.status.length <= 4 ? 'Cd' : 'Prtry', line.status)]),
    optional('BookgDt', bookedOn === null ? null : [element('Dt', bookedOn)]),
    optional('ValDt', valueOn === null ? null : [element('Dt', valueOn)]),
    optional('AcctSvcrRef', line.bankReference),
    element('BkTxCd', bankCodeElements(line.bankCode)),
    optional('NtryDtls', [optional('TxDtls', detailElements(line))]),
  ]);
}

function bankCodeElements(code: string | null): readonly XmlElement[] {
  if (code === null) return [];
  const [, domain, family, subFamily] = DOMAIN_CODE.exec(code) ?? [];
  if (domain === undefined || family === undefined || subFamily === undefined)
    return [element('Prtry', [element('Cd', code)])];
  return [
    element('Domn', [
      element('Cd', domain),
      element('Fmly', [element('Cd', family), element('SubFmlyCd', subFamily)]),
    ]),
  ];
}

function detailElements(line: StatementLine): readonly (XmlElement | null)[] {
  const { counterparty, remittance, returnReason } = line;
  const role = line.amountMinor >= 0n === (returnReason === null) ? 'Dbtr' : 'Cdtr';
  const name = counterparty?.name ?? null;
  const account = counterparty?.account ?? null;
  const agent = counterparty?.agent ?? null;
  return [
    optional('Refs', [
      optional('MsgId', line.messageId),
      optional('PmtInfId', line.groupId),
      optional('InstrId', line.instructionId),
      optional('EndToEndId', line.endToEndId),
      optional('UETR', line.uetr),
    ]),
    optional('RltdPties', [
      optional(role, name === null ? null : [element('Pty', [element('Nm', name)])]),
      account === null ? null : accountElement(`${role}Acct`, account),
    ]),
    optional('RltdAgts', [agent === null ? null : agentElement(`${role}Agt`, agent, { bic: 'BICFI' })]),
    optional(
      'RmtInf',
      // Cut by letters, so that none is torn in two.
      remittance === null ? null : chunks([...remittance]).map((text) => element('Ustrd', text)),
    ),
    returnReason === null
      ? null
      : element('RtrInf', [
          optional('Rsn', returnReason.code === null ? null : [codeElement(returnReason.code)]),
          ...returnReason.information.map((text) => element('AddtlInf', text)),
        ]),
  ];
}

function codeElement(code: string): XmlElement {
  return element(code.length <= 4 ? 'Cd' : 'Prtry', code);
}

function chunks(letters: readonly string[]): readonly string[] {
  const count = Math.ceil(letters.length / REMITTANCE_LENGTH);
  return Array.from({ length: count }, (_, at) =>
    letters.slice(at * REMITTANCE_LENGTH, (at + 1) * REMITTANCE_LENGTH).join(''),
  );
}
