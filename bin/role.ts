import type { Environment } from './main.ts';
import { type Role, startRole } from './platform.ts';
import { readProvisionSettings } from './settings.ts';
import { listenForInterruption, stopAll } from './shutdown.ts';
import { reportLine } from './terminal.ts';

const roleStopWaitMs = 20_000;
const usageExitCode = 2;

/** One role in this process. It starts no servers: roles on several machines have to share theirs. */
export async function runRole(role: Role, environment: Environment): Promise<number> {
  const { databaseUrl, redisUrl, folder } = readProvisionSettings(environment);
  if (databaseUrl === undefined) {
    process.stderr.write(`omsx ${role} needs DATABASE_URL; only "omsx up" starts a Postgres of its own.\n`);
    return usageExitCode;
  }
  const interruption = listenForInterruption();
  try {
    const running = await startRole(role, {
      databaseUrl,
      ...(redisUrl === undefined ? {} : { redisUrl }),
      dataFolder: folder,
    });
    reportLine(`The ${role} is running.`);
    await interruption.requested;
    await stopAll([{ name: `The ${role}`, waitMs: roleStopWaitMs, stop: () => running.stop() }]);
    return 0;
  } finally {
    interruption.dispose();
  }
}
