import { resolve } from 'node:path';
import { stateFolder } from './paths.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export const ROLES = ['up', 'router', 'accounts', 'wallets', 'payments', 'worker'] as const;
export type Role = (typeof ROLES)[number];

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const ENGINES = ['apollo', 'apollo-gateway'] as const;

/** Everything that an operator can set, read once at start. The only place that knows the names. */
export interface Config {
  /** State of an installation on one machine: data, logs, credentials. */
  readonly folder: string;
  /** Undefined only for `omsx up`, which then starts a Postgres of its own. */
  readonly databaseUrl: string | undefined;
  /** A login of its own for each role, where the operator gives one. */
  readonly databaseUrls: Readonly<Record<Exclude<Role, 'up'>, string | undefined>>;
  /** Undefined: `omsx up` starts one; split roles then read feeds from the outbox itself. */
  readonly redisUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
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

const SECRET_LENGTH_MIN = 32;
const PORT_MAX = 65_535;
const CONNECTIONS_MAX = 500;
const STREAM_SHARDS_MAX = 256;
/** Of test/harness/environment.ts: they are inherited by what a test starts. */
const IGNORED_PREFIX = 'OMSX_TEST_';

/**
 * Reads the environment for a role. A variable that is set to nothing counts as not set, which is how many
 * deployment tools say so.
 *
 * @throws {ConfigError} with every fault, also for an `OMSX_` name that nobody reads
 */
export function readConfig(environment: Environment, role: Role = 'up'): Config {
  const { text, oneOf, integer, url, secret, flag, origins, known, faults } = createReader(environment);
  const split = role !== 'up';
  const mode = oneOf('OMSX_MODE', ['sandbox', 'live'], 'sandbox');
  const databaseUrl = url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const databaseUrlOf = (name: string): string | undefined =>
    url(`OMSX_DATABASE_URL_${name}`, ['postgres:', 'postgresql:']) ?? databaseUrl;
  const subgraphUrlOf = (name: string): string | undefined =>
    url(`OMSX_SUBGRAPH_${name}_URL`, ['http:', 'https:'], role === 'router');
  const config: Config = {
    folder: resolve(text('OMSX_FOLDER') ?? stateFolder),
    databaseUrl,
    databaseUrls: {
      router: databaseUrlOf('ROUTER'),
      accounts: databaseUrlOf('ACCOUNTS'),
      wallets: databaseUrlOf('WALLETS'),
      payments: databaseUrlOf('PAYMENTS'),
      worker: databaseUrlOf('WORKER'),
    },
    redisUrl: url('REDIS_URL', ['redis:', 'rediss:']),
    host: text('OMSX_HOST') ?? '127.0.0.1',
    port: integer('OMSX_PORT', 0, PORT_MAX, 4000),
    logLevel: oneOf('OMSX_LOG_LEVEL', LOG_LEVELS, 'info'),
    viewerSecret: secret('OMSX_VIEWER_SECRET', split && role !== 'worker'),
    keyPepper: secret('OMSX_KEY_PEPPER', role === 'accounts'),
    subgraphUrls: {
      accounts: subgraphUrlOf('ACCOUNTS'),
      wallets: subgraphUrlOf('WALLETS'),
      payments: subgraphUrlOf('PAYMENTS'),
    },
    mode,
    introspection: flag('OMSX_INTROSPECTION', mode === 'sandbox'),
    allowedOrigins: origins('OMSX_ALLOWED_ORIGINS'),
    routerEngine: oneOf('ROUTER_ENGINE', ENGINES, 'apollo'),
    readConnectionsMax: integer('OMSX_READ_CONNECTIONS_MAX', 1, CONNECTIONS_MAX, 8),
    writeConnectionsMax: integer('OMSX_WRITE_CONNECTIONS_MAX', 1, CONNECTIONS_MAX, 4),
    streamShards: integer('OMSX_STREAM_SHARDS', 1, STREAM_SHARDS_MAX, 8),
  };
  if (split && config.databaseUrls[role] === undefined) {
    faults.push(`DATABASE_URL is missing: omsx ${role} starts no Postgres of its own`);
  }
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('OMSX_') || known.has(name) || name.startsWith(IGNORED_PREFIX)) continue;
    faults.push(`${name} is not a setting of omsx; those are ${[...known].sort().join(', ')}`);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return freeze(config);
}

/** Readers of one kind each. They collect faults, and answer something usable in place of a faulty value. */
function createReader(environment: Environment) {
  const faults: string[] = [];
  const known = new Set<string>();

  function text(name: string): string | undefined {
    known.add(name);
    const value = environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  function oneOf<Value extends string>(name: string, values: readonly Value[], otherwise: Value): Value {
    const value = text(name) ?? otherwise;
    const found = values.find((one) => one === value);
    if (found === undefined) faults.push(`${name} is "${value}": expected one of ${values.join(', ')}`);
    return found ?? otherwise;
  }

  return {
    faults,
    known,
    text,
    oneOf,
    flag: (name: string, otherwise: boolean): boolean =>
      oneOf(name, ['true', 'false'], otherwise ? 'true' : 'false') === 'true',
    integer(name: string, min: number, max: number, otherwise: number): number {
      const value = text(name) ?? String(otherwise);
      const parsed = /^\d{1,9}$/.test(value) ? Number.parseInt(value, 10) : -1;
      if (parsed >= min && parsed <= max) return parsed;
      faults.push(`${name} is "${value}": expected an integer from ${min} to ${max}`);
      return otherwise;
    },
    url(name: string, protocols: readonly string[], isRequired = false): string | undefined {
      const value = text(name);
      const form = `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
      if (value === undefined && isRequired) faults.push(`${name} is missing: expected ${form}`);
      // Not repeated in the fault, because it may hold a password.
      if (value !== undefined && !protocols.includes(protocolOf(value))) {
        faults.push(`${name} is malformed: expected ${form}`);
      }
      return value;
    },
    secret(name: string, isRequired: boolean): string | undefined {
      const value = text(name);
      if (value === undefined && isRequired)
        faults.push(`${name} is missing: expected at least ${SECRET_LENGTH_MIN} random characters`);
      if (value !== undefined && value.length < SECRET_LENGTH_MIN) {
        faults.push(`${name} has ${value.length} characters: expected at least ${SECRET_LENGTH_MIN}`);
      }
      return value;
    },
    origins(name: string): readonly string[] {
      const values = (text(name) ?? '').split(',').map((value) => value.trim());
      const given = values.filter((value) => value !== '');
      for (const value of given) {
        if (URL.canParse(value) && new URL(value).origin === value) continue;
        faults.push(
          `${name} has "${value}": expected origins such as https://app.example.com, separated by commas`,
        );
      }
      return given;
    },
  };
}

function protocolOf(value: string): string {
  return URL.canParse(value) ? new URL(value).protocol : '';
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner);
  return Object.freeze(value);
}
