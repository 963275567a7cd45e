/** What one HTTP client may take of a router. Each may be set in the router's configuration. */
export interface HttpLimits {
  /** Of a body, as it was sent and also after it was decompressed. */
  readonly bodyBytesMax: number;
  /** Of all bodies together that are under way. One more chunk is answered 503. */
  readonly bodiesBytesMax: number;
  /** Of the path and query of a request: longer ones are answered 414. */
  readonly urlLengthMax: number;
  /** Of the request line and all headers together: larger ones are answered 431. */
  readonly headerBytesMax: number;
  /** Until the last header is there. */
  readonly headersTimeoutMs: number;
  /** Until the last byte of the body is there: after it the client is answered 408. */
  readonly requestTimeoutMs: number;
  /** How often the two are looked at, which is by how much they may be exceeded. */
  readonly timeoutsCheckedMs: number;
  /** How long a connection may be idle between two requests. Load balancers should keep theirs for less. */
  readonly keepAliveTimeoutMs: number;
  /** After so many a connection is closed, so that clients spread over new routers. */
  readonly requestsPerConnectionMax: number;
  readonly connectionsMax: number;
  /**
   * GraphQL requests that are run, or their answers written, at one time. Those beyond are answered 503 at once. One whose
   * body is still on its way is not among them, or slow clients would keep out all others.
   */
  readonly requestsInFlightMax: number;
  /** From the request to its answer; what takes longer is told as such. */
  readonly answerDueMs: number;
  /** How long a client may take to read its answer before the connection is cut. */
  readonly answerTakenMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  // 10,000 payouts with their labels fit, and leave a subgraph, which takes 4 MiB, room for what a plan adds.
  bodyBytesMax: 3 * 1024 * 1024,
  bodiesBytesMax: 256 * 1024 * 1024,
  urlLengthMax: 8_192,
  headerBytesMax: 16_384,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  timeoutsCheckedMs: 2_000,
  keepAliveTimeoutMs: 65_000,
  requestsPerConnectionMax: 100_000,
  connectionsMax: 50_000,
  requestsInFlightMax: 4_000,
  answerDueMs: 30_000,
  answerTakenMs: 60_000,
};
