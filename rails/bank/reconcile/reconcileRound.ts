import { appendEvents } from '../../../platform/outbox.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { type ItemStep, itemEventsOf } from './itemEvent.ts';
import { MISSING_PAGE_MAX, openMissingTheirs, tellNewItems } from './openMissingTheirs.ts';
import { planMatches } from './planMatches.ts';
import { lockSidesOfIds, lockSidesWithoutId, type SidesPage } from './readSides.ts';
import { writeItems } from './writeItems.ts';
import { writeMatches } from './writeMatches.ts';

/** Pages of each kind in one round; the next round goes on where this one ended. */
const PAGES_MAX = 20;
const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

/** Where the next round begins. */
export interface RoundPosition {
  readonly ofIds: string;
  readonly withoutId: string;
}

export const ROUND_START: RoundPosition = { ofIds: '', withoutId: FIRST_UUID };

export interface RoundDeps {
  /** Role omsx_payments_writer. */
  readonly database: Database;
  /** How long a line may wait for our books before it is an item. */
  readonly graceMs: number;
}

/**
 * Compares what is open on both sides, some pages of it: lines get their Bookings, and what is not explained its item,
 * each page with its events in one tx. The same tables lead to the same items. Safe to repeat, and by several processes
 * at once. Answers where the next round begins.
 */
export async function reconcileRound(deps: RoundDeps, from: RoundPosition): Promise<RoundPosition> {
  const { database } = deps;
  const ofIds = await comparePages(deps, lockSidesOfIds, from.ofIds);
  const withoutId = await comparePages(deps, lockSidesWithoutId, from.withoutId);
  for (const open of [openMissingTheirs, tellNewItems]) {
    for (let page = 0; page < PAGES_MAX; page++) {
      const opened = await database.write(async (tx) => await tell(tx, await open(tx)));
      if (opened < MISSING_PAGE_MAX) break;
    }
  }
  return { ofIds: ofIds ?? ROUND_START.ofIds, withoutId: withoutId ?? ROUND_START.withoutId };
}

type LockPage = (tx: Tx, after: string, graceMs: number) => Promise<SidesPage>;

/** Where it ended; null when it came to the end. */
async function comparePages(
  { database, graceMs }: RoundDeps,
  lockPage: LockPage,
  from: string,
): Promise<string | null> {
  let after: string | null = from;
  for (let page = 0; page < PAGES_MAX && after !== null; page++) {
    const begin: string = after;
    after = await database.write(async (tx) => {
      const { sides, next } = await lockPage(tx, begin, graceMs);
      const plan = planMatches(sides);
      await writeMatches(tx, plan.matches);
      await tell(tx, await writeItems(tx, plan));
      return next;
    });
  }
  return after;
}

async function tell(tx: Tx, steps: readonly ItemStep[]): Promise<number> {
  await appendEvents(tx, itemEventsOf(steps));
  return steps.length;
}
