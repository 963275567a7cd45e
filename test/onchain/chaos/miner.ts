import { setTimeout as sleep } from 'node:timers/promises';
import type { Chain } from './outsiders.ts';

/** What makes the chain's blocks. */
export interface Miner {
  /** Runs this between two blocks, with none being made meanwhile. */
  between<Result>(change: () => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
}

/**
 * Mines in place of the node's own clock: the node does not keep its clock from mining in the midst of a re-org, and the
 * block that it mines then stays behind as one without a parent, with receipts of what is in no chain (seen with 1.7.1).
 */
export async function startMiner({ node }: Pick<Chain, 'node'>, blockTimeMs: number): Promise<Miner> {
  await node.setIntervalMining({ interval: 0 });
  let isStopped = false;
  let last: Promise<unknown> = Promise.resolve();

  function between<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = last.then(change);
    last = result.catch(() => undefined);
    return result;
  }

  async function mine(): Promise<void> {
    let due = performance.now() + blockTimeMs;
    while (!isStopped) {
      await sleep(Math.max(due - performance.now(), 0));
      await between(() => node.mine({ blocks: 1 }));
      due = Math.max(due + blockTimeMs, performance.now());
    }
  }

  const mining = mine();
  // Whoever stops it hears of a fault.
  mining.catch(() => undefined);
  return {
    between,
    async stop() {
      isStopped = true;
      await mining;
    },
  };
}
