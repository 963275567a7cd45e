import { type Config, ConfigError } from '../platform/config.ts';
import { createListFileScreening } from '../rails/onchain/screening/listFile.ts';
import type { Screening } from '../rails/onchain/screening/screening.ts';
import { createHttpScreening } from '../rails/screening/httpScreening.ts';
import { createJointScreening } from '../rails/screening/jointScreening.ts';
import { createListFileScreening as createListScreening } from '../rails/screening/listScreening.ts';
import type { ScreeningProvider } from '../rails/screening/provider.ts';
import { screeningOfMode } from '../rails/screening/screeningOfMode.ts';

/** What a send of the sandbox says it was screened by. */
const NO_LIST: Screening = { screen: async () => ({ outcome: 'CLEAR', list: 'none' }) };

/** @throws {ConfigError} for a live deployment without a list: what nobody looked at is not sent */
export function openScreening({ screeningList, mode }: Config): Screening {
  if (screeningList !== undefined) return createListFileScreening(screeningList);
  if (mode === 'live') throw new ConfigError(['OMSX_SCREENING_LIST is missing, which live networks need']);
  return NO_LIST;
}

/** Who is asked about names, addresses and accounts: a provider, a list, both of them, or whoever the mode has. */
export function openPartyScreening({ screening, screeningList, mode }: Config): ScreeningProvider {
  const { url, token, scoreMin } = screening;
  const named = [
    ...(url === undefined ? [] : [createHttpScreening({ url, token })]),
    ...(screeningList === undefined ? [] : [createListScreening(screeningList, scoreMin)]),
  ];
  return named.length === 0 ? screeningOfMode(mode) : createJointScreening(named);
}
