import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { CivilDate } from '../calendar/civilDate.ts';
import { maskText } from '../details.ts';
import {
  BOOKED,
  CLOSING_CODE,
  OPENING_CODES,
  type Statement,
  type StatementLine,
  type StatementMessage,
} from '../iso20022/statement.ts';
import { endToEndKey, lineText, type NewLine, type NewStatement } from './newStatement.ts';

/** Says of nothing that it should be there: a notification tells of single lines. */
const NOTHING = new Date(0);

/**
 * Statements of a file as they are stored for an organization: booked lines only. What moved before the closing day should
 * be in them; on that day itself banks still book. Pure but for new ids.
 */
export function fileStatements(message: StatementMessage, organizationId: Uuid): readonly NewStatement[] {
  return message.statements.map((statement) => {
    const { id, account, currency, sequence, balances, lines } = statement;
    const booked = lines.filter(({ status }) => status === BOOKED);
    const opening = balances.find(({ code }) => OPENING_CODES.includes(code)) ?? null;
    const closing = balances.find(({ code }) => code === CLOSING_CODE) ?? null;
    const closedOn = closing?.on ?? lastDayOf(booked) ?? dayOf(statement, message);
    return {
      id: newUuid(),
      organizationId,
      asset: currency,
      key: `${maskText(account.kind === 'IBAN' ? account.iban : account.id)} ${id}`,
      sequence,
      openingMinor: opening?.amountMinor ?? null,
      closingMinor: closing?.amountMinor ?? null,
      closedOn,
      coversUntil: closing === null ? NOTHING : new Date(`${closedOn}T00:00:00Z`),
      lines: booked.map((line) => newLineOf(line, closedOn)),
    };
  });
}

function newLineOf(line: StatementLine, closedOn: CivilDate): NewLine {
  const { id, amountMinor, bookedOn, valueOn, endToEndId, counterparty, remittance } = line;
  const account = counterparty?.account ?? null;
  return {
    key: id,
    amountMinor,
    bookedOn: bookedOn ?? valueOn ?? closedOn,
    endToEndId: endToEndKey(endToEndId),
    counterpartyMask: account === null ? null : maskText(account.kind === 'IBAN' ? account.iban : account.id),
    text: lineText(remittance),
  };
}

function lastDayOf(lines: readonly StatementLine[]): CivilDate | null {
  return (
    lines
      .flatMap(({ bookedOn }) => bookedOn ?? [])
      .sort()
      .at(-1) ?? null
  );
}

function dayOf(statement: Statement, message: StatementMessage): CivilDate {
  const DAY_LENGTH = 10;
  return (statement.createdAt ?? message.createdAt).slice(0, DAY_LENGTH);
}
