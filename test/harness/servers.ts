import { type Claim, releaseClaim } from '../../platform/embedded/claims.ts';
import type { EmbeddedPostgres } from '../../platform/embedded/postgres.ts';
import type { EmbeddedRedis } from '../../platform/embedded/redis.ts';

/** What this run started or joined, from set-up to teardown. */
export type TestServers = {
  readonly claim: Claim;
  readonly postgres: EmbeddedPostgres;
  readonly redis?: EmbeddedRedis;
};

declare global {
  // Jest loads set-up and teardown apart, so a module's variable would not reach from one to the other.
  var omsxTestServers: TestServers | undefined;
}

export function rememberServers(servers: TestServers): void {
  globalThis.omsxTestServers = servers;
}

/** Leaves the servers, and so stops those that no other run uses. Safe to repeat. */
export async function leaveServers(): Promise<void> {
  const servers = globalThis.omsxTestServers;
  globalThis.omsxTestServers = undefined;
  if (servers === undefined) return;
  await releaseClaim(servers.claim);
  await Promise.all([servers.postgres.stop(), servers.redis?.stop()]);
}
