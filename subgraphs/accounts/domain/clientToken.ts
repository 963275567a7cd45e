import { jwtVerify, SignJWT } from 'jose';
import { deriveKey } from '../../../platform/deriveKey.ts';
import { formatId, isUuid, parseId, type Uuid } from '../../../platform/id.ts';

/** What a client token may be given: reads of one customer, and nothing that changes anything. */
export const CLIENT_SCOPES = ['transactions:read', 'accounts:read', 'wallets:read'] as const;
export const CLIENT_TOKEN_SECONDS_MIN = 60;
export const CLIENT_TOKEN_SECONDS_MAX = 3_600;

/** What a token says. Who may see what is decided from it and from the state of the key that minted it. */
export interface ClientTokenClaims {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly customerId: Uuid;
  /** The secret key that minted it, which ends it when it is revoked. */
  readonly keyId: Uuid;
  readonly scopes: readonly string[];
  /** Whole seconds since 1970, UTC. */
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/** One algorithm, for one who signs and checks: the header of a token chooses nothing. */
const ALGORITHM = 'HS256';
const TYPE = 'omsx-client+jwt';
const ISSUER = 'omsx';
const AUDIENCE = 'omsx-router';
const KEY_PURPOSE = 'omsx client token';
const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_LENGTH_MAX = 2_048;
/** Three parts of base64url; anything else is none and costs no signature. */
const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** True for what could be a client token, before anything of it is believed. */
export function looksLikeClientToken(token: string): boolean {
  return token.length <= TOKEN_LENGTH_MAX && FORM.test(token);
}

/**
 * Keys follow one another by the day (UTC) and each is derived from the deployment's secret, so that they rotate without
 * being stored: `kid` is the day, and only those of a token that can still be good are known.
 */
function keyOf(secret: string, kid: string): Uint8Array {
  return deriveKey(secret, KEY_PURPOSE, kid);
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 10);
}

/** The token of these claims; the same claims are the same token, so that a retry can be answered the same. */
export function signClientToken(claims: ClientTokenClaims, secret: string): Promise<string> {
  const { id, organizationId, customerId, keyId, scopes, issuedAtSeconds, expiresAtSeconds } = claims;
  const kid = dayOf(issuedAtSeconds);
  return new SignJWT({
    org: formatId('org', organizationId),
    key: formatId('key', keyId),
    scope: scopes.join(' '),
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(formatId('cus', customerId))
    .setJti(id)
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(expiresAtSeconds)
    .sign(keyOf(secret, kid));
}

/**
 * What a token says, or null for one that is altered, expired, another's, or signed in any other way. Nobody is told which:
 * whoever has a good one knows when it ends.
 */
export async function readClientToken(
  token: string,
  secret: string,
  now: Date,
): Promise<ClientTokenClaims | null> {
  if (!looksLikeClientToken(token)) return null;
  const nowSeconds = Math.floor(now.getTime() / 1_000);
  const kids = [
    dayOf(nowSeconds - CLIENT_TOKEN_SECONDS_MAX - CLOCK_TOLERANCE_SECONDS),
    dayOf(nowSeconds + CLOCK_TOLERANCE_SECONDS),
  ];
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        if (kid === undefined || !kids.includes(kid))
          throw new Error('not a key of a token that can be good');
        return keyOf(secret, kid);
      },
      {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp', 'iat', 'sub', 'jti'],
        maxTokenAge: CLIENT_TOKEN_SECONDS_MAX,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: now,
      },
    );
    return claimsOf(payload);
  } catch {
    return null;
  }
}

/** Signed by us, and yet read as from anybody: an older form of ours is no reason to let somebody in. */
function claimsOf(payload: Readonly<Record<string, unknown>>): ClientTokenClaims | null {
  const { org, key, sub, jti, scope, iat, exp } = payload;
  const organizationId = typeof org === 'string' ? parseId('org', org) : null;
  const keyId = typeof key === 'string' ? parseId('key', key) : null;
  const customerId = typeof sub === 'string' ? parseId('cus', sub) : null;
  const scopes = typeof scope === 'string' ? scope.split(' ') : [''];
  if (organizationId === null || keyId === null || customerId === null || !isUuid(jti)) return null;
  if (typeof iat !== 'number' || typeof exp !== 'number' || !scopes.every(isClientScope)) return null;
  return {
    id: jti,
    organizationId,
    customerId,
    keyId,
    scopes,
    issuedAtSeconds: iat,
    expiresAtSeconds: exp,
  };
}

export function isClientScope(scope: string): boolean {
  return (CLIENT_SCOPES as readonly string[]).includes(scope);
}
