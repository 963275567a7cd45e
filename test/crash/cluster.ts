import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMigrations } from '../../migrations/run.ts';
import { choosePort } from '../../platform/embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../../platform/embedded/postgres.ts';
import { present } from '../../platform/invariant.ts';
import { projectRoot } from '../../platform/paths.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import { type Child, isHealthy, startChild, waitFor } from './child.ts';
import { type RedisProcess, startRedisProcess } from './redisProcess.ts';

export const ROLES = ['accounts', 'wallets', 'payments', 'worker', 'router'] as const;
export type Role = (typeof ROLES)[number];
export type Victim = Role | 'postgres' | 'redis';

/** The whole platform as five processes on a Postgres and a Redis of its own, all of which may be killed. */
export interface Cluster {
  readonly graphqlUrl: string;
  readonly wsUrl: string;
  /** As superuser. */
  readonly databaseUrl: string;
  /** The secret under which the processes keep API keys. */
  readonly keyPepper: string;
  /** With which a subgraph can be asked itself. */
  readonly viewerSecret: string;
  readonly urlOf: (subgraph: Exclude<Role, 'worker' | 'router'>) => string;
  /** Of the process that runs now. */
  readonly pidOf: (role: Role) => number;
  readonly flushRedis: () => Promise<void>;
  /** Ends it as kill -9 does. */
  kill9(victim: Victim): Promise<void>;
  /** Starts it again as it was; gives the milliseconds until it was well. */
  restart(victim: Victim): Promise<number>;
  /** Roles that ended although nobody killed them. */
  listEnded(): readonly Role[];
  /** What Postgres wrote down over all its lives. */
  readPostgresLog(): Promise<string>;
  /** The last lines of each log, for a test that failed. */
  lastWords(): Promise<string>;
  /** Stops everything and removes its folder. Safe to repeat. */
  stop(): Promise<void>;
}

/** The first start of a role may have to compile all of it; later ones find that done. */
const FIRST_START_MS = 60_000;
const RESTART_MS = 30_000;
const LAST_LINES = 25;
const SECRET = 'crash-test-'.padEnd(64, '0');

export interface ClusterOptions {
  /** True when left out. */
  readonly withRedis?: boolean;
  /** Settings of every role, beside those that it cannot do without. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** @throws when a part does not come up, with what it said; whatever runs already is stopped then */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const folder = await makeTemporaryFolder();
  const servers: Servers = { postgres: [], redis: undefined, children: new Map() };
  const stop = async (): Promise<void> => {
    await Promise.all([...servers.children.values()].map((child) => child.stop()));
    await Promise.all([...servers.postgres.map((postgres) => postgres.stop()), servers.redis?.stop()]);
    await removeFolder(folder);
  };
  try {
    return { ...(await startParts(folder, servers, options)), stop };
  } catch (error) {
    const words = await lastWords(folder);
    await stop();
    throw new Error(`the cluster did not start: ${String(error)}\n${words}`, { cause: error });
  }
}

interface Servers {
  /** Each start of the same Postgres; all but the last were killed, and each still holds a claim on its folder. */
  readonly postgres: EmbeddedPostgres[];
  redis: RedisProcess | undefined;
  readonly children: Map<Role, Child>;
}

async function startParts(
  folder: string,
  servers: Servers,
  { withRedis = true, environment: settings = {} }: ClusterOptions,
): Promise<Omit<Cluster, 'stop'>> {
  const postgresFolder = join(folder, 'postgres');
  const port = await choosePort([]);
  const startDatabase = async (): Promise<EmbeddedPostgres> => {
    // Shared, because this very process owns the folder already when it starts the killed server again.
    const started = await startPostgres({ folder: postgresFolder, port, shared: true });
    servers.postgres.push(started);
    return started;
  };
  const database = await startDatabase();
  if (withRedis) servers.redis = await startRedisProcess(folder);
  await runMigrations(database.url);

  const ports = await choosePorts();
  const environment = environmentFor(folder, database.url, servers.redis?.url, ports);
  const startRole = async (role: Role, timeoutMs: number): Promise<number> => {
    const child = startChild({
      program: process.execPath,
      args: [join(projectRoot, 'bin', 'omsx.mjs'), role],
      environment: { ...environment, ...settings, OMSX_PORT: String(ports[role]) },
      folder: projectRoot,
      logFile: join(folder, `${role}.log`),
    });
    servers.children.set(role, child);
    return await waitFor(`healthy ${role}`, timeoutMs, () => isHealthy(ports[role]), child.hasEnded);
  };
  for (const role of ROLES) await startRole(role, FIRST_START_MS);

  return {
    graphqlUrl: `http://127.0.0.1:${ports.router}/graphql`,
    wsUrl: `ws://127.0.0.1:${ports.router}/graphql`,
    databaseUrl: database.url,
    keyPepper: SECRET,
    viewerSecret: SECRET,
    urlOf: (subgraph) => `http://127.0.0.1:${ports[subgraph]}/graphql`,
    pidOf: (role) => present(servers.children.get(role), role).pid,
    flushRedis: async () => servers.redis?.flushAll(),
    async kill9(victim) {
      if (victim === 'postgres') await servers.postgres.at(-1)?.kill9();
      else if (victim === 'redis') await servers.redis?.kill9();
      else await servers.children.get(victim)?.kill9();
    },
    async restart(victim) {
      if (victim === 'redis') return (await servers.redis?.restart()) ?? 0;
      if (victim !== 'postgres') return await startRole(victim, RESTART_MS);
      const startedMs = performance.now();
      await startDatabase();
      return performance.now() - startedMs;
    },
    listEnded: () => ROLES.filter((role) => servers.children.get(role)?.hasEnded()),
    readPostgresLog: () => readFile(join(postgresFolder, 'postgres.log'), 'utf8'),
    lastWords: () => lastWords(folder),
  };
}

async function choosePorts(): Promise<Readonly<Record<Role, number>>> {
  const chosen = await Promise.all(ROLES.map((role) => choosePort([]).then((port) => [role, port] as const)));
  return Object.fromEntries(chosen) as Record<Role, number>;
}

function environmentFor(
  folder: string,
  databaseUrl: string,
  redisUrl: string | undefined,
  ports: Readonly<Record<Role, number>>,
): Readonly<Record<string, string>> {
  return {
    OMSX_FOLDER: join(folder, 'state'),
    DATABASE_URL: databaseUrl,
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    OMSX_VIEWER_SECRET: SECRET,
    OMSX_KEY_PEPPER: SECRET,
    OMSX_SUBGRAPH_ACCOUNTS_URL: `http://127.0.0.1:${ports.accounts}/graphql`,
    OMSX_SUBGRAPH_WALLETS_URL: `http://127.0.0.1:${ports.wallets}/graphql`,
    OMSX_SUBGRAPH_PAYMENTS_URL: `http://127.0.0.1:${ports.payments}/graphql`,
  };
}

async function lastWords(folder: string): Promise<string> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  const texts = await Promise.all(
    logs.map(async (name) => {
      const lines = (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n');
      return `--- ${name}\n${lines.slice(-LAST_LINES).join('\n')}`;
    }),
  );
  return texts.join('\n');
}
