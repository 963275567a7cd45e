import type { Uuid } from '../../../platform/id.ts';
import type { CivilDate } from '../calendar/civilDate.ts';

/** A line as it is stored. Signed minor units: positive when the account gets it. */
export interface NewLine {
  /** The bank's own id of it. */
  readonly key: string;
  readonly amountMinor: bigint;
  readonly bookedOn: CivilDate;
  readonly endToEndId: string | null;
  readonly counterpartyMask: string | null;
  readonly text: string | null;
}

/** Lines of one account at a bank, as they came. */
export interface NewStatement {
  readonly id: Uuid;
  /** Whose account it is; null where the bank does not say. */
  readonly organizationId: Uuid | null;
  readonly asset: string;
  /** The bank's own name of it: taken in again, it changes nothing. */
  readonly key: string;
  readonly sequence: bigint | null;
  readonly openingMinor: bigint | null;
  readonly closingMinor: bigint | null;
  readonly closedOn: CivilDate;
  /** What we had by then should be among the lines so far. */
  readonly coversUntil: Date;
  readonly lines: readonly NewLine[];
}

const BARE_UUID = /^[0-9a-f]{32}$/;
const TEXT_LENGTH_MAX = 140;
const CONTROLS = /\p{Cc}/gu;

/** Formats with 35 characters have our uuids without hyphens, and banks write letters as they like. */
export function endToEndKey(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return null;
  const bare = trimmed.replaceAll('-', '').toLowerCase();
  if (!BARE_UUID.test(bare)) return lineText(trimmed);
  const parts = [[0, 8] as const, [8, 12] as const, [12, 16] as const, [16, 20] as const, [20, 32] as const];
  return parts.map(([from, to]) => bare.slice(from, to)).join('-');
}

/** What Postgres and a page can hold of a text that a bank passed on. */
export function lineText(text: string | null): string | null {
  return text === null
    ? null
    : [...text.replace(CONTROLS, ' ').toWellFormed()].slice(0, TEXT_LENGTH_MAX).join('');
}
