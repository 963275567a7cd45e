import type { Span } from '../platform/tracing.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { RequestRecord } from './observability/record.ts';

/** Who asks, as far as the router decides by it. */
export interface Identity {
  /** Of the platform's own subgraphs, which get it signed; null for nobody and for other deployments' tokens. */
  readonly viewer: Viewer | null;
  readonly isAuthenticated: boolean;
  /** With wildcards: `accounts:*` holds `accounts:read`. */
  hasScope(scope: string): boolean;
  /** Equal for identities that get the same answer to the same operation: the class that answers are shared in. */
  readonly shareKey: string;
  /** What is rate-limited: a key, a token's subject, or an address for nobody. */
  readonly budgetKey: string;
  /** Claims of a token, for policies. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the credentials end by themselves. */
  readonly expiresAtMs: number | null;
}

/** One request on its way through the router. */
export interface Caller {
  readonly identity: Identity;
  readonly requestId: string;
  /** Headers for the subgraphs, by lower-case name: what the deployment forwards, and the trace context. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. Mutations under way are not cut off by it. */
  readonly signal?: AbortSignal;
  /** `performance.now()` at which the answer is due. */
  readonly dueAtMs?: number;
  /** What is noted of it on the way, for the log. */
  readonly record?: RequestRecord;
  /** What is done for it now is part of this; undefined unless the request is recorded in a trace. */
  readonly span?: Span | undefined;
}
