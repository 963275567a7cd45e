import { invariant } from '../../../platform/invariant.ts';
import { type CivilDate, numberOfDate } from './civilDate.ts';

/** What clocks show in a place. */
export interface LocalTime {
  readonly date: CivilDate;
  /** Minutes since midnight as clocks show them, 0 to 1439. */
  readonly minute: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Zones whose formatter is kept; a catalogue has a dozen. */
const ZONES_KEPT_MAX = 64;

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether this runtime knows a zone of the IANA database by that name. */
export function isTimeZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What clocks in `zone` show at that instant. */
export function localTimeOf(instant: Date, zone: string): LocalTime {
  const parts = new Map(
    formatterOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return {
    date: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

/**
 * The instant at which clocks in `zone` show that time. An hour that comes twice means its first passing; one that
 * clocks leap over means as long after midnight as if they had not leapt.
 *
 * @param minute since midnight of `date`; may be negative or beyond a day
 */
export function instantOf(date: CivilDate, minute: number, zone: string): Date {
  const wallMs = numberOfDate(date) * DAY_MS + minute * MINUTE_MS;
  const before = wallMs - offsetMs(wallMs - DAY_MS, zone);
  const after = wallMs - offsetMs(wallMs + DAY_MS, zone);
  const fits = [before, after].filter((ms) => ms + offsetMs(ms, zone) === wallMs);
  return new Date(fits.length > 0 ? Math.min(...fits) : before);
}

/** How far clocks in `zone` are ahead of UTC at that instant. */
function offsetMs(instantMs: number, zone: string): number {
  const { date, minute } = localTimeOf(new Date(instantMs), zone);
  const wallMs = numberOfDate(date) * DAY_MS + minute * MINUTE_MS;
  return wallMs - Math.floor(instantMs / MINUTE_MS) * MINUTE_MS;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const found = formatters.get(zone);
  if (found !== undefined) return found;
  invariant(zone.length <= 64, 'the name of a time zone is short');
  if (formatters.size >= ZONES_KEPT_MAX) formatters.clear();
  const formatter = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formatters.set(zone, formatter);
  return formatter;
}
