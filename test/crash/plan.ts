import type { Victim } from './cluster.ts';
import type { Random } from './random.ts';

/** One blow to the running platform. */
export type Blow = Victim | 'flush redis';

/** How often each is struck: more than 20 of them by kill -9. */
export const BLOWS: Readonly<Record<Blow, number>> = {
  router: 4,
  payments: 5,
  worker: 4,
  accounts: 2,
  wallets: 2,
  postgres: 4,
  redis: 1,
  'flush redis': 1,
};

/** A blow, and how long to wait before it and before what was killed comes back. */
export interface Strike {
  readonly blow: Blow;
  readonly afterMs: number;
  readonly downMs: number;
}

const PAUSE_MIN_MS = 200;
const PAUSE_MAX_MS = 1_000;
const DOWN_MAX_MS = 400;

/**
 * All blows in an order and at moments that the seed decides.
 *
 * @param scale how much of it: 1 for each commit, 45 for a night of a thousand kills
 */
export function planStrikes(random: Random, scale: number): readonly Strike[] {
  const blows = Object.entries(BLOWS).flatMap(([blow, times]) =>
    Array<Blow>(Math.max(1, Math.round(times * scale))).fill(blow as Blow),
  );
  return random.shuffle(blows).map((blow) => ({
    blow,
    afterMs: random.integer(PAUSE_MIN_MS, PAUSE_MAX_MS),
    downMs: random.integer(0, DOWN_MAX_MS),
  }));
}
