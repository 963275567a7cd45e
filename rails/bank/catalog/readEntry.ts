import type { FieldReader, Fields } from '../../onchain/networks/fieldReader.ts';
import { CALENDAR_CODES, type CalendarCode } from '../calendar/rules.ts';
import { isTimeZone } from '../calendar/zonedTime.ts';
import { isCalendarCode } from './catalog.ts';
import {
  ACCOUNT_TYPES,
  type Moment,
  type RailEntry,
  type ReasonFamily,
  type ReturnReason,
  type ReturnWindow,
  type Schedule,
  SPEED_CODES,
  type Speed,
  type SpeedCode,
  type Window,
} from './rail.ts';
import { MOMENT_DAYS_MAX, minuteOf } from './schedule.ts';

const ENTRY_FIELDS = [
  ...['rail', 'asset', 'source', 'accountTypes', 'isReversible', 'returnWindow', 'returnReasons', 'speeds'],
];
const SPEED_FIELDS = ['code', 'amountMinorMin', 'amountMinorMax', 'schedule'];
const FAMILIES: readonly ReasonFamily[] = [
  ...(['ACCOUNT_NOT_FOUND', 'ACCOUNT_CLOSED', 'ACCOUNT_BLOCKED', 'NAME_MISMATCH', 'NOT_ACCEPTED'] as const),
  ...(['LIMIT', 'DUPLICATE', 'FRAUD', 'REQUESTED_BY_SENDER', 'REFUSED_BY_RECEIVER', 'DECEASED'] as const),
  ...(['REGULATORY', 'FORMAT', 'TECHNICAL', 'OTHER'] as const),
];
const TIME = /^([01][0-9]|2[0-3]):[0-5][0-9]$/;
const REASON_CODE = /^[A-Z0-9]{1,8}$/;
const WINDOWS_MAX = 24;
const REASONS_MAX = 200;
const SETTLEMENT_DAYS_MAX = 10;
const RETURN_DAYS_MAX = 800;
const WEEK_MS = 604_800_000;
const MEANING_LENGTH_MAX = 200;

/** A whole entry from something of unknown form; what is wrong goes to the reader's faults. */
export function readEntry(ours: RailEntry, of: Fields, path: string, reader: FieldReader): RailEntry {
  reader.fields(of, path, ENTRY_FIELDS);
  if (of.rail !== ours.rail || of.asset !== ours.asset) reader.fault(path, 'rail and asset as in its key');
  const accountTypes = reader.list(of.accountTypes, `${path}.accountTypes`).flatMap((value, at) => {
    const type = ACCOUNT_TYPES.find((known) => known === value);
    if (type === undefined) reader.fault(`${path}.accountTypes.${at}`, `one of ${ACCOUNT_TYPES.join(', ')}`);
    return type === undefined ? [] : [type];
  });
  const speeds = readSpeeds(of.speeds, `${path}.speeds`, reader);
  if (speeds.length === 0) reader.fault(`${path}.speeds`, 'one speed at least');
  return {
    rail: ours.rail,
    asset: ours.asset,
    source: typeof of.source === 'string' ? of.source : ours.source,
    accountTypes,
    isReversible: reader.flag(of.isReversible, `${path}.isReversible`),
    returnWindow: readWindow(of.returnWindow, `${path}.returnWindow`, reader),
    returnReasons: readReasons(of.returnReasons, `${path}.returnReasons`, reader),
    speeds,
  };
}

function readSpeeds(value: unknown, path: string, reader: FieldReader): readonly Speed[] {
  const of = reader.fields(value, path, SPEED_CODES);
  return Object.keys(of).flatMap((code) => {
    const known = SPEED_CODES.find((one) => one === code);
    return known === undefined || of[code] === null
      ? []
      : [readSpeed(known, of[code], `${path}.${code}`, reader)];
  });
}

function readSpeed(code: SpeedCode, value: unknown, path: string, reader: FieldReader): Speed {
  const of = reader.fields(value, path, SPEED_FIELDS);
  if (of.code !== undefined && of.code !== code) reader.fault(`${path}.code`, code);
  const amountMinorMin = reader.amount(of.amountMinorMin, `${path}.amountMinorMin`, 1n);
  const amountMinorMax = reader.amount(of.amountMinorMax, `${path}.amountMinorMax`, amountMinorMin);
  return {
    code,
    amountMinorMin,
    amountMinorMax,
    schedule: readSchedule(of.schedule, `${path}.schedule`, reader),
  };
}

function readSchedule(value: unknown, path: string, reader: FieldReader): Schedule {
  const kind = reader.fields(value, path, [
    'kind',
    'settlesWithinMs',
    'calendar',
    'timeZone',
    'opensAt',
    'windows',
  ]);
  if (kind.kind === 'CONTINUOUS') {
    const of = reader.fields(value, path, ['kind', 'settlesWithinMs']);
    return {
      kind: 'CONTINUOUS',
      settlesWithinMs: reader.integer(of.settlesWithinMs, `${path}.settlesWithinMs`, 1, WEEK_MS),
    };
  }
  if (kind.kind !== 'WINDOWS') reader.fault(`${path}.kind`, 'CONTINUOUS or WINDOWS');
  const of = reader.fields(value, path, ['kind', 'calendar', 'timeZone', 'opensAt', 'windows']);
  const windows = reader.list(of.windows, `${path}.windows`);
  if (windows.length === 0 || windows.length > WINDOWS_MAX)
    reader.fault(`${path}.windows`, `1 to ${WINDOWS_MAX} windows`);
  const schedule = {
    kind: 'WINDOWS' as const,
    calendar: readCalendarCode(of.calendar, `${path}.calendar`, reader),
    timeZone: readTimeZone(of.timeZone, `${path}.timeZone`, reader),
    opensAt: readMoment(of.opensAt, `${path}.opensAt`, reader),
    windows: windows
      .slice(0, WINDOWS_MAX)
      .map((window, at) => readSettlementWindow(window, `${path}.windows.${at}`, reader)),
  };
  requireOrder([schedule.opensAt, ...schedule.windows.map((window) => window.cutOff)], path, reader);
  return schedule;
}

function requireOrder(moments: readonly Moment[], path: string, reader: FieldReader): void {
  const minutes = moments.map(({ days, time }) => days * 1_440 + minuteOf(time));
  for (const [at, minute] of minutes.entries()) {
    const before = minutes[at - 1];
    if (before !== undefined && minute <= before)
      reader.fault(`${path}.windows.${at - 1}.cutOff`, 'a time after the one before it');
  }
}

function readSettlementWindow(value: unknown, path: string, reader: FieldReader): Window {
  const of = reader.fields(value, path, ['cutOff', 'settlementDays', 'settlesAt']);
  return {
    cutOff: readMoment(of.cutOff, `${path}.cutOff`, reader),
    settlementDays: reader.integer(of.settlementDays, `${path}.settlementDays`, 0, SETTLEMENT_DAYS_MAX),
    settlesAt: readMoment(of.settlesAt, `${path}.settlesAt`, reader),
  };
}

function readMoment(value: unknown, path: string, reader: FieldReader): Moment {
  const of = reader.fields(value, path, ['days', 'time']);
  const isTime = typeof of.time === 'string' && TIME.test(of.time);
  if (!isTime) reader.fault(`${path}.time`, 'a time as HH:MM');
  return {
    days: reader.integer(of.days, `${path}.days`, -MOMENT_DAYS_MAX, MOMENT_DAYS_MAX),
    time: isTime ? String(of.time) : '00:00',
  };
}

function readCalendarCode(value: unknown, path: string, reader: FieldReader): CalendarCode {
  if (isCalendarCode(value)) return value;
  reader.fault(path, `one of ${CALENDAR_CODES.join(', ')}`);
  return 'US';
}

function readTimeZone(value: unknown, path: string, reader: FieldReader): string {
  if (typeof value === 'string' && isTimeZone(value)) return value;
  reader.fault(path, 'a time zone such as America/New_York');
  return 'UTC';
}

function readWindow(value: unknown, path: string, reader: FieldReader): ReturnWindow {
  const { kind, days } = reader.fields(value, path, ['kind', 'days']);
  if (kind === 'OPEN') return { kind };
  if (kind === 'BUSINESS_DAYS' || kind === 'CALENDAR_DAYS')
    return { kind, days: reader.integer(days, `${path}.days`, 0, RETURN_DAYS_MAX) };
  reader.fault(`${path}.kind`, 'BUSINESS_DAYS, CALENDAR_DAYS or OPEN');
  return { kind: 'OPEN' };
}

function readReasons(value: unknown, path: string, reader: FieldReader): readonly ReturnReason[] {
  const list = reader.list(value, path);
  if (list.length > REASONS_MAX) reader.fault(path, `${REASONS_MAX} reasons at most`);
  const reasons = list.slice(0, REASONS_MAX).map((one, at) => readReason(one, `${path}.${at}`, reader));
  const codes = reasons.map(({ code }) => code);
  if (new Set(codes).size !== codes.length) reader.fault(path, 'each code once');
  return reasons;
}

function readReason(value: unknown, path: string, reader: FieldReader): ReturnReason {
  const of = reader.fields(value, path, ['code', 'family', 'meaning', 'window']);
  const code = typeof of.code === 'string' && REASON_CODE.test(of.code) ? of.code : null;
  if (code === null) reader.fault(`${path}.code`, 'one to eight capitals and digits');
  const family = FAMILIES.find((known) => known === of.family);
  if (family === undefined) reader.fault(`${path}.family`, `one of ${FAMILIES.join(', ')}`);
  const { meaning } = of;
  const isMeaning = typeof meaning === 'string' && meaning.length > 0 && meaning.length <= MEANING_LENGTH_MAX;
  if (!isMeaning) reader.fault(`${path}.meaning`, `a text of 1 to ${MEANING_LENGTH_MAX} characters`);
  const reason = { code: code ?? 'OTHER', family: family ?? 'OTHER', meaning: isMeaning ? meaning : '' };
  return of.window === undefined
    ? reason
    : { ...reason, window: readWindow(of.window, `${path}.window`, reader) };
}
