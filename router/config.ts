/** How a router runs; platform/config.ts has all that is required. */
export interface RouterConfig {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Origins of browsers that may call; `*` among them for all. A socket's Origin is checked against it too. */
  readonly allowedOrigins: readonly string[];
  /** Whether the schema may be read, also without credentials. */
  readonly introspection: boolean;
  readonly socketsMax?: number;
  readonly drainWaitMs?: number;
}

export const GRAPHQL_PATH = '/graphql';
export const BODY_BYTES_MAX = 1024 * 1024;
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
