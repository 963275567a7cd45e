import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { ApiError } from '../platform/errors.ts';
import { unauthenticated } from './auth.ts';
import type { Identity } from './caller.ts';
import { type Identifier, nobody } from './identity.ts';

export interface JwtOptions {
  /** URL or file of a JSON Web Key Set. */
  readonly jwks: string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** Signatures that a public key checks. A shared secret (HS256) would let whoever can read the keys make tokens. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;
const FETCH_TIMEOUT_MS = 5_000;
const REFETCH_COOLDOWN_MS = 30_000;
const TOKEN_LENGTH_MAX = 8_192;
/** The key set did not come, or is none: nothing is known of the token. */
const KEY_SET_FAULTS: ReadonlySet<string> = new Set([
  'ERR_JOSE_GENERIC',
  'ERR_JWKS_TIMEOUT',
  'ERR_JWKS_INVALID',
]);
/** Claims that differ from token to token of one subject. */
const FLEETING_CLAIMS: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'jti']);

/**
 * Identities from JSON Web Tokens (RFC 7519, RFC 8725) checked against a key set (RFC 7517). Scopes are those of the
 * `scope` claim (RFC 8693), or of `scp` or `scopes` as a list.
 *
 * @throws when the key set's file cannot be read
 */
export async function createJwtIdentifier(options: JwtOptions): Promise<Identifier> {
  const keys = /^https?:/.test(options.jwks)
    ? createRemoteJWKSet(new URL(options.jwks), {
        timeoutDuration: FETCH_TIMEOUT_MS,
        cooldownDuration: REFETCH_COOLDOWN_MS,
      })
    : createLocalJWKSet(JSON.parse(await readFile(options.jwks, 'utf8')));
  const { issuer, audience } = options;
  return {
    async identify(token, address) {
      if (token === null) return nobody(address);
      if (token.length > TOKEN_LENGTH_MAX) throw unauthenticated('The token is too long.');
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: ALGORITHMS,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          ...(issuer === undefined ? {} : { issuer }),
          ...(audience === undefined ? {} : { audience }),
        });
        return identityOf(payload);
      } catch (error) {
        throw refusal(error);
      }
    },
  };
}

function refusal(error: unknown): ApiError {
  if (error instanceof errors.JWTExpired) return unauthenticated('The token has expired.');
  if (!(error instanceof errors.JOSEError) || KEY_SET_FAULTS.has(error.code)) {
    return new ApiError('UNAVAILABLE', 'Credentials cannot be checked at present; retry later.');
  }
  return unauthenticated('The token is not valid here.');
}

function identityOf(claims: JWTPayload): Identity {
  const scopes = new Set(scopesOf(claims));
  const lasting = Object.entries(claims)
    .filter(([name]) => !FLEETING_CLAIMS.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const shareKey = createHash('sha256').update(JSON.stringify(lasting)).digest('base64url');
  return {
    viewer: null,
    isAuthenticated: true,
    hasScope: (scope) => scopes.has(scope) || scopes.has('*') || scopes.has(`${scope.split(':')[0]}:*`),
    shareKey: `jwt:${shareKey}`,
    budgetKey: `subject:${claims.iss ?? ''}:${claims.sub ?? shareKey}`,
    claims,
    expiresAtMs: claims.exp === undefined ? null : claims.exp * 1_000,
  };
}

function scopesOf(claims: JWTPayload): readonly string[] {
  for (const value of [claims.scope, claims.scp, claims.scopes]) {
    if (typeof value === 'string') return value.split(' ').filter((scope) => scope !== '');
    if (Array.isArray(value)) return value.filter((scope) => typeof scope === 'string');
  }
  return [];
}
