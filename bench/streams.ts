import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stateFolder } from '../platform/paths.ts';
import { Stops } from './stops.ts';
import { type Crowd, startCrowd } from './streams/crowd.ts';
import { type Deployment, startDeployment } from './streams/deployment.ts';
import { measureFanout } from './streams/fanout.ts';
import { STREAMS_BENCH_DEFAULTS, type StreamsBenchOptions } from './streams/options.ts';
import { profileStorm } from './streams/profiling.ts';
import { measureBare, measureOurs, type SocketFigures } from './streams/sockets.ts';
import { measureStorm, type StormFigures } from './streams/storm.ts';
import { type CrowdFigures, crowdTables, stormTable, streamsTargets } from './streams/tables.ts';
import type { BenchTable } from './table.ts';

type Report = (line: string) => void;

/** For 20,000 sockets to be let go of on all sides, before clients are counted that come back. */
const SETTLE_MS = 8_000;
/** Of a process, beside its sockets. */
const OTHER_FILES = 200;

/**
 * Subscriptions on one router of a real deployment: what they weigh, how long one event takes to all of them, and
 * whether clients come back from a crash without loss. @throws when a subscriber is told of a fault.
 */
export async function runStreamsBench(
  options: StreamsBenchOptions = STREAMS_BENCH_DEFAULTS,
  report: Report = () => undefined,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'streams-'));
  const stops = new Stops();
  try {
    const filesMax = await raiseFilesMax();
    const subscriptions = Math.min(options.subscriptions, filesMax - OTHER_FILES);
    if (subscriptions < options.subscriptions)
      report(`a process may have ${filesMax} files open: only ${subscriptions} subscriptions`);
    const openCrowd = async (): Promise<Crowd> => {
      const crowd = await startCrowd(join(folder, 'subscribers.log'));
      stops.add(crowd.stop);
      return crowd;
    };
    const crowd = options.only === 'storm' ? null : await openCrowd();
    const bare = crowd && (await weighBare(crowd, subscriptions, folder, report));
    report('starting the platform');
    const deployment = await startDeployment(options.stormAccounts);
    const { cluster, hasRedis } = deployment;
    stops.add(cluster.stop);
    const conditions = [
      `${availableParallelism()} x ${cpus()[0]?.model ?? 'CPU'}, shared by router, subgraphs, Postgres${hasRedis ? ', Redis' : ''} and subscribers; Node ${process.version}`,
      `roles as processes of their own${hasRedis ? '' : ', without Redis, which cannot be had here'}; at most ${filesMax} files a process`,
    ];
    try {
      const crowded = crowd && bare && (await measureCrowd(crowd, deployment, bare, subscriptions, report));
      // Its clients are processes of their own, without what those of the crowd have in memory.
      const stormed =
        options.only === 'crowd'
          ? null
          : await runStorm(await openCrowd(), deployment, { ...options, folder }, report);
      return [
        ...(crowded === null ? [] : crowdTables(crowded, conditions)),
        ...(stormed === null ? [] : [stormTable(stormed.figures, conditions), ...stormed.profile]),
        streamsTargets(crowded, stormed?.figures ?? null),
      ];
    } catch (error) {
      report(await cluster.lastWords());
      throw error;
    }
  } finally {
    await stops.run().finally(() => rm(folder, { recursive: true, force: true }));
  }
}

async function weighBare(
  crowd: Crowd,
  subscriptions: number,
  folder: string,
  report: Report,
): Promise<SocketFigures> {
  report(`ws and graphql-ws alone: ${subscriptions} subscriptions`);
  return await measureBare(crowd, subscriptions, join(folder, 'bare.log'));
}

async function measureCrowd(
  crowd: Crowd,
  deployment: Deployment,
  bare: SocketFigures,
  subscriptions: number,
  report: Report,
): Promise<CrowdFigures> {
  report(`omsx router: ${subscriptions} subscriptions`);
  const ours = await measureOurs(crowd, deployment, subscriptions);
  report('one event to all of them');
  const fanout = await measureFanout(crowd, deployment, subscriptions);
  await crowd.stop();
  await sleep(SETTLE_MS);
  return { bare, ours, fanout };
}

async function runStorm(
  crowd: Crowd,
  deployment: Deployment,
  options: StreamsBenchOptions & { readonly folder: string },
  report: Report,
): Promise<{ readonly figures: StormFigures; readonly profile: readonly BenchTable[] }> {
  const clients = Math.min(options.stormClients, options.subscriptions);
  report(`kill -9 with ${clients} clients over ${deployment.accountIds.length} accounts`);
  if (!options.profile) return { figures: await measureStorm(crowd, deployment, clients), profile: [] };
  const profiled = await profileStorm(options.folder, deployment, clients);
  return {
    figures: await measureStorm(crowd, deployment, clients, profiled.watch),
    profile: await profiled.read(),
  };
}

/** Raises what this process and those it starts may open, as far as they may; gives how much that is. */
async function raiseFilesMax(): Promise<number> {
  const run = promisify(execFile);
  const limits = await run('prlimit', [
    '--pid',
    String(process.pid),
    '--nofile',
    '--raw',
    '--noheadings',
    '--output=SOFT,HARD',
  ])
    .then(({ stdout }) => stdout.trim().split(/\s+/))
    .catch(() => []);
  const [soft = 0, hard = 0] = limits.map((text) => Number.parseInt(text, 10));
  if (Number.isNaN(hard) || hard === 0) return Number.POSITIVE_INFINITY;
  if (soft < hard)
    await run('prlimit', ['--pid', String(process.pid), `--nofile=${hard}:${hard}`]).catch(() => undefined);
  return hard;
}
