import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { addClaim, listClaims, withExclusiveClaim } from '../../platform/embedded/claims.ts';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { startRedis } from '../../platform/embedded/redis.ts';
import { stateFolder } from '../../platform/paths.ts';
import { writeTestEnvironment } from './environment.ts';
import { leaveServers, rememberServers } from './servers.ts';
import { dropLeftovers, ensureTemplate } from './template.ts';

const setupLockWaitMs = 180_000;

/**
 * Once a run: one Postgres and one Redis, shared with any run that goes on at the same time in this folder (the last
 * one out stops them), a migrated template, and no databases left over from runs that crashed.
 */
export default async function globalSetup(): Promise<void> {
  const folder = join(stateFolder, 'test');
  await mkdir(folder, { recursive: true });
  await withExclusiveClaim(folder, 'setup', setupLockWaitMs, async () => {
    const [postgres, redis] = await Promise.all([
      startPostgres({ folder: join(folder, 'postgres'), database: 'postgres', shared: true }),
      startRedis({ folder: join(folder, 'redis'), shared: true }),
    ]);
    if ('absent' in redis) process.stderr.write(`Tests that need Redis will fail. ${redis.absent}\n`);

    const runs = await listClaims(folder, ['run']);
    const claim = await addClaim(folder, 'run');
    rememberServers({ claim, postgres, ...('absent' in redis ? {} : { redis }) });

    try {
      const livePids = runs.map((run) => run.pid).filter((pid) => pid !== process.pid);
      const templateName = await prepareDatabases(postgres.url, livePids);
      const redisUrl = 'absent' in redis ? undefined : redis.url;
      writeTestEnvironment({ adminUrl: postgres.url, templateName, runPid: process.pid, redisUrl });
    } catch (error) {
      // Jest runs no teardown after a failed set-up.
      await leaveServers();
      throw error;
    }
  });
}

async function prepareDatabases(adminUrl: string, livePids: readonly number[]): Promise<string> {
  const admin = new pg.Client({ connectionString: adminUrl, application_name: 'omsx-test-setup' });
  await admin.connect();
  try {
    const templateName = await ensureTemplate(admin, adminUrl);
    await dropLeftovers(admin, livePids, templateName);
    return templateName;
  } finally {
    await admin.end();
  }
}
