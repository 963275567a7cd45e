import { ApiError } from '../../platform/errors.ts';

/** Of a stream that keeps nothing: who missed something has to begin anew, and is told so rather than left with a gap. */
export function streamInterrupted(): ApiError {
  return new ApiError(
    'STREAM_INTERRUPTED',
    'This stream cannot go on without a gap, because what was missed is not kept; subscribe again.',
  );
}
