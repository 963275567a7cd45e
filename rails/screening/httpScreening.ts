import { askJson, unclear as unclearAnswer } from '../../platform/askJson.ts';
import type { ListedMatch, ScreeningProvider, ScreeningResult } from './provider.ts';

export interface HttpScreeningOptions {
  readonly url: string;
  /** Sent as a bearer token; none where it is left out. */
  readonly token?: string | undefined;
  readonly timeoutMs?: number;
}

/** Less than whoever asks waits, so that a connection is not kept for nobody. */
const TIMEOUT_MS = 2_500;
const WHO = 'the screening provider';
const ANSWER_MATCHES_MAX = 1_000;
const TEXT_LENGTH_MAX = 300;
const FIELDS: readonly ListedMatch['field'][] = ['NAME', 'ADDRESS', 'ACCOUNT'];

/**
 * Screening over HTTP: `POST url` with the subject as JSON answers
 * `{ "outcome": "CLEAR" | "REVIEW", "listVersion": "...", "matches": [...] }`. Anything else is no answer, and holds.
 */
export function createHttpScreening({
  url,
  token,
  timeoutMs = TIMEOUT_MS,
}: HttpScreeningOptions): ScreeningProvider {
  return {
    async screen(subject) {
      const signal = AbortSignal.timeout(timeoutMs);
      return readResult(await askJson({ url, token, body: subject, signal, who: WHO }));
    },
  };
}

function unclear(expected: string): Error {
  return unclearAnswer(WHO, expected);
}

function readResult({ outcome, listVersion, matches }: Readonly<Record<string, unknown>>): ScreeningResult {
  if (outcome !== 'CLEAR' && outcome !== 'REVIEW') throw unclear('outcome CLEAR or REVIEW');
  if (!isText(listVersion)) throw unclear('listVersion as text');
  if (!Array.isArray(matches) || matches.length > ANSWER_MATCHES_MAX) throw unclear('matches as a list');
  const read = matches.map(readMatch);
  // Whoever names somebody and calls it clear is not believed.
  if (outcome === 'CLEAR' && read.length > 0) throw unclear('no matches for CLEAR');
  return { outcome, listVersion, matches: read };
}

function readMatch(value: unknown): ListedMatch {
  const {
    list,
    entry,
    name,
    scorePercent,
    field: named,
  } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const field = FIELDS.find((one) => one === named);
  const isScore = Number.isInteger(scorePercent) && Number(scorePercent) >= 0 && Number(scorePercent) <= 100;
  if (field === undefined || !isScore || !isText(list) || !isText(entry) || !isText(name)) {
    throw unclear('matches with list, entry, name, scorePercent and field');
  }
  return { list, entry, name, scorePercent: Number(scorePercent), field };
}

function isText(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > TEXT_LENGTH_MAX) return false;
  // What Postgres could not keep.
  return !value.includes('\0') && value.isWellFormed();
}
