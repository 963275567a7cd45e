import {
  MATCHES_MAX,
  type ScreeningProvider,
  type ScreeningResult,
  type ScreeningSubject,
} from './provider.ts';

const TIMEOUT_MS = 3_000;

/** What an answer says instead of a version where there was none. */
export const UNAVAILABLE = 'unavailable';

/** Nobody could say: somebody has to look. */
const HELD: ScreeningResult = { outcome: 'REVIEW', listVersion: UNAVAILABLE, matches: [] };

/** Who is asked, and who is told that there was no answer; never whom it was about. */
export interface Screener {
  readonly provider: ScreeningProvider;
  readonly logger: { warn(fields: { readonly fault: string }, message: string): void };
}

/**
 * The provider's answer, or REVIEW without matches where it has none in time: whoever cannot be screened is held, not let
 * through. Calls outside, so never within a tx. Never throws; safe to repeat.
 */
export async function screenOrHold(
  { provider, logger }: Screener,
  subject: ScreeningSubject,
  timeoutMs = TIMEOUT_MS,
): Promise<ScreeningResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    const { outcome, listVersion, matches } = await Promise.race([provider.screen(subject), late]);
    return { outcome, listVersion, matches: matches.slice(0, MATCHES_MAX) };
  } catch (error) {
    logger.warn({ fault: (error as Error).message }, 'screening has no answer; what was asked about is held');
    return HELD;
  } finally {
    clearTimeout(timer);
  }
}
