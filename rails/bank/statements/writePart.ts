import type { AssetScale } from '../../../platform/money.ts';
import type { CivilDate } from '../calendar/civilDate.ts';
import { CURRENCY_SCALES } from '../iso20022/decimal.ts';
import { BOOKED, type StatementLine } from '../iso20022/statement.ts';
import { writeStatement } from '../iso20022/writeStatement.ts';
import type { Period } from './period.ts';

/** What a name in ISO 20022 may have at the most. */
const ID_LENGTH_MAX = 35;

/** What no XML can have, though our own texts may. */
const NO_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** A movement of an account as a part of its statement has it. Signed minor units. */
export interface PartLine {
  /** No two lines of an account have the same; 35 characters at the most. */
  readonly id: string;
  /** Left out of the file where it has more than 35 characters or one that XML cannot have, as is `endToEndId`. */
  readonly reference: string | null;
  readonly endToEndId: string | null;
  readonly amountMinor: bigint;
  readonly on: CivilDate;
  readonly text: string | null;
}

export interface Part {
  /** The same whenever the part is asked for. */
  readonly id: string;
  readonly accountId: string;
  readonly asset: AssetScale;
  readonly period: Period;
  readonly openingMinor: bigint;
  readonly lines: readonly PartLine[];
}

/** Whether a camt.053 can say it: a currency of ISO 4217, counted as we count it. */
export function hasCamt({ code, scale }: AssetScale): boolean {
  return CURRENCY_SCALES.get(code) === scale;
}

/** Lines as a camt.053 of its own, with the balances before the first and after the last. */
export function writePart({ id, accountId, asset, period, openingMinor, lines }: Part): string {
  const closingMinor = lines.reduce((sum, { amountMinor }) => sum + amountMinor, openingMinor);
  const createdAt = new Date().toISOString();
  const statement = {
    id: id.slice(0, ID_LENGTH_MAX),
    sequence: null,
    createdAt,
    account: { kind: 'OTHER', id: accountId, scheme: null } as const,
    currency: asset.code,
    balances: [
      { code: 'OPBD', amountMinor: openingMinor, on: lines[0]?.on ?? period.from },
      { code: 'CLBD', amountMinor: closingMinor, on: lines.at(-1)?.on ?? period.to },
    ],
    lines: lines.map(lineOf),
  };
  return writeStatement({ messageId: statement.id, createdAt, statements: [statement] });
}

function lineOf({ id, reference, endToEndId, amountMinor, on, text }: PartLine): StatementLine {
  return {
    ...{ id, amountMinor, status: BOOKED, bookedOn: on, valueOn: on, isReversal: false },
    bankReference: shortOrNull(reference),
    endToEndId: shortOrNull(endToEndId),
    ...{ messageId: null, groupId: null, instructionId: null, uetr: null, counterparty: null },
    remittance: text === null || text.trim() === '' ? null : text.replace(NO_XML, '?'),
    ...{ returnReason: null, bankCode: null },
  };
}

function shortOrNull(text: string | null): string | null {
  const isWritable = text !== null && text.length <= ID_LENGTH_MAX && text.search(NO_XML) < 0;
  return isWritable ? text : null;
}
