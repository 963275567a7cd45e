/** A block as far as following needs it. */
export interface BlockRef {
  readonly number: bigint;
  readonly hash: string;
  readonly parentHash: string;
  /** Milliseconds since 1970, as the block says. */
  readonly timestampMs: number;
}

/** Where blocks are read. What it says may be behind, ahead or wrong; each step checks it against what is known. */
export interface BlockSource {
  /** The block of the chain that it holds for canonical now; null for one that it does not have. */
  blockAt(number: bigint): Promise<BlockRef | null>;
}

/** What a follower does next to what it has stored, in one tx. */
export type FollowStep =
  /** Nothing new. */
  | { readonly kind: 'IDLE' }
  /** Add the block. */
  | { readonly kind: 'EXTEND'; readonly block: BlockRef }
  /** The blocks after `ancestor` are no longer part of the chain, the newest first: take back what they did. */
  | { readonly kind: 'REWIND'; readonly ancestor: BlockRef; readonly orphaned: readonly BlockRef[] }
  /** No stored block is part of the chain any more. Nobody but a person can say what is true now. */
  | { readonly kind: 'LOST'; readonly orphaned: readonly BlockRef[] };

/** Stored of a chain: a re-org that goes deeper is LOST. Polygon's deepest was 157 blocks (2023). */
export const WINDOW_BLOCKS_MAX = 512;

/**
 * The next step after the blocks in `window`. A block is added only on its parent; where it does not fit, or the newest
 * stored block is gone, the way back to the last block that both have in common is looked for. An endpoint that is merely
 * behind does not rewind: of the blocks it does have, the newest must differ from ours.
 *
 * @param window stored blocks, oldest first, each the parent of the next; not empty
 * @throws whatever `source` throws; safe to retry, as nothing is changed here
 */
export async function nextStep(window: readonly BlockRef[], source: BlockSource): Promise<FollowStep> {
  const tip = window.at(-1);
  if (tip === undefined) throw new TypeError('a follower begins with a block');
  const next = await source.blockAt(tip.number + 1n);
  if (next !== null && next.parentHash === tip.hash && next.number === tip.number + 1n)
    return { kind: 'EXTEND', block: next };
  let isForked = false;
  for (let index = window.length - 1; index >= 0; index--) {
    const stored = window[index] as BlockRef;
    const current = await source.blockAt(stored.number);
    // One that it does not have says nothing; those that it does have will.
    if (current === null) continue;
    if (current.hash !== stored.hash) isForked = true;
    else if (isForked)
      return { kind: 'REWIND', ancestor: stored, orphaned: window.slice(index + 1).toReversed() };
    else return { kind: 'IDLE' };
  }
  return isForked ? { kind: 'LOST', orphaned: window.toReversed() } : { kind: 'IDLE' };
}
