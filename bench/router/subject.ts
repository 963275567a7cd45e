import type { Signing } from '../signedApi.ts';

/** A supergraph with its subgraphs running, and what gateways in front of it are asked. */
export interface Subject {
  readonly name: string;
  readonly supergraphFile: string;
  readonly queries: readonly SubjectQuery[];
  /** Of clients. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signing: Signing | null;
  /** What our router is started with as a role of the platform; null where it stands alone. */
  readonly routerEnvironment: Readonly<Record<string, string>> | null;
  /** Subgraphs and their databases: not what is measured. */
  readonly loadPids: readonly number[];
  /** Requests that the subgraphs got so far. */
  countRequests(): Promise<number>;
  stop(): Promise<void>;
}

export interface SubjectQuery {
  readonly name: string;
  /** For the table. */
  readonly description: string;
  /** Called before anything is asked. */
  readonly prepare?: () => Promise<void>;
  /** Bodies of requests that differ in a variable and whose answers are of one size. */
  readonly bodies: readonly string[];
}

/**
 * Twice the clients that ask at the same time: of those who each ask the next one, no two have the same
 * request under way.
 */
export const DIFFERENT_REQUESTS = 100;
