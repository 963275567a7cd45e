import { Redis } from 'ioredis';
import type { Logger } from './log.ts';

/**
 * A connection to Redis that may be away. Redis is never the record, so its absence is a result (`null`) and not
 * an error, and commands fail at once instead of queueing for a server that may not come back.
 */
export interface RedisLink {
  readonly state: 'UP' | 'DOWN';
  /** Runs `work`; null when Redis is down or `work` fails. Safe to retry when the commands are. */
  attempt<T>(work: (client: Redis) => Promise<T>): Promise<T | null>;
  /** A connection of its own to the same server, for commands that block. The caller closes it. */
  duplicate(commandTimeoutMs: number): RedisLink;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 2_000;
const DISCONNECT_TIMEOUT_MS = 200;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 1_000;
const FIRST_CONNECT_WAIT_MS = 1_000;

/** Starts connecting and returns after the first success or a second, whichever is first; never throws. */
export async function connectRedis(options: {
  readonly url: string;
  readonly logger: Logger;
}): Promise<RedisLink> {
  const link = new ReconnectingLink(options.url, options.logger, COMMAND_TIMEOUT_MS);
  await link.firstConnect();
  return link;
}

class ReconnectingLink implements RedisLink {
  readonly #url: string;
  readonly #logger: Logger;
  readonly #client: Redis;
  #faultLogged = false;

  constructor(url: string, logger: Logger, commandTimeoutMs: number) {
    this.#url = url;
    this.#logger = logger;
    this.#client = new Redis(url, {
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: commandTimeoutMs,
      // ioredis keeps a timer of this length, and with it the process, after closing a refused connection.
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      enableOfflineQueue: false,
      // Commands of one turn of the event loop in one write: a write for each took a tenth of a busy router's time.
      enableAutoPipelining: true,
      maxRetriesPerRequest: 0,
      // A command that was under way when the connection broke is reported as failed and not sent twice.
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt) => Math.min(RECONNECT_MIN_MS * 2 ** Math.min(attempt, 10), RECONNECT_MAX_MS),
    });
    this.#client.on('error', (error: Error) => this.#reportFault(error));
    this.#client.on('ready', () => {
      if (this.#faultLogged) logger.info('redis is back');
      this.#faultLogged = false;
    });
  }

  get state(): 'UP' | 'DOWN' {
    return this.#client.status === 'ready' ? 'UP' : 'DOWN';
  }

  async firstConnect(): Promise<void> {
    if (this.state === 'UP') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FIRST_CONNECT_WAIT_MS);
      this.#client.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async attempt<T>(work: (client: Redis) => Promise<T>): Promise<T | null> {
    if (this.state === 'DOWN') return null;
    try {
      return await work(this.#client);
    } catch (error) {
      this.#reportFault(error);
      return null;
    }
  }

  duplicate(commandTimeoutMs: number): RedisLink {
    return new ReconnectingLink(this.#url, this.#logger, commandTimeoutMs);
  }

  async close(): Promise<void> {
    // What was under way fails now, which is no fault to report.
    this.#faultLogged = true;
    this.#client.disconnect();
  }

  /** Once for each outage: a server that stays away would otherwise fill the log. */
  #reportFault(error: unknown): void {
    if (this.#faultLogged) return;
    this.#faultLogged = true;
    this.#logger.warn({ fault: error instanceof Error ? error.message : String(error) }, 'redis is away');
  }
}
