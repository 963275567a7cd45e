import { setTimeout as sleep } from 'node:timers/promises';
import { openClient } from './client.ts';
import { drawPayment, type Payment, type Route, type Target } from './document.ts';

/** Requests at a fixed rate, whether or not earlier ones are answered: a slow system does not get fewer. */
export interface PacedJob {
  readonly target: Target;
  readonly route: Route;
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly durationMs: number;
}

export interface PacedResult {
  /** From the instant at which the request was due, so that waiting in the generator counts as well. */
  readonly latenciesMs: Float64Array;
  readonly elapsedMs: number;
  readonly transactions: readonly (Payment & { readonly id: string; readonly version: number })[];
}

const TICK_MS = 1;
/** More than this unanswered is a system that does not keep up, not a measurement. */
const IN_FLIGHT_MAX = 5_000;

/** Sends `ratePerSecond * durationMs / 1000` requests and waits for their answers. */
export async function runPaced(job: PacedJob): Promise<PacedResult> {
  const client = openClient(job.target, job.connections);
  const total = Math.round((job.ratePerSecond * job.durationMs) / 1_000);
  const latencies: number[] = [];
  const transactions: PacedResult['transactions'][number][] = [];
  const startedMs = performance.now();
  let fault: unknown;
  const send = async (dueMs: number): Promise<void> => {
    const payment = drawPayment(job.route);
    const { id, version } = await client.pay(payment);
    latencies.push(performance.now() - dueMs);
    transactions.push({ ...payment, id, version });
  };
  const sent: Promise<void>[] = [];
  try {
    while (sent.length < total && fault === undefined) {
      const due = Math.min(total, ((performance.now() - startedMs) * job.ratePerSecond) / 1_000);
      while (sent.length < due) {
        const dueMs = startedMs + (sent.length * 1_000) / job.ratePerSecond;
        sent.push(
          send(dueMs).catch((error: unknown) => {
            fault ??= error;
          }),
        );
      }
      if (sent.length - transactions.length > IN_FLIGHT_MAX) {
        throw new Error(`more than ${IN_FLIGHT_MAX} requests are unanswered at ${job.ratePerSecond}/s`);
      }
      await sleep(TICK_MS);
    }
    await Promise.all(sent);
    if (fault !== undefined) throw fault;
    const elapsedMs = performance.now() - startedMs;
    return { latenciesMs: Float64Array.from(latencies), elapsedMs, transactions };
  } finally {
    await client.close();
  }
}
