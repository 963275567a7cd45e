import { createFixedScreening } from './listScreening.ts';
import type { ScreeningProvider } from './provider.ts';
import { SANDBOX_ENTRIES, SANDBOX_LIST_VERSION } from './sandboxEntries.ts';

/** Whoever screens where nobody is set: the sandbox's own list; in live mode nobody, so that everything is held. */
export function screeningOfMode(mode: 'sandbox' | 'live'): ScreeningProvider {
  if (mode === 'sandbox') return createFixedScreening(SANDBOX_LIST_VERSION, SANDBOX_ENTRIES);
  return { screen: () => Promise.reject(new Error('no screening is set')) };
}
