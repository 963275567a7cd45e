import { Pool } from 'undici';
import { type RunningRole, startRole } from '../../../bin/roles.ts';
import { readConfig } from '../../../platform/config.ts';
import { present } from '../../../platform/invariant.ts';
import { createLogger } from '../../../platform/log.ts';
import { VIEWER_HEADER } from '../../../platform/viewer.ts';
import { serveCalls } from '../../load/worker.ts';
import { type KeepingServer, serveKeeping, type Work } from '../keepingServer.ts';

export const PLATFORM_SUBGRAPHS = ['accounts', 'wallets', 'payments'] as const;
export type PlatformSubgraph = (typeof PLATFORM_SUBGRAPHS)[number];

export type PlatformUrls = Readonly<Record<PlatformSubgraph, string>>;

const CONNECTIONS = 32;

const running: RunningRole[] = [];
const pools: Pool[] = [];
const fronts: KeepingServer[] = [];

/**
 * The platform's own subgraphs over HTTP, in one process, and in front of each what can keep its answers. Gives the URLs
 * of the subgraphs themselves and of those in front.
 */
async function start(environment: Readonly<Record<string, string>>) {
  const [urls, frontUrls]: [Record<string, string>, Record<string, string>] = [{}, {}];
  for (const name of PLATFORM_SUBGRAPHS) {
    const config = readConfig({ ...environment, OMSX_PORT: '0' }, name);
    const role = await startRole(name, config, createLogger({ name, level: config.logLevel }));
    running.push(role);
    const url = present(role.url, `the URL of ${name}`);
    urls[name] = new URL('/graphql', url).href;
    const front = await serveKeeping(forwarding(url));
    fronts.push(front);
    frontUrls[name] = front.url;
  }
  return { urls, frontUrls };
}

/** The body and its signature go on as they came. */
function forwarding(url: string): Work {
  const pool = new Pool(new URL(url).origin, { connections: CONNECTIONS });
  pools.push(pool);
  return async (body, { headers, url: path = '/graphql' }) => {
    const signature = String(headers[VIEWER_HEADER] ?? '');
    const response = await pool.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', [VIEWER_HEADER]: signature },
      body,
    });
    const answer = Buffer.from(await response.body.arrayBuffer());
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode} ${answer.toString()}`);
    return answer;
  };
}

async function keep(isKept: boolean): Promise<void> {
  for (const front of fronts) front.keep(isKept);
}

/** Requests that the subgraphs, or what is in front of them, got so far. */
async function count(): Promise<number> {
  return fronts.reduce((sum, front) => sum + front.count(), 0);
}

serveCalls({ start, keep, count }, async () => {
  await Promise.all(fronts.map((front) => front.close()));
  await Promise.all(pools.map((pool) => pool.destroy()));
  for (const role of running.reverse()) await role.stop();
});
