import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'graphql';
import { createLogger } from '../../platform/log.ts';
import { createEngine } from '../../router/engine/engine.ts';
import { openInProcess, type PlannerKind } from '../../router/engine/plan/process.ts';
import { OperationStore } from '../../router/operation/store.ts';
import { readSupergraph } from '../../router/supergraph/read.ts';
import type { Transport } from '../../router/transport/port.ts';
import { serveCalls } from '../load/worker.ts';
import type { ColdRun, ColdRuns } from './cold.ts';

const RESOLUTION_MS = 1;
const SETTLE_MS = 30;
const NS_PER_MS = 1e6;
const NAME_PATTERN = /^query (\w+)/m;

interface Job {
  readonly planner: PlannerKind;
  readonly sdl: string;
  /** Of one query with a name. */
  readonly document: string;
  /** Beforehand. The first of them is told as well. */
  readonly warmUpRuns: number;
  readonly runs: number;
}

/** Plans the document again and again, each time under a name that nobody has seen. Nothing is sent anywhere. */
async function measure(job: Job): Promise<ColdRuns> {
  const { planner, sdl, document, warmUpRuns, runs } = job;
  const supergraph = readSupergraph(sdl);
  const logger = createLogger({ name: 'cold', level: 'silent' });
  const engine = await createEngine({ supergraph, transportOf: nowhere, planner, logger });
  const operations = new OperationStore(supergraph.apiSchema, (text) => parse(text));
  let names = 0;
  const planOnce = async (): Promise<Omit<ColdRun, 'delayMs'>> => {
    const text = document.replace(NAME_PATTERN, (_match, name: string) => `query ${name}${++names}`);
    const startedMs = performance.now();
    const operation = operations.get(text, undefined);
    const parsedMs = performance.now();
    await engine.warm(operation, null, new Set());
    return { parseMs: parsedMs - startedMs, planMs: performance.now() - parsedMs };
  };
  const { planMs: firstMs } = await planOnce();
  for (let run = 1; run < warmUpRuns; run++) await planOnce();
  const busyMs: number[] = [];
  for (let run = 0; run < runs; run++) busyMs.push((await planOnce()).planMs);
  const rested: ColdRun[] = [];
  for (let run = 0; run < runs; run++) rested.push(await withDelay(planOnce));
  await engine.close();
  return { firstMs, busyMs, rested, plannerMs: await planAlone(job) };
}

/** What the planner's process takes of it, one plan right after the other. */
async function planAlone({ planner, sdl, document, runs }: Job): Promise<readonly number[]> {
  const opened = await openInProcess(planner, sdl);
  const query = { query: document, operationName: undefined, labels: new Set<string>() };
  const times: number[] = [];
  for (let run = 0; run < 2 * runs; run++) {
    const startedMs = performance.now();
    await opened.plan(query);
    if (run >= runs) times.push(performance.now() - startedMs);
  }
  opened.close();
  return times;
}

/** With how late the event loop was meanwhile. */
async function withDelay(planOnce: () => Promise<Omit<ColdRun, 'delayMs'>>): Promise<ColdRun> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await sleep(SETTLE_MS);
  delay.reset();
  const times = await planOnce();
  await sleep(SETTLE_MS);
  delay.disable();
  // The histogram holds the time from one tick to the next, which is the resolution when nothing is late.
  return { ...times, delayMs: Math.max(0, delay.max / NS_PER_MS - RESOLUTION_MS) };
}

function nowhere(name: string): Transport {
  return {
    name,
    execute: () => Promise.reject(new Error('a plan is not a request')),
    close: () => Promise.resolve(),
  };
}

serveCalls({ measure });
