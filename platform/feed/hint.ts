import pg from 'pg';
import { sleep } from '../clock.ts';
import type { Logger } from '../log.ts';

/** A connection that listens for wake-up hints. */
export interface HintListener {
  close(): Promise<void>;
}

const OUTBOX_CHANNEL = 'omsx_outbox';
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/**
 * Calls `onHint` whenever a tx that appended events commits, or one that notified another channel. Only ever a hint:
 * none comes while the connection is being made again, so whoever listens also polls. Returns at once; never throws.
 */
export function listenForHints(options: {
  readonly url: string;
  readonly name: string;
  /** The outbox's when left out. A name of our own, never of a client's. */
  readonly channel?: string;
  readonly onHint: () => void;
  readonly logger: Logger;
}): HintListener {
  const stop = new AbortController();
  const running = keepListening(options, stop.signal);
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}

async function keepListening(
  options: Parameters<typeof listenForHints>[0],
  signal: AbortSignal,
): Promise<void> {
  let delayMs = RECONNECT_MIN_MS;
  while (!signal.aborted) {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: options.name,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    // Also fires for a failed connect, which the await below reports.
    client.on('error', () => undefined);
    try {
      await client.connect();
      client.on('notification', options.onHint);
      await client.query(`listen ${options.channel ?? OUTBOX_CHANNEL}`);
      delayMs = RECONNECT_MIN_MS;
      // Something may have been committed while nobody listened.
      options.onHint();
      await endOf(client, signal);
    } catch (error) {
      options.logger.warn(
        { listener: options.name, fault: (error as Error).message },
        'hints are not heard; polling',
      );
    }
    await client.end().catch(() => undefined);
    await sleep(delayMs, signal);
    delayMs = Math.min(delayMs * 2, RECONNECT_MAX_MS);
  }
}

function endOf(client: pg.Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    client.once('end', done);
    client.once('error', done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
