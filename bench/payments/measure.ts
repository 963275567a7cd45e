import { nowUs, perRequest, quantile } from '../figures.ts';
import type { ClosedResult } from '../load/closed.ts';
import type { Route } from '../load/document.ts';
import type { Worker } from '../load/worker.ts';
import { othersShare, readMachineMs } from '../machine.ts';
import type { System } from './system.ts';
import { readUsage } from './usage.ts';

export type Scenario = 'spread' | 'hot';

export const SCENARIOS: readonly Scenario[] = ['spread', 'hot'];

/** One measured span of one system under one scenario. */
export interface Phase {
  readonly system: System['name'];
  readonly layout: string;
  readonly scenario: Scenario;
  readonly result: ClosedResult;
  readonly nodeCpuMs: number | null;
  readonly postgresCpuMs: number | null;
  readonly redisCpuMs: number | null;
  /** What all of the machine worked, us included. */
  readonly machineMs: number | null;
  /** On this machine's clock of `process.hrtime`, to find the span again in a CPU profile. */
  readonly startedUs: number;
  readonly endedUs: number;
}

/** What several phases of the same system and scenario come to. */
export interface Figures {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Milliseconds of CPU a request. */
  readonly nodeCpuMs: number | null;
  readonly postgresCpuMs: number | null;
  readonly redisCpuMs: number | null;
  readonly generatorCpuMs: number;
  /** Percent of the machine that something else took meanwhile: much of it and the figures are not worth much. */
  readonly othersPercent: number | null;
}

export interface PhaseTimes {
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export const CLIENTS = 64;

/** Requests answered so far by each system, warm-up included: what its books must hold afterwards. */
export type AnsweredCounts = Map<System['name'], number>;

/** Warms up, then measures one closed-loop phase with CPU counted from its start to its last answer. */
export async function measurePhase(
  generator: Worker,
  system: System,
  scenario: Scenario,
  times: PhaseTimes,
  answered: AnsweredCounts,
): Promise<Phase> {
  const run = async (durationMs: number): Promise<ClosedResult> => {
    const route: Route = { accountIds: system.accountIds, hotId: scenario === 'hot' ? system.hotId : null };
    const job = { target: system.target, route, clients: CLIENTS, durationMs };
    const result = await generator.call<ClosedResult>('closed', job);
    answered.set(system.name, (answered.get(system.name) ?? 0) + result.latenciesMs.length);
    return result;
  };
  await run(times.warmUpMs);
  const before = await readUsage(system);
  const machineBeforeMs = await readMachineMs();
  const startedUs = nowUs();
  const result = await run(times.durationMs);
  const endedUs = nowUs();
  const machineMs = perRequest(machineBeforeMs, await readMachineMs(), 1);
  const after = await readUsage(system);
  return {
    system: system.name,
    layout: system.layout,
    scenario,
    result,
    startedUs,
    endedUs,
    machineMs,
    nodeCpuMs: perRequest(before.nodeMs, after.nodeMs, 1),
    postgresCpuMs: perRequest(before.postgresMs, after.postgresMs, 1),
    redisCpuMs: perRequest(before.redisMs, after.redisMs, 1),
  };
}

/** Adds phases up as if they had been one. */
export function summarize(phases: readonly Phase[]): Figures {
  const latencies = Float64Array.from(phases.flatMap(({ result }) => [...result.latenciesMs])).sort();
  const requests = latencies.length;
  const sum = (read: (phase: Phase) => number | null): number | null =>
    phases.reduce<number | null>((total, phase) => {
      const value = read(phase);
      return total === null || value === null ? null : total + value;
    }, 0);
  const elapsedMs = sum(({ result }) => result.elapsedMs) ?? Number.NaN;
  const machineMs = sum((phase) => phase.machineMs);
  const measuredMs = sum(
    ({ result, nodeCpuMs, postgresCpuMs, redisCpuMs }) =>
      result.generatorCpuMs + (nodeCpuMs ?? 0) + (postgresCpuMs ?? 0) + (redisCpuMs ?? 0),
  );
  return {
    requests,
    perSecond: (requests / elapsedMs) * 1_000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    nodeCpuMs: perRequest(
      0,
      sum((phase) => phase.nodeCpuMs),
      requests,
    ),
    postgresCpuMs: perRequest(
      0,
      sum((phase) => phase.postgresCpuMs),
      requests,
    ),
    redisCpuMs: perRequest(
      0,
      sum((phase) => phase.redisCpuMs),
      requests,
    ),
    generatorCpuMs: (sum(({ result }) => result.generatorCpuMs) ?? Number.NaN) / requests,
    othersPercent:
      machineMs === null || measuredMs === null ? null : othersShare(machineMs, measuredMs, elapsedMs),
  };
}
