import { ApiError } from '../../../platform/errors.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { hasScope, type Viewer } from '../../../platform/viewer.ts';

/** What commands on endpoints work with. They move no money, so they need no lane. */
export interface WebhookServices {
  /** Role omsx_payments_writer. */
  readonly writes: Database;
  /** Opened when it is first needed: a deployment without endpoints needs none. */
  readonly vault: () => Promise<KeyVault>;
  readonly allowsLoopback: boolean;
}

/** @throws {ApiError} FORBIDDEN unless the Viewer may read all of it: an endpoint tells nobody more than that */
export function requireScopes(viewer: Viewer, scopes: readonly string[]): void {
  for (const scope of scopes) {
    if (!hasScope(viewer, scope))
      throw new ApiError('FORBIDDEN', `an endpoint for this needs the scope ${scope}`);
  }
}
