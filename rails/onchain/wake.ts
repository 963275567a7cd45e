import type pg from 'pg';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { sleep } from '../../platform/clock.ts';
import type { Bell } from '../../platform/feed/bell.ts';
import type { Logger } from '../../platform/log.ts';
import type { Database } from '../../platform/postgres.ts';

const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/** Channels of the tables of this library. A notification says nothing but that there may be something to do. */
export type WakeChannel = 'chain_sign' | 'chain_send' | 'chain_settle';

/**
 * Rings `bell` whenever a tx that notified `channel` commits. Only ever a hint: whoever listens also polls. Keeps one
 * connection of the pool, which has to have more. Returns at once; never throws. To be closed before the database.
 */
export function listenTo(
  database: Database,
  channel: WakeChannel,
  bell: Bell,
  logger: Logger,
): { close(): Promise<void> } {
  const stop = new AbortController();
  const running = keepListening(database, channel, bell, logger, stop.signal);
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}

async function keepListening(
  database: Database,
  channel: WakeChannel,
  bell: Bell,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const pool = (database.dataSource.driver as PostgresDriver).master as pg.Pool;
  const ring = (): void => bell.ring();
  let delayMs = RECONNECT_MIN_MS;
  while (!signal.aborted) {
    let client: pg.PoolClient | undefined;
    try {
      client = await pool.connect();
      client.on('notification', ring);
      await client.query(`listen ${channel}`);
      delayMs = RECONNECT_MIN_MS;
      // Something may have been committed while nobody listened.
      ring();
      await endOf(client, signal);
    } catch (error) {
      logger.warn({ channel, fault: (error as Error).message }, 'hints are not heard; polling');
    }
    client?.off('notification', ring);
    // Never back into the pool, where it would go on listening.
    client?.release(true);
    await sleep(delayMs, signal);
    delayMs = Math.min(delayMs * 2, RECONNECT_MAX_MS);
  }
}

function endOf(client: pg.PoolClient, signal: AbortSignal): Promise<void> {
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
