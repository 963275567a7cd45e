import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { systemClock } from '../platform/clock.ts';
import { ApiError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { Lru } from '../platform/lru.ts';
import type { Viewer } from '../platform/viewer.ts';

/** Knows secrets: the accounts subgraph, in this process or over HTTP. */
export interface Authenticator {
  /** Null for a token that is unknown, expired or revoked. @throws when it cannot be told. */
  authenticate(token: string): Promise<Viewer | null>;
}

/** Revocation works within a second: half of it here, half for the lookup. */
export const AUTH_LIFETIME_MS = 500;
const TOKENS_MAX = 10_000;
const TOKEN_LENGTH_MAX = 4_096;
const BEARER = /^Bearer ([\x21-\x7e]+)$/i;

interface Known {
  readonly viewer: Promise<Viewer | null>;
  /** From when it was asked, not answered, so that a slow lookup does not lengthen its life. */
  readonly expiresAtMs: number;
}

/**
 * Remembers answers, also negative ones, for half a second and asks once for callers that come together. Keyed by
 * the token's SHA-256, so that no secret stays in memory.
 *
 * @throws {ApiError} UNAVAILABLE when `source` fails; that is not remembered.
 */
export function cacheAuthenticator(
  source: Authenticator,
  logger: Logger,
  clock: Clock = systemClock,
): Authenticator {
  const known = new Lru<string, Known>(TOKENS_MAX);

  async function ask(token: string, key: string): Promise<Viewer | null> {
    try {
      return await source.authenticate(token);
    } catch (error) {
      known.delete(key);
      logger.warn({ fault: String(error) }, 'credentials cannot be checked');
      throw new ApiError('UNAVAILABLE', 'Credentials cannot be checked at present; retry later.');
    }
  }

  return {
    authenticate(token) {
      if (token.length > TOKEN_LENGTH_MAX) return Promise.resolve(null);
      const key = createHash('sha256').update(token).digest('base64');
      const nowMs = clock.now().getTime();
      const found = known.get(key);
      if (found && found.expiresAtMs > nowMs) return found.viewer;
      const viewer = ask(token, key);
      known.set(key, { viewer, expiresAtMs: nowMs + AUTH_LIFETIME_MS });
      return viewer;
    },
  };
}

/** The token of an `Authorization` header (or a field of that meaning); null when there is none. */
export function readBearer(authorization: unknown): string | null {
  return typeof authorization === 'string' ? (BEARER.exec(authorization.trim())?.[1] ?? null) : null;
}

/** Apollo Server reads the status from `extensions.http` and takes it out. */
export function unauthenticated(detail: string): ApiError {
  const http = { status: 401 };
  return new ApiError('UNAUTHENTICATED', `${detail} Send "Authorization: Bearer <secret key>".`, { http });
}
