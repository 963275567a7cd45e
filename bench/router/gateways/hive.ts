import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { choosePort } from '../../../platform/embedded/ports.ts';
import { projectRoot } from '../../../platform/paths.ts';
import type { Gateway, GatewaySettings } from './gateway.ts';
import { startProcess } from './processOf.ts';

const PEERS_FOLDER = join(projectRoot, 'bench', 'peers');
const PACKAGE_FOLDER = join(PEERS_FOLDER, 'node_modules', '@graphql-hive', 'gateway');
const INSTALL_WAIT_MS = 600_000;
const START_WAIT_MS = 60_000;

/**
 * Installs the other gateways when they are not there, which takes about a minute. Gives their versions for the table.
 *
 * @throws when they cannot be had
 */
export async function installPeers(report: (line: string) => void): Promise<string> {
  const isThere = await stat(PACKAGE_FOLDER).catch(() => null);
  if (isThere === null) {
    report('peers: npm ci in bench/peers');
    const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await promisify(execFile)('npm', args, { cwd: PEERS_FOLDER, timeout: INSTALL_WAIT_MS });
  }
  const { dependencies } = JSON.parse(await readFile(join(PEERS_FOLDER, 'package.json'), 'utf8'));
  return ['@graphql-hive/gateway', '@graphql-hive/router-runtime']
    .map((name) => `${name} ${dependencies[name]}`)
    .join(', ');
}

/** Hive Gateway as its own command starts it, with the Rust planner. */
export async function startHive(settings: GatewaySettings): Promise<Gateway> {
  const { coalesces, folder, nodeArguments = [], signing, supergraphFile } = settings;
  const port = await choosePort([]);
  const running = await startProcess({
    args: [
      ...nodeArguments,
      join(PACKAGE_FOLDER, 'dist', 'bin.js'),
      'supergraph',
      supergraphFile,
      ...['--host', '127.0.0.1', '--port', String(port)],
      ...['--config-path', join(PEERS_FOLDER, 'gateway.config.mjs')],
    ],
    environment: { BENCH_COALESCES: String(coalesces), BENCH_SIGNING: JSON.stringify(signing) },
    logFile: join(folder, 'hive.log'),
    healthUrl: `http://127.0.0.1:${port}/healthcheck`,
    waitMs: START_WAIT_MS,
  });
  const url = `http://127.0.0.1:${port}/graphql`;
  return {
    name: 'hive',
    coalesces,
    rootPid: running.pid,
    url,
    stop: async () => void (await running.stop()),
  };
}
