/** Why the router closes a socket. Codes of 4400 and more are those of graphql-transport-ws. */
export const CLOSE = {
  GOING_AWAY: 1001,
  TRY_AGAIN_LATER: 1013,
  BAD_MESSAGE: 4400,
  /** graphql-ws clients do not retry it: the credentials never were good. */
  UNAUTHORIZED: 4401,
  /** graphql-ws clients retry it with fresh connection parameters: the credentials were good until now. */
  FORBIDDEN: 4403,
  SUBPROTOCOL: 4406,
  INIT_TIMEOUT: 4408,
  ID_TAKEN: 4409,
  /** Too many introductions, or too many messages. */
  TOO_MANY: 4429,
  INTERNAL: 4500,
} as const;

/** RFC 6455, section 5.5: a control frame carries 125 bytes, two of them the code. */
const REASON_BYTES_MAX = 123;

export function closeReason(text: string): string {
  if (Buffer.byteLength(text) <= REASON_BYTES_MAX) return text;
  const bytes = Buffer.from(text).subarray(0, REASON_BYTES_MAX);
  // A character that was cut through is left out.
  return bytes.toString('utf8').replace(/\uFFFD+$/, '');
}
