import { localTimeOf } from '../../calendar/zonedTime.ts';
import { CALENDARS, ENTRIES, findEntry, findSpeed } from '../../catalog/catalog.ts';
import { settlesBy } from '../../catalog/schedule.ts';
import { AchFileError } from '../../nacha/achFile.ts';
import { composeCredits } from '../../nacha/composeCredits.ts';
import { writeAchFile } from '../../nacha/writeAchFile.ts';
import type { NachaBank } from '../fileBank.ts';
import type { Composed, FilePlace, OpenOrder } from './composeFile.ts';

/** The zone that dates of ACH are of. */
export const ACH_ZONE = 'America/New_York';
/** Files of one day are told apart by one character. */
const MODIFIERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
export const ACH_FILES_A_DAY_MAX = MODIFIERS.length;
/** The last seven digits of a trace number. */
const TRACES = 9_999_999n;
const INFORMATION_LENGTH_MAX = 80;
/** As long as the field for our id of a payment. */
const KEY_DIGITS = 15;

/**
 * A NACHA file with one batch of credits. The id of a payment is its number among all that the adapter ever made, of
 * which the trace number is the end.
 *
 * @throws {AchFileError}
 */
export function composeNacha(
  bank: NachaBank,
  orders: readonly OpenOrder[],
  place: FilePlace,
  messageId: string,
): Composed {
  const modifier = MODIFIERS[place.earlierToday];
  if (modifier === undefined) {
    const expected = `${ACH_FILES_A_DAY_MAX} files a day at most`;
    throw new AchFileError([{ line: 0, field: 'fileIdModifier', value: null, expected }]);
  }
  const first = firstOf(place.firstSequence, BigInt(orders.length));
  const keys = orders.map((_, at) => String(first + BigInt(at)).padStart(KEY_DIGITS, '0'));
  const file = composeCredits(bank.originator, {
    entryClass: bank.entryClass,
    entryDescription: bank.entryDescription,
    descriptiveDate: '',
    effectiveDate: effectiveOn(place.now),
    createdOn: place.madeOn,
    createdAt: timeOf(place.now),
    fileIdModifier: modifier,
    firstSequence: Number.parseInt(String(traceOf(first)), 10),
    credits: orders.map((order, at) => ({
      id: keys[at] ?? '',
      routingNumber: order.creditor.routingNumber ?? '',
      accountNumber: order.creditor.accountNumber ?? '',
      isSavings: false,
      amountMinor: order.amountMinor,
      holderName: order.creditor.accountHolderName,
      // One addendum is all that PPD and CCD have.
      information: order.reference?.slice(0, INFORMATION_LENGTH_MAX) ?? null,
    })),
  });
  return {
    text: writeAchFile({ ...file, referenceCode: referenceOf(place.number) }),
    placed: orders.map(({ id }, at) => ({ orderId: id, key: keys[at] ?? '', groupId: messageId })),
    lastSequence: first + BigInt(orders.length) - 1n,
  };
}

/** The next number at which `count` trace numbers in a row rise: a row does not go over their end. */
function firstOf(sequence: bigint, count: bigint): bigint {
  const room = TRACES - traceOf(sequence) + 1n;
  return count <= room ? sequence : sequence + room;
}

function traceOf(sequence: bigint): bigint {
  return ((sequence - 1n) % TRACES) + 1n;
}

function effectiveOn(now: Date): string {
  const catalog = { entries: ENTRIES, calendars: CALENDARS };
  const entry = findEntry(catalog, 'ACH', 'USD');
  const speed = entry === null ? null : findSpeed(entry, null);
  const at = speed === null ? now : settlesBy(catalog, speed, { now: () => now });
  return localTimeOf(at, ACH_ZONE).date;
}

/** `HHMM` as clocks show it where the operator is. */
function timeOf(now: Date): string {
  const { minute } = localTimeOf(now, ACH_ZONE);
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}${String(minute % 60).padStart(2, '0')}`;
}

const REFERENCE_LENGTH = 8;

/** The number of the file, for people who look for it. */
function referenceOf(number: bigint): string {
  return String(number).padStart(REFERENCE_LENGTH, '0').slice(-REFERENCE_LENGTH);
}
