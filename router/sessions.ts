import type { Logger } from '../platform/log.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { Authenticator } from './auth.ts';
import { CLOSE, type Session } from './session.ts';

/** Revocation and expiry must end a socket within 5 s: 2 s here, half a second of cache, the rest for the lookup. */
const REAUTHENTICATE_INTERVAL_MS = 2_000;
/** How long a socket lives on while nobody can tell whether its token is still good. */
const UNCHECKED_MAX_MS = 30_000;
/** A peer that is gone without a word is noticed after two of these. */
const PING_INTERVAL_MS = 30_000;
const DRAIN_WAIT_MS = 2_000;
const RETRY_HINT_MAX_MS = 5_000;

/** All sockets of a process: keeps them honest and says goodbye. */
export class Sessions {
  readonly #sessions = new Set<Session>();
  readonly #authenticator: Authenticator;
  readonly #logger: Logger;
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(authenticator: Authenticator, logger: Logger) {
    this.#authenticator = authenticator;
    this.#logger = logger;
    this.#timers = [
      setInterval(() => void this.#reauthenticateAll(), REAUTHENTICATE_INTERVAL_MS).unref(),
      setInterval(() => this.#pingAll(), PING_INTERVAL_MS).unref(),
    ];
  }

  get size(): number {
    return this.#sessions.size;
  }

  add(session: Session): void {
    this.#sessions.add(session);
    session.socket.on('pong', () => {
      session.alive = true;
    });
    session.socket.once('close', () => this.#sessions.delete(session));
  }

  /**
   * Closes every socket with 1001, each with another time to come back after, so that a deploy does not bring all
   * clients to the next router in the same second.
   */
  async drain(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const deadline = Date.now() + DRAIN_WAIT_MS;
    for (const { socket } of this.#sessions) {
      socket.close(CLOSE.GOING_AWAY, `retry-after-ms=${Math.ceil(Math.random() * RETRY_HINT_MAX_MS)}`);
    }
    while (this.#sessions.size > 0 && Date.now() < deadline)
      await new Promise((next) => setTimeout(next, 10));
    for (const { socket } of this.#sessions) socket.terminate();
  }

  #pingAll(): void {
    for (const session of this.#sessions) {
      if (!session.alive) session.socket.terminate();
      else {
        session.alive = false;
        session.socket.ping();
      }
    }
  }

  /** One lookup a token, however many sockets it opened: the authenticator's cache sees to that. */
  async #reauthenticateAll(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => this.#reauthenticate(session)));
  }

  async #reauthenticate(session: Session): Promise<void> {
    const { token, viewer, socket } = session;
    if (token === null || viewer === null) return;
    try {
      const now = await this.#authenticator.authenticate(token);
      if (now !== null && seesTheSame(now, viewer)) session.authenticatedAtMs = Date.now();
      else
        socket.close(CLOSE.FORBIDDEN, now === null ? 'Credentials have ended' : 'Credentials have changed');
    } catch {
      if (Date.now() - session.authenticatedAtMs < UNCHECKED_MAX_MS) return;
      this.#logger.warn('a socket is closed because its credentials cannot be checked');
      socket.close(CLOSE.TRY_AGAIN_LATER, 'Credentials cannot be checked');
    }
  }
}

/** Streams were authorised for the old Viewer; another one has to come anew. */
function seesTheSame(a: Viewer, b: Viewer): boolean {
  return (
    a.organizationId === b.organizationId &&
    a.customerId === b.customerId &&
    a.scopes.length === b.scopes.length &&
    a.scopes.every((scope) => b.scopes.includes(scope))
  );
}
