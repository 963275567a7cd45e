export interface StreamsBenchOptions {
  /** Subscriptions on one process. */
  readonly subscriptions: number;
  /** Clients of the resume storm. */
  readonly stormClients: number;
}

export const STREAMS_BENCH_DEFAULTS: StreamsBenchOptions = { subscriptions: 10_000, stormClients: 5_000 };
