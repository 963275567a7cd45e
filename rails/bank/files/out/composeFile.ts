import { createHash } from 'node:crypto';
import type { Uuid } from '../../../../platform/id.ts';
import type { BankRailName } from '../../../port.ts';
import type { CivilDate } from '../../calendar/civilDate.ts';
import type { BankAccountDetails } from '../../details.ts';
import { MessageError } from '../../iso20022/messageError.ts';
import { AchFileError } from '../../nacha/achFile.ts';
import { FILE_BYTES_MAX, type FileBank } from '../fileBank.ts';
import { composeIso } from './composeIso.ts';
import { composeNacha } from './composeNacha.ts';

/** An order with the account that it goes to, opened. */
export interface OpenOrder {
  readonly id: Uuid;
  readonly rail: BankRailName;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly reference: string | null;
  readonly creditor: BankAccountDetails;
}

/** Where a file stands in the row of files of its adapter. */
export interface FilePlace {
  /** From 1. */
  readonly number: bigint;
  /** The first number that its entries may take. */
  readonly firstSequence: bigint;
  /** Files that the adapter made on the same day before it. */
  readonly earlierToday: number;
  readonly now: Date;
  /** Of `now`, in the zone of the rail. */
  readonly madeOn: CivilDate;
}

/** Where an order stands in a file, by what the bank gives back. */
export interface PlacedOrder {
  readonly orderId: Uuid;
  readonly key: string;
  readonly groupId: string;
}

export interface ComposedFile {
  readonly name: string;
  readonly messageId: string;
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly placed: readonly PlacedOrder[];
  readonly lastSequence: bigint;
}

/** What a format makes of orders, before it is bytes. */
export interface Composed {
  readonly text: string;
  readonly placed: readonly PlacedOrder[];
  readonly lastSequence: bigint;
}

/** What was made of orders: a file of some or all of them, and those that no file can carry. */
export interface Composition {
  readonly file: ComposedFile | null;
  readonly unfit: readonly Uuid[];
}

/**
 * One file of as many of the orders as it can carry, from the first on; those that are left out are for the next one. An
 * order that cannot be written even alone is named, so that it holds up no other. Pure: the same is always the same bytes.
 */
export function composeFile(bank: FileBank, orders: readonly OpenOrder[], place: FilePlace): Composition {
  const whole = tryCompose(bank, orders, place);
  if (whole !== null || orders.length === 0) return { file: whole, unfit: [] };
  const fit = orders.filter((order) => tryCompose(bank, [order], place) !== null);
  const unfit = orders.filter((order) => !fit.includes(order)).map(({ id }) => id);
  for (let count = fit.length; count > 0; count = Math.floor(count / 2)) {
    const file = tryCompose(bank, fit.slice(0, count), place);
    if (file !== null) return { file, unfit };
  }
  return { file: null, unfit };
}

/** Null where the format refuses something, or the file would be too long. */
function tryCompose(bank: FileBank, orders: readonly OpenOrder[], place: FilePlace): ComposedFile | null {
  if (orders.length === 0) return null;
  const messageId = messageIdOf(bank.code, place.number);
  try {
    const { text, placed, lastSequence } =
      bank.format === 'NACHA'
        ? composeNacha(bank, orders, place, messageId)
        : composeIso(bank, orders, place, messageId);
    const bytes = Buffer.from(text, 'utf8');
    if (bytes.length > FILE_BYTES_MAX) return null;
    const name = `${messageId}.${bank.format === 'NACHA' ? 'ach' : 'xml'}`;
    const digest = createHash('sha256').update(bytes).digest('hex');
    return { name, messageId, bytes, digest, placed, lastSequence };
  } catch (error) {
    if (error instanceof MessageError || error instanceof AchFileError) return null;
    throw error;
  }
}

const NUMBER_DIGITS = 8;

/** `COMMERZ-00000042`: of one file of the adapter and never of another. */
export function messageIdOf(code: string, number: bigint): string {
  return `${code}-${String(number).padStart(NUMBER_DIGITS, '0')}`;
}
