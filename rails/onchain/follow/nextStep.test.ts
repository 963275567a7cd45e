import fc from 'fast-check';
import { type BlockRef, type BlockSource, type FollowStep, nextStep, WINDOW_BLOCKS_MAX } from './nextStep.ts';

let forks = 0;

/** A chain that mines and re-orgs, and an endpoint that may be some blocks behind it. */
class Chain implements BlockSource {
  blocks: readonly BlockRef[] = [block(0n, 'none', 0)];
  behind = 0;

  async blockAt(number: bigint): Promise<BlockRef | null> {
    return (
      this.blocks.slice(0, this.blocks.length - this.behind).find((one) => one.number === number) ?? null
    );
  }

  mine(count: number): void {
    for (let mined = 0; mined < count; mined++) {
      const tip = this.tip();
      this.blocks = [...this.blocks, block(tip.number + 1n, tip.hash, forks)];
    }
  }

  /** The last `depth` blocks go, and `count` others come. */
  reorg(depth: number, count: number): void {
    forks++;
    this.blocks = this.blocks.slice(0, Math.max(1, this.blocks.length - depth));
    this.mine(count);
  }

  tip(): BlockRef {
    return this.blocks.at(-1) as BlockRef;
  }
}

function block(number: bigint, parentHash: string, fork: number): BlockRef {
  return { number, hash: `${number}/${fork}`, parentHash, timestampMs: Number(number) * 1_000 };
}

/** Carries steps out as a store would, and checks that each is possible. */
async function follow(source: BlockSource, window: BlockRef[]): Promise<readonly FollowStep[]> {
  const steps: FollowStep[] = [];
  for (;;) {
    const step = await nextStep(window, source);
    if (step.kind === 'IDLE') return steps;
    steps.push(step);
    if (step.kind === 'LOST') return steps;
    if (step.kind === 'EXTEND') {
      expect(step.block.parentHash).toBe(window.at(-1)?.hash);
      window.push(step.block);
    } else {
      expect(window.splice(window.indexOf(step.ancestor) + 1).reverse()).toEqual(step.orphaned);
    }
    window.splice(0, Math.max(0, window.length - WINDOW_BLOCKS_MAX));
  }
}

test('a follower of a chain that mines and re-orgs has what is true, whatever happened between its looks', async () => {
  const event = fc.record({
    mined: fc.nat(4),
    depth: fc.nat(8),
    replaced: fc.nat(10),
    behind: fc.nat(5),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 20 }), async (events) => {
      const chain = new Chain();
      const window = [chain.tip()];
      for (const { mined, depth, replaced, behind } of events) {
        chain.mine(mined);
        if (depth > 0) chain.reorg(depth, replaced);
        chain.behind = Math.min(behind, chain.blocks.length - 1);
        await follow(chain, window);
      }
      chain.behind = 0;
      chain.mine(9);
      await follow(chain, window);
      expect(window).toEqual(chain.blocks);
    }),
  );
});

test('an endpoint that is behind rewinds nothing', async () => {
  const chain = new Chain();
  const window = [chain.tip()];
  chain.mine(20);
  await follow(chain, window);
  for (chain.behind = 1; chain.behind <= 20; chain.behind++) expect(await follow(chain, window)).toEqual([]);
  expect(window).toEqual(chain.blocks);
});

test('what is re-orged is given back from the newest on, down to what both have', async () => {
  const chain = new Chain();
  const window = [chain.tip()];
  chain.mine(10);
  await follow(chain, window);
  const gone = chain.blocks.slice(-3).toReversed();
  chain.reorg(3, 2);
  const [first, ...rest] = await follow(chain, window);
  expect(first).toEqual({ kind: 'REWIND', ancestor: chain.blocks[7], orphaned: gone });
  expect(rest.map(({ kind }) => kind)).toEqual(['EXTEND', 'EXTEND']);
});

test('a chain that has none of ours is for a person to look at, and not followed', async () => {
  const chain = new Chain();
  const window = [block(0n, 'none', 99), block(1n, '0/99', 99)];
  chain.mine(5);
  expect(await follow(chain, window)).toMatchObject([
    { kind: 'LOST', orphaned: [{ number: 1n }, { number: 0n }] },
  ]);
});

test('an endpoint whose answers do not fit together is asked again', async () => {
  const chain = new Chain();
  chain.mine(3);
  const window = [...chain.blocks];
  const torn: BlockSource = {
    blockAt: async (number) => (number === 4n ? block(4n, 'a stranger', 7) : chain.blockAt(number)),
  };
  expect(await nextStep(window, torn)).toEqual({ kind: 'IDLE' });
});
