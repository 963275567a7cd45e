import { type Config, ConfigError } from '../platform/config.ts';
import { createListFileScreening } from '../rails/onchain/screening/listFile.ts';
import type { Screening } from '../rails/onchain/screening/screening.ts';

/** What a send of the sandbox says it was screened by. */
const NO_LIST: Screening = { screen: async () => ({ outcome: 'CLEAR', list: 'none' }) };

/** @throws {ConfigError} for a live deployment without a list: what nobody looked at is not sent */
export function openScreening({ screeningList, mode }: Config): Screening {
  if (screeningList !== undefined) return createListFileScreening(screeningList);
  if (mode === 'live') throw new ConfigError(['OMSX_SCREENING_LIST is missing, which live networks need']);
  return NO_LIST;
}
