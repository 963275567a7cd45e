import { treeCpuMs } from '../cpu.ts';
import { nowUs, perRequest, quantile } from '../figures.ts';
import type { QueryResult } from '../load/queries.ts';
import type { Worker } from '../load/worker.ts';
import { othersShare, readMachineMs } from '../machine.ts';
import { readNodeCpuMs } from '../processes.ts';
import type { Gateway, GatewayName } from './gateways/gateway.ts';
import type { Subject, SubjectQuery } from './subject.ts';

/** As many as the public comparisons of gateways have. */
export const CLIENTS = 50;

/** One kind of load on one gateway. */
export interface Cell {
  readonly gateway: Gateway;
  readonly query: SubjectQuery;
  /** Whether each request differs from those that are under way. */
  readonly isUnique: boolean;
}

/** One measured span of one cell. */
export interface Phase {
  readonly cell: Cell;
  readonly result: QueryResult;
  readonly gatewayCpuMs: number | null;
  readonly machineMs: number | null;
  /** From one reading of `machineMs` to the next. */
  readonly spanMs: number;
  readonly subgraphsCpuMs: number | null;
  readonly subgraphRequests: number;
  readonly startedUs: number;
  readonly endedUs: number;
}

export interface Figures {
  readonly gateway: GatewayName;
  readonly coalesces: boolean;
  readonly isUnique: boolean;
  readonly requests: number;
  /** Milliseconds of the gateway's CPU a request, all of its threads. */
  readonly cpuMs: number | null;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly subgraphRequests: number;
  readonly loadCpuMs: number | null;
  readonly othersPercent: number | null;
}

/** What the gateway is known by in the generator. */
export function keyOf({ name, coalesces }: Gateway, query: SubjectQuery): string {
  return `${name}${coalesces ? ' coalescing' : ''} ${query.name}`;
}

export async function measureCell(
  generator: Worker,
  subject: Subject,
  cell: Cell,
  times: { readonly warmUpMs: number; readonly durationMs: number },
): Promise<Phase> {
  const { gateway, query, isUnique } = cell;
  const run = (durationMs: number): Promise<QueryResult> =>
    generator.call('load', { key: keyOf(gateway, query), clients: CLIENTS, durationMs, isUnique });
  await run(times.warmUpMs);
  const before = await readCounters(subject, gateway);
  const startedUs = nowUs();
  const result = await run(times.durationMs);
  const endedUs = nowUs();
  const after = await readCounters(subject, gateway);
  return {
    cell,
    result,
    startedUs,
    endedUs,
    gatewayCpuMs: perRequest(before.gatewayMs, after.gatewayMs, 1),
    machineMs: perRequest(before.machineMs, after.machineMs, 1),
    spanMs: after.readAtMs - before.readAtMs,
    subgraphsCpuMs: perRequest(before.subgraphsMs, after.subgraphsMs, 1),
    subgraphRequests: after.subgraphRequests - before.subgraphRequests,
  };
}

async function readCounters(subject: Subject, gateway: Gateway) {
  const subgraphRequests = await subject.countRequests();
  const [gatewayMs, machineMs, ...loads] = await Promise.all([
    readNodeCpuMs([gateway.rootPid]),
    readMachineMs(),
    ...subject.loadPids.map(treeCpuMs),
  ]);
  const subgraphsMs = loads.reduce<number | null>(
    (sum, ms) => (sum === null || ms === null ? null : sum + ms),
    0,
  );
  return { subgraphRequests, gatewayMs, machineMs, subgraphsMs, readAtMs: performance.now() };
}

/** Adds phases of one cell up as if they had been one. */
export function summarize(phases: readonly Phase[]): Figures {
  const [first] = phases;
  if (first === undefined) throw new Error('there are no phases to add up');
  const latencies = Float64Array.from(phases.flatMap(({ result }) => [...result.latenciesMs])).sort();
  const requests = latencies.length;
  const sum = (read: (phase: Phase) => number | null): number | null =>
    phases.reduce<number | null>((total, phase) => {
      const value = read(phase);
      return total === null || value === null ? null : total + value;
    }, 0);
  const elapsedMs = sum(({ result }) => result.elapsedMs) ?? Number.NaN;
  const gatewayMs = sum((phase) => phase.gatewayCpuMs);
  const loadMs = sum(({ result, subgraphsCpuMs }) =>
    subgraphsCpuMs === null ? null : subgraphsCpuMs + result.generatorCpuMs,
  );
  const machineMs = sum((phase) => phase.machineMs);
  return {
    gateway: first.cell.gateway.name,
    coalesces: first.cell.gateway.coalesces,
    isUnique: first.cell.isUnique,
    requests,
    cpuMs: perRequest(0, gatewayMs, requests),
    perSecond: (requests / elapsedMs) * 1_000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    subgraphRequests: (sum((phase) => phase.subgraphRequests) ?? 0) / requests,
    loadCpuMs: perRequest(0, loadMs, requests),
    othersPercent:
      machineMs === null || gatewayMs === null || loadMs === null
        ? null
        : othersShare(machineMs, gatewayMs + loadMs, sum((phase) => phase.spanMs) ?? Number.NaN),
  };
}
