import {
  createFieldReader,
  type FieldReader,
  type Fields,
  isFields,
} from '../../onchain/networks/fieldReader.ts';
import { findDate } from '../calendar/civilDate.ts';
import { isBusinessDay } from '../calendar/holidays.ts';
import { type BankCalendar, CALENDAR_CODES, type CalendarCode } from '../calendar/rules.ts';
import { CALENDARS, type Catalog, ENTRIES, isCalendarCode } from './catalog.ts';
import { type RailEntry, SPEED_CODES, type Speed } from './rail.ts';
import { readEntry } from './readEntry.ts';

const RAILS_FIELDS = ['rails', 'calendars'];
/** Days that an operator may name for one calendar: ten years of India's. */
const DAYS_MAX = 400;

/** Lists every fault of an operator's file at once, each with its path and what was expected. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `the bank catalogue has ${faults.length} fault(s):\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/**
 * What is known of rails, with an operator's changes over it.
 *
 * @param overrides what the operator's file says: `rails` by `RAIL/ASSET`, `calendars` by code. Fields of a rail and of
 *   its speeds go over ours, lists and schedules replace ours whole, amounts are strings of minor units, a speed that is
 *   null is not offered. Undefined: there is no file.
 * @throws {CatalogError}
 */
export function readCatalog(overrides: unknown): Catalog {
  const faults: string[] = [];
  const reader = createFieldReader(faults);
  const given = reader.fields(overrides ?? {}, 'the file', RAILS_FIELDS);
  const known = new Map(ENTRIES.map((entry) => [`${entry.rail}/${entry.asset}`, entry]));
  const rails = reader.fields(given.rails ?? {}, 'rails', [...known.keys()]);
  const calendars = reader.fields(given.calendars ?? {}, 'calendars', CALENDAR_CODES);
  const catalog: Catalog = {
    entries: [...known].map(([key, entry]) =>
      readEntry(entry, merged(entry, rails[key], key, reader), key, reader),
    ),
    calendars: readCalendars(calendars, reader),
  };
  if (faults.length > 0) throw new CatalogError(faults);
  return catalog;
}

function merged(entry: RailEntry, override: unknown, path: string, reader: FieldReader): Fields {
  const ours: Fields = {
    ...entry,
    speeds: Object.fromEntries(entry.speeds.map((speed) => [speed.code, speed])),
  };
  if (override === undefined) return ours;
  if (!isFields(override)) {
    reader.fault(path, 'an object');
    return ours;
  }
  const speeds =
    override.speeds === undefined ? ours.speeds : mergedSpeeds(entry.speeds, override.speeds, path, reader);
  return { ...ours, ...override, speeds };
}

function mergedSpeeds(ours: readonly Speed[], override: unknown, path: string, reader: FieldReader): Fields {
  const given = reader.fields(override, `${path}.speeds`, SPEED_CODES);
  const codes = SPEED_CODES.filter((code) => code in given && !ours.some((speed) => speed.code === code));
  const known = ours.map((speed) => [speed.code, overlaid({ ...speed }, given[speed.code])]);
  const added = codes.map((code) => [code, given[code]]);
  return Object.fromEntries([...known, ...added]);
}

function overlaid(ours: Fields, theirs: unknown): unknown {
  return isFields(theirs) ? { ...ours, ...theirs } : theirs === undefined ? ours : theirs;
}

function readCalendars(given: Fields, reader: FieldReader): Readonly<Record<CalendarCode, BankCalendar>> {
  const changed = Object.keys(given)
    .filter(isCalendarCode)
    .map((code) => [code, readCalendar(CALENDARS[code], given[code], `calendars.${code}`, reader)] as const);
  return { ...CALENDARS, ...Object.fromEntries(changed) };
}

function readCalendar(ours: BankCalendar, value: unknown, path: string, reader: FieldReader): BankCalendar {
  const of = reader.fields(value, path, ['closed', 'open']);
  const closed = readDays(of.closed, `${path}.closed`, reader);
  const open = readDays(of.open, `${path}.open`, reader);
  const both = open.find((date) => closed.includes(date));
  if (both !== undefined) reader.fault(`${path}.open`, 'days that are not closed as well');
  const idle = open.findIndex((date) => isBusinessDay(ours, date));
  if (idle >= 0) reader.fault(`${path}.open.${idle}`, 'a day that would be closed otherwise');
  return { ...ours, closed, open };
}

function readDays(value: unknown, path: string, reader: FieldReader): readonly string[] {
  if (value === undefined) return [];
  const days = reader.list(value, path);
  if (days.length > DAYS_MAX) reader.fault(path, `${DAYS_MAX} days at most`);
  return days.slice(0, DAYS_MAX).flatMap((day, at) => {
    const date = typeof day === 'string' ? findDate(day) : null;
    if (date === null) reader.fault(`${path}.${at}`, 'a day as YYYY-MM-DD');
    return date === null ? [] : [date];
  });
}
