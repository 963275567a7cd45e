import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';
import { startWorker } from '../load/worker.ts';
import type { Crowd } from './crowd.ts';
import type { Deployment } from './deployment.ts';
import { readSettledMb } from './memory.ts';
import { watchOf } from './watch.ts';

/** What subscriptions take of a process that serves nothing else. */
export interface SocketFigures {
  readonly name: string;
  readonly subscriptions: number;
  readonly openedMs: number;
  readonly beforeMb: number | null;
  readonly afterMb: number | null;
  /** Of one subscription. */
  readonly bytes: number | null;
}

const BARE = join(projectRoot, 'bench', 'streams', 'bareMain.ts');
/** Opened and closed before anything is measured, so that code and pools are there. */
const WARM_UP = 500;
const BYTES_PER_MB = 1_048_576;

/** The same subscribers on a server of nothing but `ws` and `graphql-ws`. */
export async function measureBare(crowd: Crowd, count: number, logFile: string): Promise<SocketFigures> {
  const worker = await startWorker(BARE, logFile, ['--max-semi-space-size=32']);
  try {
    const url = await worker.call<string>('start');
    const requests = [watchOf('nobody')];
    const figures = await measure('ws and graphql-ws alone', crowd, worker.pid, { url, requests, count });
    await crowd.close();
    return figures;
  } finally {
    await worker.stop();
  }
}

/** All on one router, one operation for all. They stay open. */
export async function measureOurs(
  crowd: Crowd,
  { cluster, apiKey, accountIds }: Deployment,
  count: number,
): Promise<SocketFigures> {
  const requests = [watchOf(accountIds[0] ?? '')];
  const job = { url: cluster.wsUrl.replace('ws:', 'http:'), apiKey, requests, count };
  return await measure('omsx router', crowd, cluster.pidOf('router'), job);
}

async function measure(
  name: string,
  crowd: Crowd,
  pid: number,
  job: Omit<Parameters<Crowd['open']>[0], 'apiKey'> & { readonly apiKey?: string },
): Promise<SocketFigures> {
  const open = (count: number): Promise<number> => crowd.open({ apiKey: null, ...job, count });
  await open(WARM_UP);
  await crowd.close();
  const beforeMb = await readSettledMb(pid);
  const openedMs = await open(job.count);
  const afterMb = await readSettledMb(pid);
  const bytes =
    beforeMb === null || afterMb === null ? null : ((afterMb - beforeMb) * BYTES_PER_MB) / job.count;
  return { name, subscriptions: job.count, openedMs, beforeMb, afterMb, bytes };
}
