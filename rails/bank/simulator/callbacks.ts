import { SIGNATURE_HEADER, signBytes } from '../signature.ts';
import type { SimulatedEvent } from './state.ts';

const TIMEOUT_MS = 2_000;
const CALLS_MAX = 8;
const RETRY_MS = 200;
const RETRY_MS_MAX = 30_000;
/** After so many the callback is lost, and the list of events is all there is. Kept in memory: a restart begins anew. */
const ATTEMPTS_MAX = 20;

interface Attempts {
  readonly count: number;
  readonly untilMs: number;
}

/** Where what is to be sent is kept, and that it was taken. */
export interface CallbackLog {
  readonly state: {
    readonly undelivered: ReadonlyMap<string, { readonly event: SimulatedEvent; readonly left: number }>;
  };
  write(record: { readonly type: 'DELIVERED'; readonly eventId: string }): void;
}

/** Sends callbacks that are due, each until it is taken. */
export class Callbacks {
  readonly #journal: CallbackLog;
  readonly #url: string;
  readonly #secret: string;
  readonly #attempts = new Map<string, Attempts>();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(journal: CallbackLog, endpoint: { readonly url: string; readonly secret: string }) {
    this.#journal = journal;
    this.#url = endpoint.url;
    this.#secret = endpoint.secret;
  }

  /** Begins what is due and not under way. */
  send(nowMs: number): void {
    for (const { event } of this.#journal.state.undelivered.values()) {
      if (this.#underWay.size >= CALLS_MAX) return;
      const { count = 0, untilMs = event.callbackAtMs ?? 0 } = this.#attempts.get(event.id) ?? {};
      if (untilMs > nowMs || count >= ATTEMPTS_MAX || this.#underWay.has(event.id)) continue;
      this.#underWay.set(
        event.id,
        this.#call(event, count).finally(() => this.#underWay.delete(event.id)),
      );
    }
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  async #call(event: SimulatedEvent, count: number): Promise<void> {
    const body = Buffer.from(JSON.stringify(event.json));
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [SIGNATURE_HEADER]: signBytes(this.#secret, body, Date.now()),
        },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      });
      await response.arrayBuffer();
      if (response.ok) return this.#journal.write({ type: 'DELIVERED', eventId: event.id });
    } catch {
      // As good as no answer: it is sent again.
    }
    const delayMs = Math.min(RETRY_MS * 2 ** count, RETRY_MS_MAX);
    this.#attempts.set(event.id, { count: count + 1, untilMs: Date.now() + delayMs });
  }
}
