/**
 * Where an event stands in the one order all readers agree on: the id of the database transaction that wrote
 * it, then its number. `seq` alone loses events, because a number is taken before its tx commits.
 */
export interface Position {
  readonly xid: bigint;
  readonly seq: bigint;
}

export const ORIGIN: Position = { xid: 0n, seq: 0n };

const CURSOR_PATTERN = /^c([0-9a-v]{1,13})-([0-9a-v]{1,13})$/;
const INT8_MAX = 2n ** 63n - 1n;

/** The opaque Cursor that clients keep. */
export function formatCursor(position: Position): string {
  return `c${position.xid.toString(32)}-${position.seq.toString(32)}`;
}

/** The position in a Cursor, or null when it is not one of ours. */
export function parseCursor(cursor: string): Position | null {
  const match = CURSOR_PATTERN.exec(cursor);
  if (!match) return null;
  const position = { xid: base32(match[1] as string), seq: base32(match[2] as string) };
  return position.xid > INT8_MAX || position.seq > INT8_MAX ? null : position;
}

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.xid !== b.xid) return a.xid < b.xid ? -1 : 1;
  return a.seq === b.seq ? 0 : a.seq < b.seq ? -1 : 1;
}

function base32(digits: string): bigint {
  let value = 0n;
  for (const digit of digits) value = value * 32n + BigInt(Number.parseInt(digit, 32));
  return value;
}
