import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stateFolder } from '../platform/paths.ts';
import { Stops } from './stops.ts';
import { startCrowd } from './streams/crowd.ts';
import { startDeployment } from './streams/deployment.ts';
import { measureFanout } from './streams/fanout.ts';
import { STREAMS_BENCH_DEFAULTS, type StreamsBenchOptions } from './streams/options.ts';
import { measureBare, measureOurs } from './streams/sockets.ts';
import { measureStorm } from './streams/storm.ts';
import { fanoutTable, socketTable, stormTable, streamsTargets } from './streams/tables.ts';
import type { BenchTable } from './table.ts';

type Report = (line: string) => void;

const ACCOUNTS = 50;
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
    const crowd = await startCrowd(join(folder, 'subscribers.log'));
    stops.add(crowd.stop);
    report(`ws and graphql-ws alone: ${subscriptions} subscriptions`);
    const bare = await measureBare(crowd, subscriptions, join(folder, 'bare.log'));
    report('starting the platform');
    const deployment = await startDeployment(ACCOUNTS);
    const { cluster, hasRedis } = deployment;
    stops.add(cluster.stop);
    try {
      report(`omsx router: ${subscriptions} subscriptions`);
      const ours = await measureOurs(crowd, deployment, subscriptions);
      report('one event to all of them');
      const fanout = await measureFanout(crowd, deployment, subscriptions);
      await crowd.close();
      const stormClients = Math.min(options.stormClients, subscriptions);
      report(`kill -9 with ${stormClients} clients`);
      const storm = await measureStorm(crowd, deployment, stormClients);
      const conditions = [
        `${availableParallelism()} x ${cpus()[0]?.model ?? 'CPU'}, shared by router, subgraphs, Postgres${hasRedis ? ', Redis' : ''} and subscribers; Node ${process.version}`,
        `roles as processes of their own${hasRedis ? '' : ', without Redis, which cannot be had here'}; at most ${filesMax} files a process`,
      ];
      return [
        socketTable([bare, ours], conditions),
        fanoutTable(fanout, subscriptions),
        stormTable(storm),
        streamsTargets([bare, ours], fanout, storm),
      ];
    } catch (error) {
      report(await cluster.lastWords());
      throw error;
    }
  } finally {
    await stops.run().finally(() => rm(folder, { recursive: true, force: true }));
  }
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
