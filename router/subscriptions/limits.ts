/** What streams may hold, each bound by name. A deployment may set its own. */
export interface StreamLimits {
  /** Subscriptions open in a process, over whichever transport. */
  readonly subscriptionsMax: number;
  /** Subscriptions open under one budget key, so that one tenant does not take all places. */
  readonly subscriptionsPerKeyMax: number;
  /** Operations of one socket at the same time. */
  readonly operationsPerSocketMax: number;
  /** Messages that one socket may send in a second, and at once after a pause. */
  readonly messagesPerSecondMax: number;
  readonly messagesAtOnceMax: number;
  /** Of one message from a client. */
  readonly messageBytesMax: number;
  /** How long a socket may take to introduce itself. */
  readonly initWaitMs: number;
  /** Between two pings of a socket. Who has not answered one when the next is due is gone without a word. */
  readonly pingMs: number;
  /** Sent and not taken by the network yet: above either, a reader leaves the live stream and is replayed later. */
  readonly unsentBytesMax: number;
  readonly unsentMessagesMax: number;
  /** The same over all connections of the process; above it each connection has `unsentBytesMin` only. */
  readonly unsentTotalBytesMax: number;
  readonly unsentBytesMin: number;
  /** Answers that a client asked for and does not read: above it the connection is broken off. */
  readonly unreadBytesMax: number;
  /** Comments of event streams, which keep proxies from taking a quiet stream for a dead one. */
  readonly heartbeatMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const STREAM_LIMITS: StreamLimits = Object.freeze({
  subscriptionsMax: 50_000,
  subscriptionsPerKeyMax: 20_000,
  operationsPerSocketMax: 100,
  messagesPerSecondMax: 1_000,
  messagesAtOnceMax: 2_000,
  messageBytesMax: MIB,
  initWaitMs: 3_000,
  pingMs: 30_000,
  unsentBytesMax: 256 * KIB,
  unsentMessagesMax: 1_000,
  unsentTotalBytesMax: 256 * MIB,
  unsentBytesMin: 16 * KIB,
  unreadBytesMax: 32 * MIB,
  heartbeatMs: 12_000,
});
