import type { Signing } from '../../signedApi.ts';

export type GatewayName = 'omsx' | 'stock' | 'hive';

/** A gateway under load: one process of its own. */
export interface Gateway {
  readonly name: GatewayName;
  /** Whether it lets identical requests that are under way share one answer. */
  readonly coalesces: boolean;
  readonly rootPid: number;
  readonly url: string;
  stop(): Promise<void>;
}

export interface GatewaySettings {
  /** Of the bench's run, for its logs. */
  readonly folder: string;
  /** With the URLs that the subgraphs answer at. */
  readonly supergraphFile: string;
  readonly coalesces: boolean;
  /** For subgraphs that answer only to a signed Viewer. */
  readonly signing: Signing | null;
  /** For Node itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
}
