/** Whom or what a payment has to do with, in the clear: never stored, never logged. */
export interface ScreeningSubject {
  /** Names of people and businesses, as somebody wrote them. */
  readonly names?: readonly string[];
  readonly addresses?: readonly ScreenedAddress[];
  /** Account numbers in any form: IBAN, CLABE, PIX key, UPI id, `routing/account`. */
  readonly accounts?: readonly string[];
  /** ISO 3166 codes, for providers that ask; a list of ours has no use for them. */
  readonly countries?: readonly string[];
}

export interface ScreenedAddress {
  readonly address: string;
  /** Code of the Network; null where it is not known, which matches entries of any. */
  readonly network: string | null;
}

/** An entry of a list that somebody resembles. */
export interface ListedMatch {
  /** Which list. */
  readonly list: string;
  /** Which entry of it. */
  readonly entry: string;
  /** As the list has it, never as the screened one wrote it. */
  readonly name: string;
  /** 100 is the same. */
  readonly scorePercent: number;
  readonly field: 'NAME' | 'ADDRESS' | 'ACCOUNT';
}

export interface ScreeningResult {
  readonly outcome: 'CLEAR' | 'REVIEW';
  /** Which version of which lists gave the answer. */
  readonly listVersion: string;
  /** The best first; none for CLEAR. */
  readonly matches: readonly ListedMatch[];
}

/** Says whether somebody has to be looked at before money goes to them or is credited from them. */
export interface ScreeningProvider {
  /** Safe to repeat; changes nothing. @throws whatever kept it from an answer: the caller then holds */
  screen(subject: ScreeningSubject): Promise<ScreeningResult>;
}

/** Matches that one answer names; the rest is no help to whoever decides. */
export const MATCHES_MAX = 20;
