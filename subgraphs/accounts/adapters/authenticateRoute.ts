import type { Route } from '../../../platform/server.ts';
import type { Authenticate } from '../domain/access.ts';

export const AUTHENTICATE_PATH = '/internal/authenticate';

/**
 * Answers the Viewer of a secret key to the router of a split deployment, 401 when there is none. Only a SYSTEM
 * viewer may ask: the signature alone would let a fetch made for a client try keys.
 */
export function authenticateRoute(authenticate: Authenticate): Route {
  return async ({ body, viewer }) => {
    if (viewer.kind !== 'SYSTEM') return { status: 403, body: { error: 'only the router may ask' } };
    const { token } = (body ?? {}) as { readonly token?: unknown };
    if (typeof token !== 'string') return { status: 400, body: { error: 'token must be a string' } };
    const found = await authenticate(token);
    return found === null ? { status: 401, body: null } : { status: 200, body: found };
  };
}
