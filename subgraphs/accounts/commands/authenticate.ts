import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../../platform/clock.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Authenticate } from '../domain/access.ts';
import { hmacOf, isSameHmac, prefixOfToken } from '../domain/apiKey.ts';
import { looksLikeClientToken, readClientToken } from '../domain/clientToken.ts';
import { findCredential, isLiveKey } from '../store/apiKeys.ts';

/**
 * Asks the database each time, so that a revoked key is refused at once; whoever caches the answer answers for
 * the second of delay. An unknown prefix costs the same HMAC and comparison as a wrong secret, so that time does
 * not tell the two apart. A client token is as good as the key that minted it: that is asked each time as well.
 *
 * @param options.writer as role omsx_accounts_writer: whose key it is is not known before
 */
export function createAuthenticator(options: {
  readonly writer: Database;
  readonly keyPepper: string;
  /** Told of each use; neither waits nor throws. */
  readonly noteUse: (keyId: Uuid) => void;
  readonly clock?: Clock;
}): Authenticate {
  const { writer, keyPepper, noteUse, clock = systemClock } = options;
  const matchesNothing = randomBytes(32);
  return async (token) => {
    const prefix = prefixOfToken(token);
    if (prefix === null) {
      return looksLikeClientToken(token) ? await clientViewer(writer, token, keyPepper, clock.now()) : null;
    }
    const credential = await findCredential(writer, prefix);
    const isSame = isSameHmac(hmacOf(token, keyPepper), credential?.secretHmac ?? matchesNothing);
    if (!isSame || credential === null) return null;
    noteUse(credential.id);
    return {
      organizationId: credential.organizationId,
      kind: 'KEY',
      subjectId: formatId('key', credential.id),
      scopes: credential.scopes,
    };
  };
}

async function clientViewer(
  writer: Database,
  token: string,
  keyPepper: string,
  now: Date,
): Promise<Viewer | null> {
  const claims = await readClientToken(token, keyPepper, now);
  if (claims === null) return null;
  const { id, organizationId, customerId, keyId, scopes, expiresAtSeconds } = claims;
  if (!(await isLiveKey(writer, organizationId, keyId))) return null;
  return {
    organizationId,
    kind: 'CLIENT',
    subjectId: id,
    scopes,
    customerId,
    expiresAtMs: expiresAtSeconds * 1_000,
  };
}
