/** What a chain client may take of time and of its endpoints. */
export interface RpcLimits {
  /** For one HTTP request. */
  readonly callTimeoutMs: number;
  /** For the three tags, which are asked of every endpoint for each block. */
  readonly tagsTimeoutMs: number;
  /** For one read with all of its tries; none begins after it. */
  readonly readTimeoutMs: number;
  /** Tries of one read, each on another endpoint while there are others. */
  readonly attemptsMax: number;
  /** Before the same endpoint is asked once more. */
  readonly retryPauseMs: number;
  /** Calls in one JSON-RPC batch; providers refuse more than a hundred or so. */
  readonly batchCallsMax: number;
  /** Larger answers are a fault. A full block of a busy chain has a few megabytes. */
  readonly answerBytesMax: number;
  /** Sockets to one endpoint. */
  readonly connectionsMax: number;
  /** An endpoint that is further behind the best one is not read from until it has caught up. */
  readonly blocksBehindMax: number;
  /** How long an endpoint is left alone after a fault; twice as long after each further one... */
  readonly backoffMsMin: number;
  /** ...up to this. */
  readonly backoffMsMax: number;
  /** Without a new head for so long the WebSocket is opened anew. */
  readonly headsSilentMsMax: number;
}

export const RPC_LIMITS: RpcLimits = {
  callTimeoutMs: 5_000,
  tagsTimeoutMs: 2_000,
  readTimeoutMs: 12_000,
  attemptsMax: 3,
  retryPauseMs: 100,
  batchCallsMax: 50,
  answerBytesMax: 64 * 1024 * 1024,
  connectionsMax: 8,
  blocksBehindMax: 5,
  backoffMsMin: 500,
  backoffMsMax: 30_000,
  headsSilentMsMax: 60_000,
};

/** Receipts that are asked for at once. */
export const RECEIPTS_MAX = 500;
/** Owners whose balances are asked for at once. */
export const OWNERS_MAX = 500;
