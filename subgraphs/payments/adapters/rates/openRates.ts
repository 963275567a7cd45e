import type { RateSettings } from '../../../../platform/rateSettings.ts';
import type { RateProvider } from '../../domain/rateProvider.ts';
import { createFixedRates, NO_RATES, sandboxTable } from './fixedRates.ts';
import { createLiveRates } from './liveRates.ts';
import { readRateFile } from './rateFile.ts';

/** The source of rates that the settings name. @throws {Error} for a file that is not as it should be */
export function openRates(settings: RateSettings | undefined, mode: 'sandbox' | 'live'): RateProvider {
  if (settings?.url !== undefined) {
    const { url, provider, spreadBasisPoints, staleSeconds, jumpBasisPointsMax } = settings;
    return createLiveRates({
      url,
      provider,
      spreadBasisPoints,
      staleAfterMs: staleSeconds * 1_000,
      jumpBasisPointsMax,
    });
  }
  if (settings?.file !== undefined) return createFixedRates(readRateFile(settings.file));
  return mode === 'sandbox' ? createFixedRates(sandboxTable()) : NO_RATES;
}
