const RETRY_HINT_MAX_MS = 5_000;

/** When a client of a router that stops should come back, each at another time. */
export function retryHintMs(): number {
  return Math.ceil(Math.random() * RETRY_HINT_MAX_MS);
}
