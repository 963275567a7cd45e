import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'graphql';
import { createLogger } from '../../platform/log.ts';
import { createEngine } from '../../router/engine/engine.ts';
import type { PlannerKind } from '../../router/engine/plan/process.ts';
import { OperationStore } from '../../router/operation/store.ts';
import { readSupergraph } from '../../router/supergraph/read.ts';
import type { Transport } from '../../router/transport/port.ts';
import { serveCalls } from '../load/worker.ts';
import type { ColdRun } from './cold.ts';

const RESOLUTION_MS = 1;
const SETTLE_MS = 30;
const NS_PER_MS = 1e6;
const NAME_PATTERN = /^query (\w+)/m;

interface Job {
  readonly planner: PlannerKind;
  readonly sdl: string;
  /** Of one query with a name. */
  readonly document: string;
  /** Beforehand, without a pause. The first of them is told as well. */
  readonly warmUpRuns: number;
  readonly runs: number;
}

/**
 * Plans the document several times, each time under a name that nobody has seen. Nothing is sent anywhere.
 *
 * @returns the very first run, then those after the warm-up
 */
async function measure({ planner, sdl, document, warmUpRuns, runs }: Job): Promise<readonly ColdRun[]> {
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
  const measured = [await withDelay(planOnce)];
  for (let run = 1; run < warmUpRuns; run++) await planOnce();
  for (let run = 0; run < runs; run++) measured.push(await withDelay(planOnce));
  await engine.close();
  return measured;
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
