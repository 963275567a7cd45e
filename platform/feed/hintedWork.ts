import type { Logger } from '../log.ts';
import type { Rounds } from '../rounds.ts';
import { Bell } from './bell.ts';
import { listenForHints } from './hint.ts';

/**
 * Runs work of its own pace that a hint hastens, until it is stopped.
 *
 * @param options.name of the connection that listens, for who looks at them
 * @param options.work goes on until `signal` is aborted; `bell` rings at each hint, and once more then. It handles its faults
 */
export function startHintedWork(options: {
  readonly url: string;
  readonly name: string;
  readonly channel: string;
  readonly logger: Logger;
  readonly work: (bell: Bell, signal: AbortSignal) => Promise<void>;
}): Rounds {
  const { url, name, channel, logger, work } = options;
  const stopping = new AbortController();
  const bell = new Bell();
  const hints = listenForHints({ url, name, channel, logger, onHint: () => bell.ring() });
  const working = work(bell, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      bell.ring();
      await Promise.all([working, hints.close()]);
    },
  };
}
