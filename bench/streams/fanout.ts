import { setTimeout as sleep } from 'node:timers/promises';
import { readNodeCpuMs } from '../processes.ts';
import type { Crowd } from './crowd.ts';
import type { Deployment } from './deployment.ts';
import { readResolutions } from './resolutions.ts';

/** One event to all subscribers of one operation. */
export interface FanoutFigures {
  /** From sending the mutation, so that the mutation itself and its COMMIT are within it. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly messages: number;
  readonly resolutions: number | null;
  readonly shared: number | null;
  readonly routerCpuMs: number | null;
}

const EVENTS = 5;
const ARRIVAL_WAIT_MS = 20_000;
const POLL_MS = 50;
/** For what should not come any more. */
const SETTLE_MS = 700;

/** One event after the other, each when the one before has reached all. */
export async function measureFanout(
  crowd: Crowd,
  deployment: Deployment,
  subscribers: number,
): Promise<readonly FanoutFigures[]> {
  const figures: FanoutFigures[] = [];
  for (let event = 0; event < EVENTS; event++)
    figures.push(await measureEvent(crowd, deployment, subscribers));
  return figures;
}

async function measureEvent(
  crowd: Crowd,
  { cluster, accountIds, fund }: Deployment,
  subscribers: number,
): Promise<FanoutFigures> {
  await crowd.reset();
  const pid = cluster.pidOf('router');
  const before = { cpuMs: await readNodeCpuMs([pid]), ...(await readResolutions(cluster.graphqlUrl)) };
  const sentMs = Date.now();
  await fund(accountIds[0] ?? '');
  const deadlineMs = Date.now() + ARRIVAL_WAIT_MS;
  while (Date.now() < deadlineMs && (await crowd.progress()).messages < subscribers) await sleep(POLL_MS);
  await sleep(SETTLE_MS);
  const { messages, firstMs, lastMs } = await crowd.progress();
  const after = { cpuMs: await readNodeCpuMs([pid]), ...(await readResolutions(cluster.graphqlUrl)) };
  const between = (key: keyof typeof before): number | null => {
    const [was, is] = [before[key], after[key]];
    return was === null || is === null ? null : is - was;
  };
  return {
    firstMs: (firstMs ?? Number.NaN) - sentMs,
    lastMs: (lastMs ?? Number.NaN) - sentMs,
    messages,
    resolutions: between('anew'),
    shared: between('shared'),
    routerCpuMs: between('cpuMs'),
  };
}
