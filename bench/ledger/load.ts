/** What one run under load came to. */
export interface LoadResult {
  readonly completed: number;
  readonly elapsedMs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadOptions {
  /** Callers that each wait for their answer before they ask again. */
  readonly callers: number;
  readonly durationMs: number;
  /** Not measured; lets pools, plans and the compiler settle. */
  readonly warmUpMs: number;
  readonly call: (caller: number) => Promise<void>;
}

/** Runs a closed loop of callers for a while. @throws whatever a call throws; a benchmark has no failures. */
export async function runLoad(options: LoadOptions, onMeasured: () => Promise<void>): Promise<LoadResult> {
  await loop(options, options.warmUpMs, () => undefined);
  await onMeasured();
  const latencies: number[] = [];
  const startedMs = performance.now();
  await loop(options, options.durationMs, (latencyMs) => latencies.push(latencyMs));
  const elapsedMs = performance.now() - startedMs;
  const sorted = Float64Array.from(latencies).sort();
  return {
    completed: sorted.length,
    elapsedMs,
    perSecond: (sorted.length / elapsedMs) * 1_000,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  };
}

async function loop(
  options: LoadOptions,
  durationMs: number,
  onLatency: (latencyMs: number) => void,
): Promise<void> {
  const endMs = performance.now() + durationMs;
  await Promise.all(
    Array.from({ length: options.callers }, async (_value, caller) => {
      for (;;) {
        const startedMs = performance.now();
        if (startedMs >= endMs) return;
        await options.call(caller);
        onLatency(performance.now() - startedMs);
      }
    }),
  );
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
