import type { Position } from '../../platform/cursor.ts';

/** A message of a stream, resolved and serialised: the same bytes for all who get it. */
export interface StreamedMessage {
  /** Where a reader stands after it. */
  readonly position: Position;
  /** What the client resumes with; null where the source keeps nothing to resume from. */
  readonly cursor: string | null;
  /** JSON of the ExecutionResult, in UTF-8. */
  readonly payload: Buffer;
}
