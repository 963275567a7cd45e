import { ownCpuMs } from '../cpu.ts';
import { openClient } from './client.ts';
import { drawPayment, type Route, type Target } from './document.ts';

/** Clients that each wait for their answer before they ask again. */
export interface ClosedJob {
  readonly target: Target;
  readonly route: Route;
  readonly clients: number;
  readonly durationMs: number;
}

export interface ClosedResult {
  /** One for each request, in milliseconds, in no order. */
  readonly latenciesMs: Float64Array;
  readonly elapsedMs: number;
  /** What asking itself cost: the generator shares the machine with the system under load. */
  readonly generatorCpuMs: number;
}

/** Runs to the end of `durationMs` and until all answers are in. @throws on the first wrong answer. */
export async function runClosed(job: ClosedJob): Promise<ClosedResult> {
  const client = openClient(job.target, job.clients);
  const latencies: number[] = [];
  const cpuMs = ownCpuMs();
  const startedMs = performance.now();
  const endMs = startedMs + job.durationMs;
  const ask = async (): Promise<void> => {
    for (let askedMs = performance.now(); askedMs < endMs; askedMs = performance.now()) {
      await client.pay(drawPayment(job.route));
      latencies.push(performance.now() - askedMs);
    }
  };
  try {
    await Promise.all(Array.from({ length: job.clients }, ask));
    return {
      latenciesMs: Float64Array.from(latencies),
      elapsedMs: performance.now() - startedMs,
      generatorCpuMs: ownCpuMs() - cpuMs,
    };
  } finally {
    await client.close();
  }
}
