import type { ConfigReader } from './configReader.ts';

/** Who says whom money may go to and come from, beside OMSX_SCREENING_LIST. */
export interface ScreeningSettings {
  /** Percent from which on two names are taken for one. */
  readonly scoreMin: number;
  /** Of a provider that is asked beside the list, or instead of one; see rails/screening/httpScreening.ts. */
  readonly url: string | undefined;
  /** What the provider knows us by: neither logged nor told. */
  readonly token: string | undefined;
}

/** Below, an index does not find everything: see rails/screening/names/nameIndex.ts. */
const SCORE_MIN = 81;
const SCORE_MAX = 100;
const SCORE_DEFAULT = 85;

export function readScreeningSettings({ integer, url, secret }: ConfigReader): ScreeningSettings {
  return {
    scoreMin: integer('OMSX_SCREENING_SCORE_MIN', SCORE_MIN, SCORE_MAX, SCORE_DEFAULT),
    url: url('OMSX_SCREENING_URL', ['http:', 'https:']),
    token: secret('OMSX_SCREENING_TOKEN', false),
  };
}
