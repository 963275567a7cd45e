import { HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
import type { StreamLimits } from './subscriptions/limits.ts';

/** How a router runs; platform/config.ts has all that is required. */
export interface RouterConfig {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Origins of browsers that may call; `*` among them for all. A socket's Origin is checked against it too. */
  readonly allowedOrigins: readonly string[];
  /** Whether the schema may be read, also without credentials. */
  readonly introspection: boolean;
  /** False where the subgraphs decide for themselves whom they answer; true when left out. */
  readonly requiresCredentials?: boolean;
  /** Names of request headers that subgraphs get, in lower case; none when left out. */
  readonly forwardedHeaders?: readonly string[];
  /** Whether GraphiQL is served; where the schema may be read when left out. */
  readonly explorer?: boolean;
  /** Bearer token that `/metrics` asks for; without one only this machine is told. */
  readonly metricsToken?: string;
  /** Whether identical queries of one identity that are under way together share one answer; false when left out. */
  readonly coalesce?: boolean;
  /** Whether answers are compressed for clients that take them so; true when left out. */
  readonly compression?: boolean;
  /** In place of those of HTTP_LIMITS. */
  readonly http?: Partial<HttpLimits>;
  /** In place of those of STREAM_LIMITS. */
  readonly streams?: Partial<StreamLimits>;
  readonly socketsMax?: number;
  readonly drainWaitMs?: number;
}

export const GRAPHQL_PATH = '/graphql';
export const BODY_BYTES_MAX = HTTP_LIMITS.bodyBytesMax;
/** Of a document; a page of a dashboard has some hundreds. */
export const DOCUMENT_TOKENS_MAX = 15_000;
/** Longer ones are parsed and planned each time, so that a thousand kept ones stay within some megabytes. */
export const KEPT_DOCUMENT_LENGTH_MAX = 32_768;
export const SOCKETS_MAX = 20_000;
export const DRAIN_WAIT_MS = 10_000;

/** Whether a browser page of `origin` may call a router that was reached as `host`. */
export function isOriginAllowed(config: RouterConfig, origin: string, host: string | undefined): boolean {
  if (config.allowedOrigins.includes('*') || config.allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
