import { Pool } from 'undici';
import { type Clock, systemClock } from '../../../platform/clock.ts';
import { ApiError } from '../../../platform/errors.ts';
import type { Uuid } from '../../../platform/id.ts';
import { signViewer, VIEWER_HEADER, type Viewer } from '../../../platform/viewer.ts';
import type { Authenticate } from '../domain/access.ts';
import { AUTHENTICATE_PATH } from './authenticateRoute.ts';

export interface RemoteAuthenticator {
  readonly authenticate: Authenticate;
  close(): Promise<void>;
}

/** The router itself, which asks on behalf of nobody yet. */
const ROUTER: Viewer = {
  organizationId: '00000000-0000-0000-0000-000000000000' as Uuid,
  kind: 'SYSTEM',
  subjectId: 'router',
  scopes: [],
};

const ANSWER_WAIT_MS = 5_000;
const CONNECTIONS_MAX = 8;

/**
 * `authenticate` of an accounts subgraph in another process. Safe to retry.
 *
 * @param options.url where `serveSubgraph` answers, such as `http://accounts:4001`
 */
export function createRemoteAuthenticator(options: {
  readonly url: string;
  readonly viewerSecret: string;
  readonly clock?: Clock;
}): RemoteAuthenticator {
  const { url, viewerSecret, clock = systemClock } = options;
  const pool = new Pool(new URL(url).origin, {
    connections: CONNECTIONS_MAX,
    headersTimeout: ANSWER_WAIT_MS,
    bodyTimeout: ANSWER_WAIT_MS,
  });
  return {
    async authenticate(token) {
      const body = JSON.stringify({ token });
      const signature = signViewer(ROUTER, body, viewerSecret, clock.now());
      const answer = await pool
        .request({
          path: AUTHENTICATE_PATH,
          method: 'POST',
          headers: { 'content-type': 'application/json', [VIEWER_HEADER]: signature },
          body,
        })
        .catch(() => null);
      const found = await answer?.body.json().catch(() => undefined);
      if (answer?.statusCode === 200) return found as Viewer;
      // 401 with `null` says that nobody holds this key; one with an error says that we were not believed.
      if (answer?.statusCode === 401 && found === null) return null;
      throw new ApiError('UNAVAILABLE', 'credentials cannot be checked just now; retry later');
    },
    close: () => pool.close(),
  };
}
