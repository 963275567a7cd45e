import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';
import { startWorker, type Worker } from '../load/worker.ts';
import type { OpenJob, Progress, StormJob, StormReport } from './subscribers.ts';

/** Subscribers in several processes, so that taking messages in is not what takes the time. */
export interface Crowd {
  readonly pids: readonly number[];
  /** Resolves when each has its first message. Gives the milliseconds it took. */
  open(job: Pick<OpenJob, 'url' | 'apiKey' | 'requests' | 'count'>): Promise<number>;
  reset(): Promise<void>;
  progress(): Promise<Progress>;
  storm(job: StormJob): Promise<void>;
  /** How many have got to these versions, by request. */
  countAt(versions: readonly number[]): Promise<number>;
  report(): Promise<StormReport['subscribers']>;
  /** Drops all sockets. */
  close(): Promise<void>;
  stop(): Promise<void>;
}

const PROCESSES = 2;
const MAIN = join(projectRoot, 'bench', 'streams', 'subscribers.ts');

export async function startCrowd(logFile: string): Promise<Crowd> {
  const workers: Worker[] = [];
  for (let place = 0; place < PROCESSES; place++) workers.push(await startWorker(MAIN, logFile));
  const all = <Result>(method: string, argument?: unknown): Promise<Result[]> =>
    Promise.all(workers.map((worker) => worker.call<Result>(method, argument)));
  return {
    pids: workers.map(({ pid }) => pid),
    async open({ count, ...job }) {
      const shares = workers.map((_worker, place) => Math.floor((count + place) / PROCESSES));
      const took = await Promise.all(
        workers.map((worker, place) => worker.call<number>('open', { ...job, place, count: shares[place] })),
      );
      return Math.max(...took);
    },
    reset: async () => void (await all('reset')),
    async progress() {
      const parts = await all<Progress>('progress');
      const times = (key: 'firstMs' | 'lastMs'): number[] =>
        parts.map((part) => part[key]).filter((ms) => ms !== null);
      const [firsts, lasts] = [times('firstMs'), times('lastMs')];
      return {
        messages: parts.reduce((sum, part) => sum + part.messages, 0),
        firstMs: firsts.length === 0 ? null : Math.min(...firsts),
        lastMs: lasts.length === 0 ? null : Math.max(...lasts),
      };
    },
    storm: async (job) => void (await all('storm', job)),
    countAt: async (versions) =>
      (await all<number>('countAt', versions)).reduce((sum, count) => sum + count, 0),
    report: async () => (await all<StormReport>('report')).flatMap(({ subscribers }) => subscribers),
    close: async () => void (await all('close')),
    stop: async () => void (await Promise.all(workers.map((worker) => worker.stop()))),
  };
}
