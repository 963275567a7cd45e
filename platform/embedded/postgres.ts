import { withExclusiveClaim } from './claims.ts';
import { loopback } from './ports.ts';
import { preparePostgresBinaries } from './postgresBinaries.ts';
import { type ClusterFiles, clusterFiles, ensureCluster, superuser } from './postgresCluster.ts';
import { choosePostgresLauncher } from './postgresLauncher.ts';
import { ensureServer, killServer, type PostgresServer, stopServer } from './postgresServer.ts';
import { mergeSettings } from './postgresSettings.ts';
import { joinUsers, listUsers, makeServerFolder } from './serverFolder.ts';

export type PostgresOptions = {
  /** Where data, password and log are kept; made when it is missing. */
  readonly folder: string;
  /** The port to use when it is free. Otherwise the one of the last run, otherwise any. */
  readonly port?: number;
  /** Server settings on top of our defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The database that `url` names; made when it is missing. */
  readonly database?: string;
  /**
   * False (the default): FOLDER_IN_USE when another live process owns the folder. True: join the server that runs
   * there, if one does. Whoever leaves last stops it.
   */
  readonly shared?: boolean;
  /** False runs Postgres, for root, as another user rather than in a user namespace; for tests. */
  readonly namespaces?: boolean;
};

export type EmbeddedPostgres = {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly dataFolder: string;
  /** How this call came by the server: a new process, or one that ran already (an orphan, or a shared one). */
  readonly origin: 'started' | 'adopted';
  /** Shuts the server down, unless another process still uses it. Takes at most about 30 s; safe to repeat. */
  stop(): Promise<void>;
  /** Kills the server without a shutdown, as a power cut would. For crash tests. */
  kill9(): Promise<void>;
};

const lockWaitMs = 150_000;
const defaultDatabase = 'omsx';

/**
 * Starts the embedded Postgres of a folder, or takes over the one that an earlier, killed run left behind: healthy and
 * with the same settings it is adopted, else it is stopped and started anew. Never deletes data. Throws
 * EmbeddedServerError; safe to retry.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const files = clusterFiles(await makeServerFolder(options.folder));
  const isShared = options.shared === true;
  return await withExclusiveClaim(files.folder, 'lock', lockWaitMs, async () => {
    const others = await listUsers(files.folder, isShared);
    const binaries = await preparePostgresBinaries();
    const launcher = await choosePostgresLauncher(binaries, { namespaces: options.namespaces ?? true });
    const password = await ensureCluster(files, launcher);
    const database = options.database ?? defaultDatabase;
    const server = await ensureServer({
      files,
      launcher,
      password,
      database,
      settings: mergeSettings(options.settings ?? {}),
      preferredPort: options.port,
      isInUse: others.length > 0,
    });
    const stop = await joinUsers(files.folder, isShared, lockWaitMs, () => stopServer(files));
    return describeServer(files, server, stop, password, database);
  });
}

function describeServer(
  files: ClusterFiles,
  server: PostgresServer,
  stop: () => Promise<void>,
  password: string,
  database: string,
): EmbeddedPostgres {
  return {
    url: `postgres://${superuser}:${password}@${loopback}:${server.port}/${database}`,
    host: loopback,
    port: server.port,
    pid: server.pid,
    dataFolder: files.data,
    origin: server.origin,
    stop,
    kill9: () => killServer(server.pid),
  };
}
