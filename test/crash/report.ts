import type { Acknowledged } from './journal.ts';
import type { Blow } from './plan.ts';
import type { Subscriber } from './subscribers.ts';

/** How long each victim took from its start until it said that it was well. */
export interface Restart {
  readonly blow: Blow;
  readonly tookMs: number;
}

export function medianByBlow(restarts: readonly Restart[]): ReadonlyMap<Blow, number> {
  const times = new Map<Blow, readonly number[]>();
  for (const { blow, tookMs } of restarts) times.set(blow, [...(times.get(blow) ?? []), tookMs]);
  return new Map(
    [...times].map(([blow, all]) => [blow, all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0]),
  );
}

/** What a crash run went through, for the person who reads its output. */
export function renderRun(run: {
  readonly seed: number;
  readonly elapsedMs: number;
  /** From the end of the load until all Holds were resolved and all subscribers had caught up. */
  readonly settledMs: number;
  readonly restarts: readonly Restart[];
  readonly acknowledged: readonly Acknowledged[];
  readonly subscribers: readonly Subscriber[];
}): string {
  const lines = [
    `seed ${run.seed}, ${(run.elapsedMs / 1_000).toFixed(0)} s under load, quiet ${ms(run.settledMs)} after it`,
  ];
  for (const [blow, medianMs] of medianByBlow(run.restarts)) {
    const times = run.restarts.filter((restart) => restart.blow === blow).map((restart) => restart.tookMs);
    const took =
      blow === 'flush redis' ? '' : `, back in ${ms(medianMs)} (p50), ${ms(Math.max(...times))} (max)`;
    lines.push(`  ${blow}: ${times.length} times${took}`);
  }
  const { acknowledged } = run;
  const kinds = new Map<string, number>();
  for (const { operation, typename } of acknowledged) {
    const kind = `${operation} ${typename}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const retried = acknowledged.filter((entry) => entry.attempts > 1).length;
  const replayed = acknowledged.filter((entry) => entry.replayed).length;
  lines.push(`  ${acknowledged.length} acknowledged, ${retried} of them asked for again,`);
  lines.push(`  ${replayed} had taken effect although the first answer was lost`);
  for (const [kind, count] of [...kinds].sort()) lines.push(`    ${kind}: ${count}`);
  for (const subscriber of run.subscribers) {
    lines.push(
      `  ${subscriber.name}: ${subscriber.received.length} messages, resumed ${subscriber.resumes()} times, ${subscriber.unusable()} unusable`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
