import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { runMigrations } from '../migrations/run.ts';
import { type Config, readConfig } from '../platform/config.ts';
import type { Environment } from '../platform/configReader.ts';
import { choosePort, keepPort, loopback } from '../platform/embedded/ports.ts';
import { createLogger } from '../platform/log.ts';
import { CALLBACK_PATH } from '../rails/bank/inbox/callbackServer.ts';
import { startChildRole } from './childRole.ts';
import { startPlatform } from './platform.ts';
import { claimFolder, type Servers, startServers } from './servers.ts';
import { type Interruption, listenForInterruption, type StopStep, stopAll } from './shutdown.ts';
import { reportLine, reportStep } from './terminal.ts';

/** A person reads this terminal; whoever collects logs sets OMSX_LOG_LEVEL. */
const quietLogLevel = 'warn';

const platformStopWaitMs = 20_000;
const signerStopWaitMs = 12_000;
const bankSecretBytes = 32;

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
  const given = readConfig(environment);
  keepPort(given.port);
  reportLine(`Starting OMSX; its state is kept in ${given.folder}`);
  steps.push(await claimFolder(given.folder));
  const servers = await startServers(given, steps);
  const settings = await withSimulatedCash(await withSimulatedBank(withLocalChain(given, servers.chainUrl)));
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
  if (Object.keys(settings.rpcUrls).length > 0) {
    const signer = startChildRole('signer', signerEnvironment(environment, settings, servers), logger);
    steps.push({ name: 'Signer', waitMs: signerStopWaitMs, stop: () => signer.close() });
  }
  if (settings.bank.callbackUrl !== undefined) {
    const simulator = startChildRole('bank-simulator', bankEnvironment(environment, settings), logger);
    steps.push({ name: 'Simulated bank', waitMs: signerStopWaitMs, stop: () => simulator.close() });
  }
  if (settings.cash.callbackUrl !== undefined) {
    const counters = startChildRole('cash-simulator', cashEnvironment(environment, settings), logger);
    steps.push({ name: 'Simulated counters', waitMs: signerStopWaitMs, stop: () => counters.close() });
  }
  const platform = await startPlatform(settings, servers, logger);
  steps.push({ name: 'Platform', waitMs: platformStopWaitMs, stop: () => platform.stop() });
  reportStep('Platform started', platformMs);
  reportLine(`Ready in ${((performance.now() - beganMs) / 1000).toFixed(1)} s.`);
  const { credentials } = platform;
  reportLine(`  GraphQL       ${credentials.graphql}`);
  reportLine(`  WebSocket     ${credentials.ws}`);
  if (servers.chainUrl !== undefined) reportLine(`  Local chain   ${servers.chainUrl}`);
  reportLine(`  Organization  ${credentials.organizationId} (sandbox)`);
  reportLine(`  API key       ${credentials.apiKey}`);
  reportLine(`These are in ${join(settings.folder, 'credentials.json')} too. Stop with ctrl-C.`);
}

/** The chain that was started here is one to be connected to like any other. */
function withLocalChain(config: Config, chainUrl: string | undefined): Config {
  return chainUrl === undefined ? config : { ...config, rpcUrls: { ...config.rpcUrls, LOCAL: [chainUrl] } };
}

/** What the signer is told: the servers of this run, and nothing that it has no use for. */
function signerEnvironment(environment: Environment, settings: Config, servers: Servers): Environment {
  const { OMSX_VIEWER_SECRET: _viewer, OMSX_KEY_PEPPER: _pepper, ...rest } = environment;
  return {
    ...rest,
    OMSX_FOLDER: settings.folder,
    OMSX_LOG_LEVEL: environment.OMSX_LOG_LEVEL || quietLogLevel,
    DATABASE_URL: servers.databaseUrl,
    ...(servers.chainUrl === undefined ? {} : { RPC_URL_LOCAL: servers.chainUrl }),
  };
}

/** In the sandbox a bank that moves no money, with a secret that lasts as long as this run. */
async function withSimulatedBank(config: Config): Promise<Config> {
  if (config.mode !== 'sandbox' || config.bank.simulatorUrl !== undefined) return config;
  const [simulatorPort, callbackPort] = [await choosePort([]), await choosePort([])];
  const bank = {
    ...config.bank,
    simulatorUrl: `http://${loopback}:${simulatorPort}`,
    callbackUrl: `http://${loopback}:${callbackPort}${CALLBACK_PATH}`,
    secret: randomBytes(bankSecretBytes).toString('base64url'),
    catalogFile: config.bank.catalogFile,
  };
  return { ...config, bank };
}

/** In the sandbox counters that hand over no cash, as the bank. */
async function withSimulatedCash(config: Config): Promise<Config> {
  if (config.mode !== 'sandbox' || config.cash.simulatorUrl !== undefined) return config;
  const [simulatorPort, callbackPort] = [await choosePort([]), await choosePort([])];
  const cash = {
    simulatorUrl: `http://${loopback}:${simulatorPort}`,
    callbackUrl: `http://${loopback}:${callbackPort}${CALLBACK_PATH}`,
    secret: randomBytes(bankSecretBytes).toString('base64url'),
  };
  return { ...config, cash };
}

/** What a simulated place is told: nothing of ours but the secret that it shares with us. */
function simulatorEnvironment(
  environment: Environment,
  { folder }: Config,
  url: string | undefined,
  own: Environment,
): Environment {
  return {
    PATH: environment.PATH,
    HOME: environment.HOME,
    OMSX_FOLDER: folder,
    OMSX_LOG_LEVEL: environment.OMSX_LOG_LEVEL || quietLogLevel,
    OMSX_PORT: new URL(url ?? '').port,
    ...own,
  };
}

function cashEnvironment(environment: Environment, settings: Config): Environment {
  const { simulatorUrl, secret, callbackUrl } = settings.cash;
  const own = { OMSX_CASH_SECRET: secret, OMSX_CASH_CALLBACK_URL: callbackUrl };
  return simulatorEnvironment(environment, settings, simulatorUrl, own);
}

function bankEnvironment(environment: Environment, settings: Config): Environment {
  const { simulatorUrl, secret, callbackUrl } = settings.bank;
  const own = { OMSX_BANK_SECRET: secret, OMSX_BANK_CALLBACK_URL: callbackUrl };
  return simulatorEnvironment(environment, settings, simulatorUrl, own);
}
