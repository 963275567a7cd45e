import { comparePositions, type Position } from '../cursor.ts';
import type { Uuid } from '../id.ts';
import type { Database } from '../postgres.ts';
import { assertNotExpired } from './cursorCheck.ts';
import { NextRead } from './nextRead.ts';
import {
  endOf,
  type OutboxPage,
  type Positioned,
  readAfterOfOrganization,
  readFloor,
  readUpToOfOrganization,
} from './outboxRows.ts';
import { EventWindow, type WindowLimits } from './window.ts';

/** Where the outbox stands: nothing after `floor` has been dropped, and all up to `horizon` is visible to everybody. */
export interface Tip {
  readonly floor: Position;
  readonly horizon: Position;
}

/** All events of the organization after some position and up to `upTo`. */
export interface Stretch {
  readonly events: readonly Positioned[];
  readonly upTo: Position;
}

export interface OrganizationEventsParts {
  readonly database: Database;
  readonly organizationId: Uuid;
  readonly limits: WindowLimits;
  /** Told of each page that is read from the outbox. */
  readonly onPage: () => void;
  /** Told when it may hold more than before. */
  readonly onGrown: () => void;
}

export const PAGE_EVENTS_MAX = 500;
/** What a window holds at most, and once more for what it gives up meanwhile; then the outbox is read itself. */
const BACK_PAGES_MAX = 40;
/** A window that is further behind than this is begun anew. */
const FORWARD_PAGES_MAX = 4;

/**
 * One organization's events for all who replay them: a window of the latest, which is read from the outbox once, and the
 * outbox itself for what is older.
 */
export class OrganizationEvents {
  readonly #parts: OrganizationEventsParts;
  readonly #refreshing = new NextRead<Tip>();
  /** Pages under way, by the position that they begin after. */
  readonly #pages = new Map<string, Promise<OutboxPage>>();
  #reachingBack: Promise<boolean> | null = null;
  #window: EventWindow | null = null;
  #usedAtMs = 0;

  constructor(parts: OrganizationEventsParts) {
    this.#parts = parts;
  }

  get bytes(): number {
    return this.#window?.bytes ?? 0;
  }

  get size(): number {
    return this.#window?.size ?? 0;
  }

  /** True when nothing is held or under way, and nobody has asked for a while. */
  isIdle(nowMs: number): boolean {
    const isQuiet = this.#refreshing.isIdle && this.#pages.size === 0 && this.#reachingBack === null;
    return isQuiet && this.size === 0 && this.#usedAtMs + this.#parts.limits.ageMaxMs <= nowMs;
  }

  prune(nowMs: number): void {
    this.#window?.prune(nowMs);
  }

  /** Lets go all that is held; it is read again when it is wanted. */
  clear(): void {
    this.#window = null;
  }

  /**
   * Looks at the outbox anew, after it was called, and brings the window to where that stands.
   *
   * @param wanted from where the caller wants to read, so that a new window begins there
   */
  refresh(wanted: Position): Promise<Tip> {
    this.#usedAtMs = Date.now();
    return this.#refreshing.ask(() => {
      const window = this.#window;
      return window === null ? this.#found(wanted) : this.#catchUp(window);
    });
  }

  /**
   * The next events after `after`: from the window where it has them or can reach back to them, else from the outbox.
   * Never empty before the horizon of the last `refresh`, but for `upTo`.
   *
   * @throws {ApiError} CURSOR_EXPIRED when events after `after` have been dropped
   */
  async read(after: Position): Promise<Stretch> {
    for (let pages = 0; pages <= BACK_PAGES_MAX; pages++) {
      const window = this.#window;
      if (window?.covers(after)) return window.after(after, PAGE_EVENTS_MAX);
      const isOlder = window !== null && comparePositions(after, window.floor) < 0;
      if (!isOlder || window.isFull || !(await this.#reachBack(window))) break;
    }
    const page = await this.#pageAfter(after);
    assertNotExpired(after, await readFloor(this.#parts.database), page.horizon);
    return { events: page.events, upTo: endOf(page, PAGE_EVENTS_MAX) };
  }

  async #found(at: Position): Promise<Tip> {
    const { database, organizationId, limits, onGrown } = this.#parts;
    const page = await this.#readAfter(at);
    // Read after the page, here as everywhere: retention raises the floor in the tx that drops, so a row missed shows.
    const tip = { horizon: page.horizon, floor: await readFloor(database) };
    const isOurs = comparePositions(at, tip.horizon) <= 0 && comparePositions(at, tip.floor) >= 0;
    if (!isOurs) return tip;
    // Who is more than a page behind gets a window that reaches back from where the outbox stands.
    const isNear = page.events.length < PAGE_EVENTS_MAX;
    const window = new EventWindow(organizationId, isNear ? at : tip.horizon, limits);
    if (isNear) window.append(page.events, tip.horizon, Date.now());
    this.#window = window;
    onGrown();
    return tip;
  }

  async #catchUp(window: EventWindow): Promise<Tip> {
    let page = await this.#readAfter(window.head);
    for (let pages = 1; page.events.length === PAGE_EVENTS_MAX; pages++) {
      if (pages >= FORWARD_PAGES_MAX) break;
      window.append(page.events, endOf(page, PAGE_EVENTS_MAX), Date.now());
      page = await this.#readAfter(window.head);
    }
    const tip = { horizon: page.horizon, floor: await readFloor(this.#parts.database) };
    if (comparePositions(tip.horizon, window.head) < 0) {
      // The database lost what it had committed, as a standby may have that took over. So what is held proves nothing.
      this.clear();
      return tip;
    }
    if (page.events.length === PAGE_EVENTS_MAX) window.raiseFloor(tip.horizon);
    else window.append(page.events, tip.horizon, Date.now());
    window.raiseFloor(tip.floor);
    this.#parts.onGrown();
    return tip;
  }

  /** Extends the window by a page of what is older, once for all who want it. False when nothing came of it. */
  #reachBack(window: EventWindow): Promise<boolean> {
    this.#reachingBack ??= this.#extend(window).finally(() => {
      this.#reachingBack = null;
    });
    return this.#reachingBack;
  }

  async #extend(window: EventWindow): Promise<boolean> {
    const { database, organizationId, onPage, onGrown } = this.#parts;
    const { floor } = window;
    onPage();
    const events = await readUpToOfOrganization(database, organizationId, floor, PAGE_EVENTS_MAX);
    const dropped = await readFloor(database);
    // Meanwhile it may have let go what these would have to join to.
    if (comparePositions(window.floor, floor) !== 0) return true;
    const [first, ...others] = events;
    const isAll = events.length < PAGE_EVENTS_MAX || first === undefined;
    // Whether anything comes between the first of a full page and what is before it, that page does not tell.
    const from = isAll || comparePositions(first.position, dropped) < 0 ? dropped : first.position;
    if (comparePositions(from, floor) >= 0) return false;
    const kept = isAll ? events : others;
    window.prepend(
      kept.filter(({ position }) => comparePositions(position, from) > 0),
      from,
      Date.now(),
    );
    onGrown();
    return comparePositions(window.floor, floor) < 0;
  }

  #pageAfter(after: Position): Promise<OutboxPage> {
    const key = `${after.xid}-${after.seq}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const reading = this.#readAfter(after).finally(() => this.#pages.delete(key));
    this.#pages.set(key, reading);
    return reading;
  }

  #readAfter(after: Position): Promise<OutboxPage> {
    const { database, organizationId, onPage } = this.#parts;
    onPage();
    return readAfterOfOrganization(database, organizationId, after, PAGE_EVENTS_MAX);
  }
}
