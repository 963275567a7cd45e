import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../platform/log.ts';
import type { Caller } from '../caller.ts';
import type { RouterConfig } from '../config.ts';
import type { Identifier } from '../identity.ts';
import type { Observability } from '../observability/observability.ts';
import type { Documents } from '../operation/persisted.ts';
import type { Admitted, Pipeline } from '../pipeline.ts';

/** What the HTTP side of a router is made of. */
export interface HttpParts {
  readonly config: RouterConfig;
  readonly pipeline: Pipeline;
  readonly identifier: Identifier;
  readonly documents: Documents;
  readonly observability: Observability;
  /** Serves an operation as a stream of server-sent events; null where streams are not offered over HTTP. */
  readonly sse: StreamServer | null;
  readonly isDraining: () => boolean;
  /** What `/ready` tells beside whether it is ready. */
  readonly status: () => Readonly<Record<string, unknown>>;
  readonly logger: Logger;
}

/**
 * Takes over a request whose client accepts events: subscriptions, and other operations where it accepts nothing else.
 * Headers that every answer has are set already; the record of the caller is now the stream's to finish, once it writes
 * anything. Resolves when the stream has ended, however it ended, also without one when the client has left; rejects only
 * before it wrote anything.
 */
export type StreamServer = (
  admitted: Admitted,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;
