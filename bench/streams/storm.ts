import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parseId } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import { quantile } from '../figures.ts';
import { readNodeCpuMs, readNodePeakMb } from '../processes.ts';
import { readCoreWaitMs } from './coreWait.ts';
import type { Crowd } from './crowd.ts';
import type { Deployment } from './deployment.ts';
import { readResolutions } from './resolutions.ts';
import type { StormReport } from './subscribers.ts';
import { watchOf } from './watch.ts';

/** What became of clients whose router was killed and started again. */
export interface StormFigures {
  readonly clients: number;
  readonly accounts: number;
  readonly resumed: number;
  readonly events: number;
  readonly lost: number;
  readonly doubled: number;
  /** Clients that are not where their account is, at the end. */
  readonly behind: number;
  /** From starting the router again until it said that it is well; null when it did not for long. */
  readonly healthyMs: number | null;
  /** Breaks that clients had to come back after: one each when the router takes all of them at once. */
  readonly breaks: number;
  /** From starting it again until a client was let in and asked for the rest. */
  readonly askedP50Ms: number;
  readonly askedMaxMs: number;
  /** From starting it again until a client had all that was committed before it asked for the rest. */
  readonly caughtUpP50Ms: number;
  readonly caughtUpMaxMs: number;
  /** Messages that the new router resolved, and those that it sent again as they were. */
  readonly resolutions: number;
  readonly shared: number;
  readonly routerCpuMs: number | null;
  /** How long it could have worked and had no core. */
  readonly routerWaitedMs: number | null;
  readonly routerPeakMb: number | null;
}

const EVENTS_PER_SECOND = 50;
const BEFORE_MS = 1_500;
const AFTER_MS = 12_000;
const SETTLE_WAIT_MS = 30_000;
const POLL_MS = 100;
/** Of a client that comes back: at once would be all at the same time. */
const JITTER = { delayMinMs: 100, delayMaxMs: 3_000 };

interface Commit {
  readonly request: number;
  readonly version: number;
  readonly atMs: number;
}

/**
 * Clients over several accounts, each with its cursor; the router dies as by kill -9 and starts again; all come back
 * with some jitter while events go on; each must have got every version of its account's balance once.
 *
 * @param watch called when the router has been started again; what it gives is called when all have caught up
 */
export async function measureStorm(
  crowd: Crowd,
  deployment: Deployment,
  clients: number,
  watch: () => Promise<() => Promise<void>> = async () => async () => undefined,
): Promise<StormFigures> {
  const { cluster, apiKey, accountIds } = deployment;
  const requests = accountIds.map(watchOf);
  const url = cluster.wsUrl.replace('ws:', 'http:');
  await crowd.open({ url, apiKey, requests, count: clients });
  const begun = await readVersions(deployment);
  await crowd.storm({ ...JITTER, versions: begun });
  const flow = startFlow(deployment, begun);
  await sleep(BEFORE_MS);
  await cluster.kill9('router');
  const restartedMs = Date.now();
  // A router that is busy with all of them may be slow to say that it is well, which is a figure and no failure.
  const restarting = cluster.restart('router').catch(() => null);
  const endWatch = await watch();
  await sleep(Math.max(0, restartedMs + AFTER_MS - Date.now()));
  const commits = await flow.stop();
  const final = await readVersions(deployment);
  const deadlineMs = Date.now() + SETTLE_WAIT_MS;
  while (Date.now() < deadlineMs && (await crowd.countAt(final)) < clients) await sleep(POLL_MS);
  await endWatch();
  const healthyMs = await restarting;
  const subscribers = await crowd.report();
  const pid = cluster.pidOf('router');
  const [routerCpuMs, routerPeakMb] = [await readNodeCpuMs([pid]), await readNodePeakMb([pid])];
  const routerWaitedMs = await readCoreWaitMs(pid);
  const { anew, shared } = await readResolutions(cluster.graphqlUrl);
  const waits = Float64Array.from(
    subscribers.map((subscriber) => caughtUpAt(subscriber, commits, restartedMs) - restartedMs),
  ).sort();
  const asked = Float64Array.from(subscribers.map(({ resumedAtMs }) => resumedAtMs - restartedMs)).sort();
  const sum = (key: 'lost' | 'doubled'): number =>
    subscribers.reduce((total, subscriber) => total + subscriber[key], 0);
  return {
    clients,
    accounts: accountIds.length,
    resumed: subscribers.filter(({ resumedAtMs }) => resumedAtMs > restartedMs).length,
    events: commits.length,
    lost: sum('lost'),
    doubled: sum('doubled'),
    behind: subscribers.filter(({ request, version }) => version !== final[request]).length,
    healthyMs,
    breaks: subscribers.reduce((total, { resumes }) => total + resumes, 0),
    askedP50Ms: quantile(asked, 0.5),
    askedMaxMs: asked.at(-1) ?? Number.NaN,
    caughtUpP50Ms: quantile(waits, 0.5),
    caughtUpMaxMs: waits.at(-1) ?? Number.NaN,
    resolutions: anew,
    shared,
    routerCpuMs,
    routerWaitedMs,
    routerPeakMb,
  };
}

/** The version that each account's balance is at, from the ledger itself. */
async function readVersions({ cluster, accountIds }: Deployment): Promise<readonly number[]> {
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  try {
    const ids = accountIds.map((id) => present(parseId('acc', id), id));
    const { rows } = await client.query<{ id: string; version: string }>(
      'select id, version from ledger.account where id = any($1)',
      [ids],
    );
    const versions = new Map(rows.map(({ id, version }) => [id, Number.parseInt(version, 10)]));
    return ids.map((id) => present(versions.get(id), id));
  } finally {
    await client.end();
  }
}

/** Events at a steady rate, one account after the other, whether or not anybody listens. */
function startFlow({ accountIds, fund }: Deployment, begun: readonly number[]) {
  const commits: Commit[] = [];
  const versions = [...begun];
  let isStopped = false;
  let fault: unknown;
  const work = (async () => {
    const startedMs = performance.now();
    const underWay = new Map<number, Promise<void>>();
    for (let sent = 0; !isStopped; sent++) {
      await sleep(Math.max(0, startedMs + (sent * 1_000) / EVENTS_PER_SECOND - performance.now()));
      const request = sent % accountIds.length;
      // One at a time for each account, so that the version of each is known.
      await underWay.get(request);
      const funding = fund(accountIds[request] as string).then(() => {
        const version = (versions[request] ?? 0) + 1;
        versions[request] = version;
        commits.push({ request, version, atMs: Date.now() });
      });
      underWay.set(
        request,
        funding.catch((error: unknown) => {
          fault ??= error;
          isStopped = true;
        }),
      );
    }
    await Promise.all(underWay.values());
  })();
  return {
    async stop(): Promise<readonly Commit[]> {
      isStopped = true;
      await work;
      if (fault !== undefined) throw fault;
      return commits;
    },
  };
}

/**
 * When it had the last version that was committed before it asked for the rest; when it asked, if it had that before.
 * Infinity when it did neither.
 */
function caughtUpAt(
  { request, resumedAtMs, arrivals }: StormReport['subscribers'][number],
  commits: readonly Commit[],
  restartedMs: number,
): number {
  if (resumedAtMs < restartedMs) return Number.POSITIVE_INFINITY;
  const missed = commits.filter((commit) => commit.request === request && commit.atMs <= resumedAtMs);
  const version = missed.at(-1)?.version ?? 0;
  const arrival = arrivals.find((one) => one.version >= version);
  return arrival === undefined ? Number.POSITIVE_INFINITY : Math.max(arrival.atMs, resumedAtMs);
}
