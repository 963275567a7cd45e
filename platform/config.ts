import { resolve } from 'node:path';
import { type BankSettings, readBankSettings } from './bankSettings.ts';
import { type CashSettings, readCashSettings } from './cashSettings.ts';
import { type ChainSettings, readChainSettings } from './chainSettings.ts';
import { createReader, type Environment } from './configReader.ts';
import { type KycSettings, readKycSettings } from './kycSettings.ts';
import { stateFolder } from './paths.ts';
import { type RateSettings, readRateSettings } from './rateSettings.ts';
import { type RouterSettings, readRouterSettings } from './routerSettings.ts';
import { readScreeningSettings, type ScreeningSettings } from './screeningSettings.ts';
import { readTracing, type TracingConfig } from './tracingConfig.ts';

export const ROLES = [
  'up',
  'router',
  'accounts',
  'wallets',
  'payments',
  'worker',
  'chain',
  'signer',
  'bank',
  'bank-simulator',
  'cash',
  'cash-simulator',
  'standalone',
] as const;
export type Role = (typeof ROLES)[number];
/** One part of the platform in a process of its own. */
export type SplitRole = Exclude<Role, 'up' | 'standalone'>;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** Our own, or `@apollo/gateway` as it comes, to compare with and as a way back. */
const ENGINES = ['omsx', 'apollo'] as const;

/** Everything that an operator can set, read once at start. The only place that knows the names. */
export interface Config extends ChainSettings {
  /** State of an installation on one machine: data, logs, credentials. */
  readonly folder: string;
  /** Undefined only for `omsx up`, which then starts a Postgres of its own. */
  readonly databaseUrl: string | undefined;
  /** A login of its own for each role, where the operator gives one. */
  readonly databaseUrls: Readonly<Record<SplitRole, string | undefined>>;
  /** Undefined: `omsx up` starts one; split roles then read feeds from the outbox itself. */
  readonly redisUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Ends the process when its standard input does: for one that another of ours started. */
  readonly stopsWithStdin: boolean;
  /** Signs the Viewer between router and subgraphs. Undefined only for `omsx up`, which makes one. */
  readonly viewerSecret: string | undefined;
  /** Under which API keys are stored. Undefined only where no keys are handled or `omsx up` makes one. */
  readonly keyPepper: string | undefined;
  readonly subgraphUrls: Readonly<Record<'accounts' | 'wallets' | 'payments', string | undefined>>;
  readonly mode: 'sandbox' | 'live';
  /** Whether clients may ask for the schema; on in sandbox, off in live unless set. */
  readonly introspection: boolean;
  /** Browser origins that may call the router; none unless set. */
  readonly allowedOrigins: readonly string[];
  readonly routerEngine: (typeof ENGINES)[number];
  readonly readConnectionsMax: number;
  readonly writeConnectionsMax: number;
  /** Redis streams that events are spread over by organization. */
  readonly streamShards: number;
  /** From which on a request is slow, which is a line in the log. */
  readonly slowRequestMs: number;
  /** Opens the router's metrics to whoever sends it; without it they are read on this machine only. */
  readonly metricsToken: string | undefined;
  /** Null: no traces. */
  readonly tracing: TracingConfig | null;
  readonly rates: RateSettings;
  /** Whether webhooks may be sent to this machine, also without TLS; never in live mode. */
  readonly webhookLoopback: boolean;
  readonly router: RouterSettings;
  readonly bank: BankSettings;
  readonly screening: ScreeningSettings;
  readonly cash: CashSettings;
  readonly kyc: KycSettings;
}

/** Lists every fault at once. Values are left out where they may be secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `the configuration has ${faults.length} fault(s):\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

const PORT_MAX = 65_535;
const CONNECTIONS_MAX = 500;
const STREAM_SHARDS_MAX = 256;
const SLOW_REQUEST_MS = 1_000;
const SLOW_REQUEST_MS_MAX = 600_000;
/** Roles that serve no requests, and so check no Viewer. */
const SPEAKS_TO_NO_CLIENT: ReadonlySet<SplitRole> = new Set([
  'worker',
  'chain',
  'signer',
  'bank',
  'bank-simulator',
  'cash',
  'cash-simulator',
]);
/** Roles that stand for what is outside: they have a file, and no database. */
const SIMULATORS: readonly (SplitRole | null)[] = ['bank-simulator', 'cash-simulator'];
/** Of test/harness/environment.ts: they are inherited by what a test starts. */
const IGNORED_PREFIX = 'OMSX_TEST_';

/**
 * Reads the environment for a role. A variable that is set to nothing counts as not set, which is how many
 * deployment tools say so.
 *
 * @throws {ConfigError} with every fault, also for an `OMSX_` name that nobody reads
 */
export function readConfig(environment: Environment, role: Role = 'up'): Config {
  const reader = createReader(environment);
  const { text, oneOf, integer, url, secret, flag, origins, known, faults } = reader;
  const split = role === 'up' || role === 'standalone' ? null : role;
  const mode = oneOf('OMSX_MODE', ['sandbox', 'live'], 'sandbox');
  const databaseUrl = url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const databaseUrlOf = (name: string): string | undefined =>
    url(`OMSX_DATABASE_URL_${name}`, ['postgres:', 'postgresql:']) ?? databaseUrl;
  const subgraphUrlOf = (name: string): string | undefined =>
    url(`OMSX_SUBGRAPH_${name}_URL`, ['http:', 'https:'], role === 'router');
  const folder = resolve(text('OMSX_FOLDER') ?? stateFolder);
  const config: Config = {
    folder,
    databaseUrl,
    databaseUrls: {
      router: databaseUrlOf('ROUTER'),
      accounts: databaseUrlOf('ACCOUNTS'),
      wallets: databaseUrlOf('WALLETS'),
      payments: databaseUrlOf('PAYMENTS'),
      worker: databaseUrlOf('WORKER'),
      chain: databaseUrlOf('CHAIN'),
      signer: databaseUrlOf('SIGNER'),
      bank: databaseUrlOf('BANK'),
      'bank-simulator': undefined,
      cash: databaseUrlOf('CASH'),
      'cash-simulator': undefined,
    },
    redisUrl: url('REDIS_URL', ['redis:', 'rediss:']),
    host: text('OMSX_HOST') ?? '127.0.0.1',
    port: integer('OMSX_PORT', 0, PORT_MAX, 4000),
    logLevel: oneOf('OMSX_LOG_LEVEL', LOG_LEVELS, 'info'),
    ...readChainSettings(reader, environment, folder),
    stopsWithStdin: reader.flag('OMSX_STOP_WITH_STDIN', false),
    viewerSecret: secret('OMSX_VIEWER_SECRET', split !== null && !SPEAKS_TO_NO_CLIENT.has(split)),
    keyPepper: secret('OMSX_KEY_PEPPER', role === 'accounts' || role === 'bank'),
    subgraphUrls: {
      accounts: subgraphUrlOf('ACCOUNTS'),
      wallets: subgraphUrlOf('WALLETS'),
      payments: subgraphUrlOf('PAYMENTS'),
    },
    mode,
    introspection: flag('OMSX_INTROSPECTION', mode === 'sandbox'),
    allowedOrigins: origins('OMSX_ALLOWED_ORIGINS'),
    routerEngine: oneOf('ROUTER_ENGINE', ENGINES, 'omsx'),
    readConnectionsMax: integer('OMSX_READ_CONNECTIONS_MAX', 1, CONNECTIONS_MAX, 8),
    writeConnectionsMax: integer('OMSX_WRITE_CONNECTIONS_MAX', 1, CONNECTIONS_MAX, 4),
    streamShards: integer('OMSX_STREAM_SHARDS', 1, STREAM_SHARDS_MAX, 8),
    slowRequestMs: integer('OMSX_SLOW_REQUEST_MS', 1, SLOW_REQUEST_MS_MAX, SLOW_REQUEST_MS),
    metricsToken: secret('OMSX_METRICS_TOKEN', false),
    tracing: readTracing(environment, role, faults),
    rates: readRateSettings(reader),
    webhookLoopback: flag('OMSX_WEBHOOK_LOOPBACK', false),
    router: readRouterSettings(reader, role === 'standalone'),
    bank: readBankSettings(reader, role, mode),
    screening: readScreeningSettings(reader),
    cash: readCashSettings(reader, role, mode),
    kyc: readKycSettings(reader),
  };
  if (split !== null && !SIMULATORS.includes(split) && config.databaseUrls[split] === undefined) {
    faults.push(`DATABASE_URL is missing: omsx ${role} starts no Postgres of its own`);
  }
  if (config.webhookLoopback && mode === 'live')
    faults.push('OMSX_WEBHOOK_LOOPBACK is true: expected false in live mode');
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('OMSX_') || known.has(name) || name.startsWith(IGNORED_PREFIX)) continue;
    faults.push(`${name} is not a setting of omsx; those are ${[...known].sort().join(', ')}`);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return freeze(config);
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner);
  return Object.freeze(value);
}
