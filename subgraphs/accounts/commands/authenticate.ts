import { randomBytes } from 'node:crypto';
import { formatId, type Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Authenticate } from '../domain/access.ts';
import { hmacOf, isSameHmac, prefixOfToken } from '../domain/apiKey.ts';
import { findCredential } from '../store/apiKeys.ts';

/**
 * Asks the database each time, so that a revoked key is refused at once; whoever caches the answer answers for
 * the second of delay. An unknown prefix costs the same HMAC and comparison as a wrong secret, so that time does
 * not tell the two apart.
 *
 * @param options.writer as role omsx_accounts_writer: whose key it is is not known before
 */
export function createAuthenticator(options: {
  readonly writer: Database;
  readonly keyPepper: string;
  /** Told of each use; neither waits nor throws. */
  readonly noteUse: (keyId: Uuid) => void;
}): Authenticate {
  const { writer, keyPepper, noteUse } = options;
  const matchesNothing = randomBytes(32);
  return async (token) => {
    const prefix = prefixOfToken(token);
    if (prefix === null) return null;
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
