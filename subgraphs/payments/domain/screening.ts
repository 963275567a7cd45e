/** An entry of a list that somebody resembles. */
export interface ScreeningMatch {
  readonly list: string;
  readonly entry: string;
  readonly name: string;
  readonly scorePercent: number;
  readonly field: 'NAME' | 'ADDRESS' | 'ACCOUNT';
}

/** What screening says of a payment before it is decided. */
export interface ScreeningVerdict {
  readonly outcome: 'CLEAR' | 'REVIEW';
  readonly listVersion: string;
  readonly matches: readonly ScreeningMatch[];
}
