import { assetOfRail } from '../../catalog/bankRails.ts';
import { CALENDARS, ENTRIES, findEntry, findSpeed } from '../../catalog/catalog.ts';
import { nextCutOff } from '../../catalog/schedule.ts';
import type { FileBank } from '../fileBank.ts';

/** What waits for a file. */
export interface Waiting {
  readonly count: number;
  /** When the oldest of it came; null where nothing waits. */
  readonly oldestAt: Date | null;
  /** The database's clock. */
  readonly now: Date;
}

const SECOND_MS = 1_000;

/**
 * Whether what waits is made into a file now: there is as much as a file takes, the oldest has waited long enough, or a
 * cut-off is near that the oldest was in time for. What comes after the last file before a cut-off waits for the next one,
 * or its own time. Pure.
 */
export function isDue({ rails, gathering }: FileBank, { count, oldestAt, now }: Waiting): boolean {
  if (oldestAt === null) return false;
  if (count >= gathering.ordersMax) return true;
  if (now.getTime() - oldestAt.getTime() >= gathering.waitSeconds * SECOND_MS) return true;
  const leadMs = gathering.beforeCutOffSeconds * SECOND_MS;
  return rails.some((rail) => {
    const catalog = { entries: ENTRIES, calendars: CALENDARS };
    const entry = findEntry(catalog, rail, assetOfRail(rail));
    const speed = entry === null ? null : findSpeed(entry, null);
    if (speed === null) return false;
    const inTime = { now: () => new Date(oldestAt.getTime() + leadMs) };
    const cutOff = nextCutOff(catalog, speed, inTime);
    return cutOff !== null && cutOff.at.getTime() - leadMs <= now.getTime();
  });
}
