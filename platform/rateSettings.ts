import { resolve } from 'node:path';
import type { ConfigReader } from './configReader.ts';

/** Where exchange rates come from. Neither a file nor a URL: play prices in the sandbox, none when live. */
export interface RateSettings {
  /** JSON of fixed prices; see docs/quotes.md. */
  readonly file: string | undefined;
  /** Of a provider, with `{from}` and `{to}`. It may hold a key: neither logged nor told. */
  readonly url: string | undefined;
  readonly provider: string;
  readonly spreadBasisPoints: number;
  readonly staleSeconds: number;
  readonly jumpBasisPointsMax: number;
}

const SPREAD_MAX = 1_000;
const STALE_SECONDS_MAX = 86_400;
const JUMP_MAX = 10_000;

export function readRateSettings({ text, integer, url, faults }: ConfigReader): RateSettings {
  const file = text('OMSX_RATES_FILE');
  const live = url('OMSX_RATES_URL', ['http:', 'https:']);
  if (file !== undefined && live !== undefined) {
    faults.push('OMSX_RATES_FILE and OMSX_RATES_URL are both set: expected one source of rates');
  }
  if (live !== undefined && !(live.includes('{from}') && live.includes('{to}'))) {
    faults.push('OMSX_RATES_URL has no {from} and {to}, where the codes of both assets go');
  }
  return {
    file: file === undefined ? undefined : resolve(file),
    url: live,
    provider: text('OMSX_RATES_PROVIDER') ?? 'live',
    spreadBasisPoints: integer('OMSX_RATES_SPREAD_BASIS_POINTS', 0, SPREAD_MAX, 0),
    staleSeconds: integer('OMSX_RATES_STALE_SECONDS', 1, STALE_SECONDS_MAX, 60),
    jumpBasisPointsMax: integer('OMSX_RATES_JUMP_BASIS_POINTS', 1, JUMP_MAX, 500),
  };
}
