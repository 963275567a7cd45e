import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { Tracer } from '../platform/tracing.ts';
import type { Closers } from './closers.ts';

/** What every role is started with. */
export interface Parts {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  /** Undefined where traces are off. */
  readonly tracer: Tracer | undefined;
  readonly logger: Logger;
  readonly closers: Closers;
}
