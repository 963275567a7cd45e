import { sleep } from './clock.ts';

export interface Rounds {
  /** Resolves when the round under way is over. */
  stop(): Promise<void>;
}

/**
 * Runs rounds of work until it is stopped, each after the pause that the one before it asked for.
 *
 * @param round gives how many milliseconds to pause
 * @param pauseMs after a round that failed
 * @param onFault is told why; the next round tries again
 */
export function startRounds(
  round: () => Promise<number>,
  pauseMs: number,
  onFault: (error: unknown) => void,
): Rounds {
  const stopping = new AbortController();
  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const askedMs = await round().catch((error: unknown) => {
        onFault(error);
        return pauseMs;
      });
      await sleep(askedMs, stopping.signal);
    }
  }
  const working = work();
  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
