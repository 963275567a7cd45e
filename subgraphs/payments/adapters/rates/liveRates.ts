import { fetch } from 'undici';
import { type NoRate, parseRate, type Rate } from '../../domain/rate.ts';
import type { RateProvider } from '../../domain/rateProvider.ts';

export interface LiveRatesOptions {
  /** With `{from}` and `{to}` where the codes go. It may hold a key: neither logged nor told. */
  readonly url: string;
  /** Shown to clients as `rate.provider`. */
  readonly provider: string;
  /** Kept from the rate, in hundredths of a percent. */
  readonly spreadBasisPoints: number;
  /** A rate that was seen longer ago than this is refused. */
  readonly staleAfterMs: number;
  /** How far a rate may move from the one before it, in hundredths of a percent. */
  readonly jumpBasisPointsMax: number;
  /** How long an answer is used again. */
  readonly cachedMs?: number;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

export const CACHED_MS = 1_000;
export const TIMEOUT_MS = 2_000;
/** The rate that a jump is measured against is forgotten after this long without a good one. */
export const JUMP_MEMORY_MS = 600_000;
/** How far the clocks of a provider and of us may stand apart. */
const CLOCKS_APART_MAX_MS = 60_000;
const ANSWER_LENGTH_MAX = 65_536;
/** Pairs that are remembered. */
const PAIRS_MAX = 1_000;
const BASIS = 10_000n;

interface Known {
  /** As the provider said it, without spread. */
  readonly rate: Rate;
  readonly fetchedAtMs: number;
}

/**
 * Rates over HTTP: `GET url` answers `{ "rate": "1.0832", "asOf": "2026-01-31T12:00:00Z" }`. One request for each pair at
 * a time, however many ask. What is late, stale or jumped is no rate: a quote that is refused costs less than a wrong one.
 */
export function createLiveRates(options: LiveRatesOptions): RateProvider {
  const { cachedMs = CACHED_MS, staleAfterMs, now = Date.now } = options;
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<Rate | NoRate>>();

  async function ask(pair: string, from: string, to: string): Promise<Rate | NoRate> {
    const answer = await fetchRate(options, from, to);
    if ('fault' in answer) return answer;
    const last = known.get(pair);
    if (last && now() - last.fetchedAtMs < JUMP_MEMORY_MS && hasJumped(last.rate, answer, options)) {
      return { fault: `the rate of ${pair} jumped by more than ${options.jumpBasisPointsMax} basis points` };
    }
    if (!known.has(pair) && known.size >= PAIRS_MAX) known.clear();
    known.set(pair, { rate: answer, fetchedAtMs: now() });
    return answer;
  }

  return {
    async rateOf(from, to) {
      const pair = `${from}/${to}`;
      const last = known.get(pair);
      const isFresh = last !== undefined && now() - last.fetchedAtMs < cachedMs;
      let answer: Rate | NoRate;
      if (isFresh) answer = last.rate;
      else {
        const asked = asking.get(pair) ?? ask(pair, from, to).finally(() => asking.delete(pair));
        asking.set(pair, asked);
        answer = await asked;
      }
      if ('fault' in answer) return answer;
      const ageMs = now() - answer.asOf.getTime();
      if (ageMs > staleAfterMs) return { fault: `the rate of ${pair} is ${Math.round(ageMs / 1_000)} s old` };
      return withSpread(answer, options.spreadBasisPoints, pair);
    },
  };
}

function withSpread(rate: Rate, basisPoints: number, pair: string): Rate | NoRate {
  const e18 = (rate.e18 * (BASIS - BigInt(basisPoints))) / BASIS;
  return e18 > 0n ? { ...rate, e18 } : { fault: `the rate of ${pair} is too small` };
}

function hasJumped(before: Rate, after: Rate, { jumpBasisPointsMax }: LiveRatesOptions): boolean {
  const moved = after.e18 > before.e18 ? after.e18 - before.e18 : before.e18 - after.e18;
  return moved * BASIS > before.e18 * BigInt(jumpBasisPointsMax);
}

async function fetchRate(options: LiveRatesOptions, from: string, to: string): Promise<Rate | NoRate> {
  const { url, provider, timeoutMs = TIMEOUT_MS, now = Date.now } = options;
  const pair = `${from}/${to}`;
  try {
    const response = await fetch(url.replaceAll('{from}', from).replaceAll('{to}', to), {
      signal: AbortSignal.timeout(timeoutMs),
      // Somewhere else is not who the operator trusts.
      redirect: 'error',
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { fault: `the source of rates answered ${response.status} for ${pair}` };
    }
    const rate = readAnswer(await readBounded(response.body ?? []), provider);
    if (rate === null) return { fault: `the source of rates gave no rate for ${pair}` };
    const isFuture = rate.asOf.getTime() - now() > CLOCKS_APART_MAX_MS;
    return isFuture ? { fault: `the rate of ${pair} is from the future` } : rate;
  } catch {
    // What went wrong may name the URL, which may hold a key.
    return { fault: `the source of rates did not answer for ${pair}` };
  }
}

async function readBounded(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > ANSWER_LENGTH_MAX) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAnswer(text: string, provider: string): Rate | null {
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null) return null;
  const { rate, asOf } = answer as Readonly<Record<string, unknown>>;
  const e18 = typeof rate === 'string' ? parseRate(rate) : null;
  const seen = typeof asOf === 'string' ? new Date(asOf) : null;
  if (e18 === null || seen === null || Number.isNaN(seen.getTime())) return null;
  return { e18, provider, asOf: seen };
}
