import { createHash } from 'node:crypto';
import {
  BOOKED,
  type Statement,
  type StatementLine,
  type StatementMessage,
} from '../../iso20022/statement.ts';
import type { FileBank } from '../fileBank.ts';
import { type BankWord, FileRefusedError } from './bankWords.ts';

const TEXT_LENGTH_MAX = 500;
const DIGEST_LENGTH = 16;
const DAY_MS = 86_400_000;

/**
 * What booked lines of a camt.053 or camt.054 say: debits settle orders, credits with a reason or a reversal bring one
 * back, other credits arrive.
 *
 * @throws {FileRefusedError} FOREIGN_ACCOUNT: money of others is never looked at
 */
export function wordsOfStatement(
  bank: FileBank,
  { statements }: StatementMessage,
  version: 'camt.053' | 'camt.054',
): readonly BankWord[] {
  for (const { account } of statements) {
    const number = account.kind === 'IBAN' ? account.iban : account.id;
    if (!bank.accounts.includes(number)) {
      throw new FileRefusedError('FOREIGN_ACCOUNT', 'the file is about an account that is not of this bank');
    }
  }
  return statements.flatMap((statement) =>
    statement.lines
      .filter(({ status }) => status === BOOKED)
      .flatMap((line) => wordOf(statement, line, bank.arrivals === version)),
  );
}

function wordOf(statement: Statement, line: StatementLine, takesArrivals: boolean): readonly BankWord[] {
  const { currency: asset } = statement;
  const amountMinor = line.amountMinor < 0n ? -line.amountMinor : line.amountMinor;
  if (amountMinor === 0n) return [];
  const ids = idsOf(statement, line);
  const said = { account: statement.account, line };
  const comesBack = line.amountMinor > 0n && (line.returnReason !== null || line.isReversal);
  const base = { id: ids.id, amountMinor, asset, occurredAt: bookedAt(line), said };
  if (line.amountMinor > 0n && !comesBack) {
    if (!takesArrivals) return [];
    const reference = (line.remittance ?? '').slice(0, TEXT_LENGTH_MAX);
    return [{ ...base, type: 'ARRIVAL', receiptId: ids.receiptId, reference, payerAccount: payerOf(line) }];
  }
  const fact = {
    kind: comesBack ? ('RETURNED' as const) : ('SETTLED' as const),
    reasonCode: line.returnReason?.code ?? null,
  };
  const key = line.endToEndId ?? line.instructionId;
  if (key !== null) return [{ ...base, ...fact, type: 'ORDER', key }];
  const { messageId, groupId } = line;
  return [{ ...base, ...fact, type: 'ORDERS', messageId, groupId, except: [] }];
}

/**
 * A line is the same in every file by the bank's reference, or by its place in its statement and by whom it is from where
 * it has none; and by what it says: one reference for two amounts is two messages of one money, which somebody has to
 * look at.
 */
function idsOf(
  statement: Statement,
  line: StatementLine,
): { readonly id: string; readonly receiptId: string } {
  const account = statement.account.kind === 'IBAN' ? statement.account.iban : statement.account.id;
  const content = [
    String(line.amountMinor),
    statement.currency,
    line.bookedOn ?? '',
    String(line.isReversal),
  ];
  const told = [payerOf(line), line.remittance ?? '', line.endToEndId ?? ''];
  // Pages of a statement have its id, and some banks count lines anew in each.
  const place = `${statement.id}|${line.id}|${digestOf([...content, ...told])}`;
  const receiptId = `camt|${digestOf([account])}|${line.bankReference === null ? place : line.id}`;
  return { id: `${receiptId}|${digestOf(content)}`, receiptId };
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, DIGEST_LENGTH);
}

/** The end of its day, as a return window counts from it and a bank says no more. */
function bookedAt({ bookedOn }: StatementLine): Date | null {
  const ms = bookedOn === null ? Number.NaN : Date.parse(`${bookedOn}T00:00:00Z`);
  return Number.isNaN(ms) ? null : new Date(ms + DAY_MS);
}

function payerOf({ counterparty }: StatementLine): string {
  const account = counterparty?.account ?? null;
  if (account === null) return '';
  return account.kind === 'IBAN' ? account.iban : account.id;
}
