import { ApiError } from '../platform/errors.ts';
import { hasScope, type Viewer } from '../platform/viewer.ts';
import { type Authenticator, unauthenticated } from './auth.ts';
import type { Identity } from './caller.ts';

/** Finds out who asks. */
export interface Identifier {
  /**
   * @param token of the `Authorization` header or `connection_init`; null when there is none
   * @param address of the peer, by which nobody's requests are counted
   * @throws {ApiError} UNAUTHENTICATED for a token that is unknown, expired or revoked; UNAVAILABLE when it cannot be told
   */
  identify(token: string | null, address: string): Promise<Identity>;
}

/** Tokens are the platform's own: API keys, client tokens. */
export function createViewerIdentifier(authenticator: Authenticator): Identifier {
  const identities = new WeakMap<Viewer, Identity>();
  return {
    async identify(token, address) {
      if (token === null) return nobody(address);
      const viewer = await authenticator.authenticate(token);
      if (viewer === null) throw unauthenticated('The credentials are unknown, expired or revoked.');
      const known = identities.get(viewer);
      if (known !== undefined) return known;
      const identity = identityOf(viewer);
      identities.set(viewer, identity);
      return identity;
    },
  };
}

/** A Viewer as the router sees it. */
export function identityOf(viewer: Viewer): Identity {
  const { organizationId, customerId, subjectId, scopes, expiresAtMs } = viewer;
  return {
    viewer,
    isAuthenticated: true,
    hasScope: (scope) => hasScope(viewer, scope),
    shareKey: JSON.stringify([organizationId, customerId ?? null, [...scopes].sort()]),
    budgetKey: `${organizationId}:${subjectId}`,
    claims: {},
    expiresAtMs: expiresAtMs ?? null,
  };
}

/** Someone without credentials. All see the same; each address has a budget of its own. */
export function nobody(address: string): Identity {
  return {
    viewer: null,
    isAuthenticated: false,
    hasScope: () => false,
    shareKey: 'nobody',
    budgetKey: `address:${address}`,
    claims: {},
    expiresAtMs: null,
  };
}

/** The Viewer that the platform's own subgraphs need. @throws {ApiError} UNAUTHENTICATED for nobody */
export function viewerOf(identity: Identity): Viewer {
  if (identity.viewer !== null) return identity.viewer;
  throw new ApiError('UNAUTHENTICATED', 'This needs credentials.');
}
