import type { Clock } from '../../../platform/clock.ts';
import { addBusinessDays, businessDayFrom, CalendarError } from '../calendar/businessDays.ts';
import { addDays, type CivilDate } from '../calendar/civilDate.ts';
import { instantOf, localTimeOf } from '../calendar/zonedTime.ts';
import type { Catalog } from './catalog.ts';
import type { Moment, RailEntry, ReturnWindow, Schedule, Speed, Window } from './rail.ts';

type WindowSchedule = Extract<Schedule, { readonly kind: 'WINDOWS' }>;

/** How far a Moment may be from its business day, in days; beyond it nothing has to be looked for. */
export const MOMENT_DAYS_MAX = 2;
/** Business days that are tried for the next cut-off: one of the first few has it. */
const DAYS_TRIED_MAX = 10;

/** The end of one exchange: what is handed in before `at` is part of it. */
export interface CutOff {
  readonly at: Date;
  /** The business day that it belongs to, in the rail's zone. */
  readonly day: CivilDate;
  readonly window: Window;
}

/** Whether what is handed in now is taken up at once, and not only kept until the rail opens. */
export function isOpen(catalog: Catalog, speed: Speed, clock: Clock): boolean {
  const { schedule } = speed;
  if (schedule.kind === 'CONTINUOUS') return true;
  const now = clock.now();
  const next = nextCutOff(catalog, speed, clock);
  return next !== null && instantAt(schedule, next.day, schedule.opensAt) <= now;
}

/**
 * The first cut-off after now; null for a rail that never closes. Who is exactly on time is too late.
 *
 * @throws {CalendarError} when the calendar has no business day in reach
 */
export function nextCutOff(catalog: Catalog, speed: Speed, clock: Clock): CutOff | null {
  const { schedule } = speed;
  if (schedule.kind === 'CONTINUOUS') return null;
  const now = clock.now();
  const calendar = catalog.calendars[schedule.calendar];
  let day = addDays(localTimeOf(now, schedule.timeZone).date, -MOMENT_DAYS_MAX - 1);
  for (let tried = 0; tried < DAYS_TRIED_MAX; tried++) {
    day = businessDayFrom(calendar, day);
    for (const window of schedule.windows) {
      const at = instantAt(schedule, day, window.cutOff);
      if (at > now) return { at, day, window };
    }
    day = addDays(day, 1);
  }
  throw new CalendarError(`calendar ${calendar.code} has no cut-off in reach`);
}

/**
 * When a payment that is handed in now has settled, if all goes as the rail's rules have it.
 *
 * @throws {CalendarError}
 */
export function settlesBy(catalog: Catalog, speed: Speed, clock: Clock): Date {
  const { schedule } = speed;
  const cutOff = nextCutOff(catalog, speed, clock);
  if (schedule.kind === 'CONTINUOUS' || cutOff === null) {
    const withinMs = schedule.kind === 'CONTINUOUS' ? schedule.settlesWithinMs : 0;
    return new Date(clock.now().getTime() + withinMs);
  }
  const calendar = catalog.calendars[schedule.calendar];
  const day = addBusinessDays(calendar, cutOff.day, cutOff.window.settlementDays);
  return instantAt(schedule, day, cutOff.window.settlesAt);
}

/**
 * The end of a return window: the midnight after its last day in the rail's zone (UTC where the rail has none); null
 * where no rule ends it.
 *
 * @param window of the reason, or of the rail: `returnWindowOf`
 * @throws {CalendarError}
 */
export function returnableUntil(
  catalog: Catalog,
  entry: RailEntry,
  window: ReturnWindow,
  settledAt: Date,
): Date | null {
  if (window.kind === 'OPEN') return null;
  const schedule = entry.speeds.map((speed) => speed.schedule).find((one) => one.kind === 'WINDOWS');
  const zone = schedule?.timeZone ?? 'UTC';
  const settledOn = localTimeOf(settledAt, zone).date;
  const isCounted = window.kind === 'BUSINESS_DAYS' && schedule !== undefined;
  const last = isCounted
    ? addBusinessDays(catalog.calendars[schedule.calendar], settledOn, window.days)
    : addDays(settledOn, window.days);
  return instantOf(addDays(last, 1), 0, zone);
}

/** Minutes since midnight of a time such as `14:45`. */
export function minuteOf(time: string): number {
  const [hour = '', minute = ''] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

function instantAt(schedule: WindowSchedule, day: CivilDate, moment: Moment): Date {
  return instantOf(addDays(day, moment.days), minuteOf(moment.time), schedule.timeZone);
}
