import { readConfig, type SplitRole } from '../platform/config.ts';
import type { Environment } from '../platform/configReader.ts';
import { createLogger } from '../platform/log.ts';
import { startRole } from './roles.ts';
import { listenForInterruption, stopAll } from './shutdown.ts';
import { reportLine } from './terminal.ts';

const roleStopWaitMs = 20_000;

/** One role in this process. It starts no servers: roles on several machines have to share theirs. */
export async function runRole(role: SplitRole, environment: Environment): Promise<number> {
  const config = readConfig(environment, role);
  const logger = createLogger({ name: role, level: config.logLevel });
  const interruption = listenForInterruption();
  if (config.stopsWithStdin) process.stdin.resume().once('close', endWithParent);
  try {
    const running = await startRole(role, config, logger);
    reportLine(running.url === null ? `The ${role} runs.` : `The ${role} answers at ${running.url}.`);
    await interruption.requested;
    await stopAll([{ name: `The ${role}`, waitMs: roleStopWaitMs, stop: () => running.stop() }]);
    return 0;
  } finally {
    // A pipe that is still read keeps the process alive long after its work is over.
    process.stdin.off('close', endWithParent);
    if (config.stopsWithStdin) process.stdin.destroy();
    interruption.dispose();
  }
}

function endWithParent(): void {
  process.kill(process.pid, 'SIGTERM');
}
