import type { BankLine, BankLinePage } from '../provider.ts';
import { MalformedMessageError, parseObject, textOf } from './eventJson.ts';

/** Of one page; the simulator sends fewer. */
const LINES_MAX = 1_000;
const SIGNED = /^(0|-?[1-9]\d{0,37})$/;
const DATE_LENGTH = 10;

/** Reads a page of lines from bytes that the simulator has sent. @throws {MalformedMessageError} */
export function readLinePage(bytes: Uint8Array): BankLinePage {
  const { lines, next, asOf } = parseObject(bytes);
  if (!Array.isArray(lines) || lines.length > LINES_MAX || typeof next !== 'string')
    throw new MalformedMessageError(`at most ${LINES_MAX} lines and the position after them`);
  const page = lines.map((line: unknown) => lineOf(typeof line === 'object' ? { ...line } : {}));
  return { lines: page, next, asOf: instantOf(asOf), bytes };
}

function lineOf(value: Readonly<Record<string, unknown>>): BankLine {
  return {
    id: textOf(value, 'id'),
    customer: textOrNull(value, 'customer'),
    asset: textOf(value, 'asset'),
    amountMinor: signedOf(value, 'amountMinor'),
    bookedOn: instantOf(value.bookedAt).toISOString().slice(0, DATE_LENGTH),
    endToEndId: textOrNull(value, 'endToEndId'),
    counterparty: textOrNull(value, 'counterparty'),
    text: textOrNull(value, 'text'),
    balanceMinor: signedOf(value, 'balanceMinor'),
  };
}

function textOrNull(value: Readonly<Record<string, unknown>>, name: string): string | null {
  return value[name] === null ? null : textOf(value, name);
}

function signedOf(value: Readonly<Record<string, unknown>>, name: string): bigint {
  const text = textOf(value, name);
  if (!SIGNED.test(text))
    throw new MalformedMessageError(`${name} as a whole number of minor units, with a sign`);
  return BigInt(text);
}

function instantOf(value: unknown): Date {
  const instant = new Date(typeof value === 'string' ? value : '');
  if (Number.isNaN(instant.getTime())) throw new MalformedMessageError('an instant');
  return instant;
}
