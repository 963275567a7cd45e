import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../platform/paths.ts';
import { treeCpuMs } from '../cpu.ts';
import { nowUs, perRequest } from '../figures.ts';
import type { PacedResult } from '../load/paced.ts';
import type { Received } from '../load/subscriber.ts';
import { startWorker, type Worker } from '../load/worker.ts';
import { othersShare, readMachineMs } from '../machine.ts';
import type { Span } from '../profile.ts';
import type { AnsweredCounts } from './measure.ts';
import type { Ours } from './ours.ts';
import { describeStream, type StreamFigures } from './streamTable.ts';
import { readUsage, type Usage } from './usage.ts';

const RATE_PER_SECOND = 500;
const ACCOUNT_SUBSCRIBERS = 20;
const CONNECTIONS = 64;
const ARRIVAL_WAIT_MS = 15_000;
const SETTLE_MS = 1_000;
const POLL_MS = 50;
const WARM_UP_MS = 2_000;

const SUBSCRIBER = join(projectRoot, 'bench', 'load', 'subscriber.ts');

/** Paced load on `ours` with subscribers watching: how long from the event to the client, and is all of it there. */
export async function measureStream(
  generator: Worker,
  ours: Ours,
  durationMs: number,
  answered: AnsweredCounts,
  logFile: string,
): Promise<StreamFigures & { readonly span: Span }> {
  const pace = async (forMs: number): Promise<PacedResult> => {
    const route = { accountIds: ours.accountIds, hotId: null };
    const job = { target: ours.target, route, connections: CONNECTIONS, ratePerSecond: RATE_PER_SECOND };
    const result = await generator.call<PacedResult>('paced', { ...job, durationMs: forMs });
    answered.set(ours.name, (answered.get(ours.name) ?? 0) + result.transactions.length);
    return result;
  };
  const subscriber = await startWorker(SUBSCRIBER, logFile);
  try {
    const accountIds = [null, ...ours.accountIds.slice(0, ACCOUNT_SUBSCRIBERS)];
    await subscriber.call('open', { url: ours.wsUrl, apiKey: ours.target.apiKey, accountIds });
    const stepsOf = (paced: PacedResult) => accountIds.map((accountId) => expectedSteps(paced, accountId));
    await waitForAll(subscriber, stepsOf(await pace(WARM_UP_MS)));
    await subscriber.call('reset');

    const workers = [generator, subscriber];
    const before = await readCosts(ours, workers);
    const startedUs = nowUs();
    const paced = await pace(durationMs);
    const expected = stepsOf(paced);
    await waitForAll(subscriber, expected);
    const endedUs = nowUs();
    const costs = costsBetween(before, await readCosts(ours, workers), (endedUs - startedUs) / 1_000, paced);
    const received = await subscriber.call<readonly Received[]>('collect');
    return {
      ...describeStream({ ratePerSecond: RATE_PER_SECOND, costs, paced, expected, received }),
      span: { startedUs, endedUs, requests: paced.transactions.length },
    };
  } finally {
    await subscriber.stop();
  }
}

/** `<transaction> <version>` of every step that a subscriber must see. */
function expectedSteps(paced: PacedResult, accountId: string | null): ReadonlySet<string> {
  const steps = new Set<string>();
  for (const { id, version, sourceId, destinationId } of paced.transactions) {
    if (accountId !== null && accountId !== sourceId && accountId !== destinationId) continue;
    for (let step = 1; step <= version; step++) steps.add(`${id} ${step}`);
  }
  return steps;
}

/** Until all have arrived or the time is up, and then a moment longer, for what should not come. */
async function waitForAll(subscriber: Worker, expected: readonly ReadonlySet<string>[]): Promise<void> {
  const messages = expected.reduce((sum, steps) => sum + steps.size, 0);
  const deadline = Date.now() + ARRIVAL_WAIT_MS;
  while (Date.now() < deadline && (await subscriber.call<number>('count')) < messages) await sleep(POLL_MS);
  await sleep(SETTLE_MS);
}

interface Costs extends Usage {
  readonly machineMs: number | null;
  /** Of generator and subscribers. */
  readonly loadMs: number;
}

async function readCosts(ours: Ours, workers: readonly Worker[]): Promise<Costs> {
  const [usage, machineMs, ...loadMs] = await Promise.all([
    readUsage(ours),
    readMachineMs(),
    ...workers.map((worker) => treeCpuMs(worker.pid)),
  ]);
  return { ...usage, machineMs, loadMs: loadMs.reduce<number>((sum, ms) => sum + (ms ?? 0), 0) };
}

/** One line for the table: what a transaction with its messages cost, and how busy the machine was otherwise. */
function costsBetween(before: Costs, after: Costs, elapsedMs: number, paced: PacedResult): string {
  const between = (key: keyof Costs): number => perRequest(before[key], after[key], 1) ?? 0;
  const each = (key: keyof Costs): string => (between(key) / paced.transactions.length).toFixed(3);
  const measuredMs = between('nodeMs') + between('postgresMs') + between('redisMs') + between('loadMs');
  const others = othersShare(between('machineMs'), measuredMs, elapsedMs);
  return (
    `CPU ms a transaction with its messages: Node ${each('nodeMs')}, Postgres ${each('postgresMs')}, ` +
    `Redis ${each('redisMs')}, generator and subscribers ${each('loadMs')}; ${others.toFixed(0)} % of machine taken by others`
  );
}
