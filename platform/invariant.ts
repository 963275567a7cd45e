/** A broken promise of our own code: never a user's mistake, never caught and carried on from. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Asserts what our code guarantees. A user's bad input is a failure, not an invariant.
 *
 * @throws {InvariantError} when `condition` is false; the operation must be abandoned.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Returns `value`, asserting that it is there. */
export function present<T>(value: T | null | undefined, what: string): T {
  invariant(value !== null && value !== undefined, `${what} is missing`);
  return value;
}
