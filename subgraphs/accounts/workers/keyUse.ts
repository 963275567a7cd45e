import { type Clock, systemClock } from '../../../platform/clock.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { touchApiKeys } from '../store/apiKeyWrites.ts';

/** Keeps `lastUsedAt` of API keys, off the request path. What is noted and not written yet dies with the process. */
export interface KeyUse {
  /** Never waits and never throws. */
  note(keyId: Uuid): void;
  /** Writes what was noted. Called by the timer; tests call it themselves. */
  flush(): Promise<void>;
  /** Writes what was noted and stops. */
  close(): Promise<void>;
}

const TOUCH_INTERVAL_MS = 60_000;
const FLUSH_INTERVAL_MS = 1_000;
/** Keys remembered; above it all are forgotten, which costs one write more for each. */
const KEYS_MAX = 100_000;

export function createKeyUse(options: {
  readonly writer: Database;
  readonly logger: Logger;
  readonly clock?: Clock;
}): KeyUse {
  const { writer, logger, clock = systemClock } = options;
  const notedAtMs = new Map<Uuid, number>();
  let waiting = new Set<Uuid>();
  let writing: Promise<void> = Promise.resolve();

  async function write(keyIds: readonly Uuid[]): Promise<void> {
    try {
      await touchApiKeys(writer, keyIds);
    } catch (error) {
      // A hint for people, not money: the next use notes it again.
      for (const keyId of keyIds) notedAtMs.delete(keyId);
      logger.warn({ err: error }, 'last use of API keys was not written');
    }
  }

  function flush(): Promise<void> {
    const keyIds = [...waiting];
    waiting = new Set();
    if (keyIds.length > 0) writing = writing.then(() => write(keyIds));
    return writing;
  }

  const timer = setInterval(flush, FLUSH_INTERVAL_MS);
  timer.unref();
  return {
    note(keyId) {
      const nowMs = clock.now().getTime();
      const lastMs = notedAtMs.get(keyId);
      if (lastMs !== undefined && nowMs - lastMs < TOUCH_INTERVAL_MS) return;
      if (notedAtMs.size >= KEYS_MAX) notedAtMs.clear();
      notedAtMs.set(keyId, nowMs);
      waiting.add(keyId);
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
