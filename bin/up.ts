import { join } from 'node:path';
import { runMigrations } from '../migrations/run.ts';
import { readConfig } from '../platform/config.ts';
import type { Environment } from '../platform/configReader.ts';
import { createLogger } from '../platform/log.ts';
import { startPlatform } from './platform.ts';
import { claimFolder, startServers } from './servers.ts';
import { type Interruption, listenForInterruption, type StopStep, stopAll } from './shutdown.ts';
import { reportLine, reportStep } from './terminal.ts';

/** A person reads this terminal; whoever collects logs sets OMSX_LOG_LEVEL. */
const quietLogLevel = 'warn';

const platformStopWaitMs = 20_000;

/** `omsx up`: servers, migrations, platform, until a signal asks to stop. Gives the exit code. */
export async function up(environment: Environment): Promise<number> {
  const interruption = listenForInterruption();
  const steps: StopStep[] = [];
  try {
    await startAll(environment, interruption, steps);
    await interruption.requested;
    return 0;
  } finally {
    await stopAll(steps);
    interruption.dispose();
  }
}

/** Each part that runs is in `steps`, also when a later one fails or a signal comes between. */
async function startAll(
  environment: Environment,
  interruption: Interruption,
  steps: StopStep[],
): Promise<void> {
  const beganMs = performance.now();
  const settings = readConfig(environment);
  reportLine(`Starting OMSX; its state is kept in ${settings.folder}`);
  steps.push(await claimFolder(settings.folder));
  const servers = await startServers(settings, steps);
  if (interruption.isRequested()) return;

  const migrationMs = performance.now();
  const applied = await runMigrations(servers.databaseUrl);
  reportStep(`Database migrated, ${applied.length} new of its migrations applied`, migrationMs);
  if (interruption.isRequested()) return;

  const platformMs = performance.now();
  const logger = createLogger({
    name: 'omsx',
    level: environment.OMSX_LOG_LEVEL ? settings.logLevel : quietLogLevel,
  });
  const platform = await startPlatform(settings, servers, logger);
  steps.push({ name: 'Platform', waitMs: platformStopWaitMs, stop: () => platform.stop() });
  reportStep('Platform started', platformMs);
  reportLine(`Ready in ${((performance.now() - beganMs) / 1000).toFixed(1)} s.`);
  const { credentials } = platform;
  reportLine(`  GraphQL       ${credentials.graphql}`);
  reportLine(`  WebSocket     ${credentials.ws}`);
  reportLine(`  Organization  ${credentials.organizationId} (sandbox)`);
  reportLine(`  API key       ${credentials.apiKey}`);
  reportLine(`These are in ${join(settings.folder, 'credentials.json')} too. Stop with ctrl-C.`);
}
