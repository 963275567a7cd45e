import { fetch } from 'undici';
import type { ListedMatch, ScreeningProvider, ScreeningResult } from './provider.ts';

export interface HttpScreeningOptions {
  readonly url: string;
  /** Sent as a bearer token; none where it is left out. */
  readonly token?: string | undefined;
  readonly timeoutMs?: number;
}

/** Less than whoever asks waits, so that a connection is not kept for nobody. */
const TIMEOUT_MS = 2_500;
const ANSWER_BYTES_MAX = 65_536;
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
      const response = await fetch(url, {
        method: 'POST',
        body: JSON.stringify(subject),
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        // Somebody else's answer is not the provider's.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`the screening provider answered ${response.status}`);
      }
      return readResult(parse(await readText(response.body)));
    },
  };
}

async function readText(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw unclear('at most 64 KiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Without what came, which may be personal. */
function unclear(expected: string): Error {
  return new Error(`the screening provider is unclear: expected ${expected}`);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unclear('JSON');
  }
  if (typeof value !== 'object' || value === null) throw unclear('an object');
  return { ...value };
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
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_LENGTH_MAX;
}
