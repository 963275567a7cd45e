import { setTimeout as sleep } from 'node:timers/promises';
import { describeFailure, reportLine, reportStep } from './terminal.ts';

/** Something that was started and has to be stopped, with the time it gets for that. */
export type StopStep = { readonly name: string; readonly waitMs: number; readonly stop: () => Promise<void> };

/** Ctrl-C under "npm start" arrives twice, from the terminal and from npm; only a later one is a second one. */
const secondInterruptMinMs = 500;
const forcedExitCode = 130;

/** Stops in reverse order of starting; a step that fails or hangs does not keep the rest from being stopped. */
export async function stopAll(steps: readonly StopStep[]): Promise<void> {
  for (const step of steps.toReversed()) {
    const startedMs = performance.now();
    const timer = new AbortController();
    const outcome = await Promise.race([
      step.stop().then(
        () => 'stopped',
        (error: unknown) => `failed to stop: ${describeFailure(error)}`,
      ),
      sleep(step.waitMs, `did not stop within ${step.waitMs} ms`, { signal: timer.signal }).catch(
        () => 'stopped',
      ),
    ]);
    timer.abort();
    reportStep(`${step.name} ${outcome}`, startedMs);
  }
}

export type Interruption = {
  /** Resolves at the first SIGINT, SIGTERM or SIGHUP. */
  readonly requested: Promise<void>;
  readonly isRequested: () => boolean;
  readonly dispose: () => void;
};

/** The first signal asks for a clean stop, a second one ends the process at once. */
export function listenForInterruption(): Interruption {
  let requestedAtMs: number | undefined;
  let resolveRequested: () => void = () => undefined;
  const requested = new Promise<void>((resolve) => {
    resolveRequested = resolve;
  });
  const listener = (): void => {
    if (requestedAtMs === undefined) {
      requestedAtMs = performance.now();
      reportLine('\nStopping; press ctrl-C again to stop without waiting.');
      resolveRequested();
    } else if (performance.now() - requestedAtMs > secondInterruptMinMs) {
      reportLine('Stopped without waiting. The next start puts right what this leaves behind.');
      process.exit(forcedExitCode);
    }
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, listener);
  return {
    requested,
    isRequested: () => requestedAtMs !== undefined,
    dispose: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
