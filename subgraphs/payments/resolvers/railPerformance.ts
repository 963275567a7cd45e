import { ApiError } from '../../../platform/errors.ts';
import { requireWholeOrganization } from '../../../platform/viewer.ts';
import type { Context } from '../context.ts';
import type { QueryRailPerformanceArgs } from '../generated/resolvers.ts';
import { type RailPerformance, readRailPerformance } from '../store/readRailPerformance.ts';

const DAY_MS = 86_400_000;
/** Of one question. */
export const WINDOW_DAYS_MAX = 31;

/**
 * How rails did in a window. A client token is shown none of it.
 *
 * @throws {ApiError} BAD_USER_INPUT for a window that is empty or too long, FORBIDDEN
 */
export async function railPerformance(
  { from, before }: QueryRailPerformanceArgs,
  { reads, viewer }: Context,
): Promise<RailPerformance[]> {
  requireWholeOrganization(viewer);
  const lengthMs = before.getTime() - from.getTime();
  if (!(lengthMs > 0 && lengthMs <= WINDOW_DAYS_MAX * DAY_MS)) {
    const given = `from ${from.toISOString()} to ${before.toISOString()}`;
    throw new ApiError(
      'BAD_USER_INPUT',
      `before: expected an instant after from, at most ${WINDOW_DAYS_MAX} days, got ${given}`,
    );
  }
  return [...(await readRailPerformance(reads, viewer.organizationId, { from, before }))];
}
