import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import { startTracing } from '../platform/startTracing.ts';
import type { Tracer } from '../platform/tracing.ts';
import type { Closers } from './closers.ts';

/**
 * The process's Tracer, to be opened before anything that gets it: it is then closed after all of that, when every span
 * has ended. Undefined where traces are off.
 */
export async function openTracer(options: {
  readonly config: Config;
  readonly logger: Logger;
  readonly closers: Closers;
}): Promise<Tracer | undefined> {
  const { config, logger, closers } = options;
  const tracer = await startTracing(config.tracing, logger);
  return tracer === undefined ? undefined : closers.add(tracer);
}
