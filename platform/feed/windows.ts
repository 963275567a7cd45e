import type { Position } from '../cursor.ts';
import type { Uuid } from '../id.ts';
import type { Database } from '../postgres.ts';
import { OrganizationEvents, type Stretch, type Tip } from './organizationEvents.ts';
import { WINDOW_LIMITS, type WindowLimits } from './window.ts';

/** What is held of all organizations. */
export interface WindowsLimits extends WindowLimits {
  readonly organizationsMax: number;
  /** Of all windows, as `bytesMax` of each. */
  readonly totalBytesMax: number;
}

const MIB = 1024 * 1024;

export const WINDOWS_LIMITS: WindowsLimits = Object.freeze({
  ...WINDOW_LIMITS,
  organizationsMax: 1_000,
  totalBytesMax: 48 * MIB,
});

const PRUNE_INTERVAL_MS = 5_000;

/**
 * The windows of a process, by organization, used longest ago first. What is let go here is only read again: a reader
 * never depends on it.
 */
export class EventWindows {
  readonly #database: Database;
  readonly #limits: WindowsLimits;
  readonly #byOrganization = new Map<Uuid, OrganizationEvents>();
  readonly #timer: NodeJS.Timeout;
  #pagesRead = 0;

  constructor(database: Database, limits: Partial<WindowsLimits> = {}) {
    this.#database = database;
    this.#limits = { ...WINDOWS_LIMITS, ...limits };
    this.#timer = setInterval(() => this.#prune(Date.now()), PRUNE_INTERVAL_MS).unref();
  }

  /** Pages of events that were read from the outbox for replays. */
  get pagesRead(): number {
    return this.#pagesRead;
  }

  get bytes(): number {
    let bytes = 0;
    for (const events of this.#byOrganization.values()) bytes += events.bytes;
    return bytes;
  }

  get events(): number {
    let events = 0;
    for (const { size } of this.#byOrganization.values()) events += size;
    return events;
  }

  /** As `OrganizationEvents.refresh`. */
  refresh(organizationId: Uuid, wanted: Position): Promise<Tip> {
    return this.#of(organizationId).refresh(wanted);
  }

  /** As `OrganizationEvents.read`. */
  read(organizationId: Uuid, after: Position): Promise<Stretch> {
    return this.#of(organizationId).read(after);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#byOrganization.clear();
  }

  #of(organizationId: Uuid): OrganizationEvents {
    const known = this.#byOrganization.get(organizationId);
    const events = known ?? this.#open(organizationId);
    this.#byOrganization.delete(organizationId);
    this.#byOrganization.set(organizationId, events);
    for (const oldest of this.#byOrganization.keys()) {
      if (this.#byOrganization.size <= this.#limits.organizationsMax) break;
      this.#byOrganization.delete(oldest);
    }
    return events;
  }

  #open(organizationId: Uuid): OrganizationEvents {
    return new OrganizationEvents({
      database: this.#database,
      organizationId,
      limits: this.#limits,
      onPage: () => {
        this.#pagesRead++;
      },
      onGrown: () => this.#shrink(),
    });
  }

  #shrink(): void {
    let { bytes } = this;
    for (const events of this.#byOrganization.values()) {
      if (bytes <= this.#limits.totalBytesMax) return;
      bytes -= events.bytes;
      events.clear();
    }
  }

  #prune(nowMs: number): void {
    for (const [organizationId, events] of this.#byOrganization) {
      events.prune(nowMs);
      if (events.isIdle(nowMs)) this.#byOrganization.delete(organizationId);
    }
  }
}
