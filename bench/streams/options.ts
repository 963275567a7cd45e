export const STREAMS_SCENARIOS = ['crowd', 'storm'] as const;
export type StreamsScenario = (typeof STREAMS_SCENARIOS)[number];

export interface StreamsBenchOptions {
  /** Subscriptions on one process. */
  readonly subscriptions: number;
  /** Clients of the resume storm, and the accounts that they are spread over: one operation each. */
  readonly stormClients: number;
  readonly stormAccounts: number;
  /** The only thing to measure: the crowd with its memory and its fan-out, or the storm. Both when it is null. */
  readonly only: StreamsScenario | null;
  /** Whether the router is profiled during the storm. */
  readonly profile: boolean;
}

export const STREAMS_BENCH_DEFAULTS: StreamsBenchOptions = {
  subscriptions: 10_000,
  stormClients: 5_000,
  stormAccounts: 300,
  only: null,
  profile: false,
};
