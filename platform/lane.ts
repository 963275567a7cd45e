import { sleep } from './clock.ts';
import { invariant } from './invariant.ts';
import { isConnectionLoss, isRetryableConflict } from './postgres.ts';
import { tracedBatch } from './tracedBatch.ts';
import { activeSpan, type Span } from './tracing.ts';

/**
 * A lane is a DataLoader for writes. Commands queue while a batch is on its way; when its answer is in, all
 * that has queued meanwhile goes as the next batch. There is no timer: a lone caller waits for nobody, and
 * under load the batches grow by themselves. Measured on a hot account: 10 a batch 8.4 k/s, 1,000 a batch
 * 35.4 k/s, 4,000 a batch 28.8 k/s at four times the latency, hence the limit.
 */
export interface LaneOptions<Command, Result> {
  readonly name: string;
  /** Runs the whole batch in one tx and answers each command, in order. Must be idempotent by its ids. */
  readonly run: (batch: readonly Command[]) => Promise<readonly Result[]>;
  readonly batchSizeMax?: number;
  readonly queueMax?: number;
}

export interface Lane<Command, Result> {
  /**
   * @throws {LaneFullError} when the queue is full: nothing happened, retry later.
   * @throws whatever the batch threw for this very command, after the others were separated from it.
   */
  submit(command: Command): Promise<Result>;
  /** Refuses new commands and resolves when those queued are answered. */
  drain(): Promise<void>;
  readonly queued: number;
}

export const BATCH_SIZE_MAX = 1_000;
export const QUEUE_MAX = 20_000;
const RETRIES_MAX = 8;
const RETRY_DELAY_MS = 25;
const RETRY_DELAY_MAX_MS = 1_000;

export class LaneFullError extends Error {
  override readonly name = 'LaneFullError';
}

interface Waiting<Command, Result> {
  readonly command: Command;
  /** Of the request that submitted it, where that is recorded. */
  readonly span: Span | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function createLane<Command, Result>(options: LaneOptions<Command, Result>): Lane<Command, Result> {
  const batchSizeMax = options.batchSizeMax ?? BATCH_SIZE_MAX;
  const queueMax = options.queueMax ?? QUEUE_MAX;
  let queue: Waiting<Command, Result>[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  async function work(): Promise<void> {
    // A microtask, so that all commands submitted in this tick share the first batch.
    await undefined;
    while (queue.length > 0) {
      const batch = queue.slice(0, batchSizeMax);
      queue = queue.slice(batchSizeMax);
      await tracedBatch(options.name, batch, () => settle(batch, options.run));
    }
    running = undefined;
  }

  return {
    get queued() {
      return queue.length;
    },
    submit(command) {
      if (closed) return Promise.reject(new LaneFullError(`lane ${options.name} is shutting down`));
      if (queue.length >= queueMax) {
        return Promise.reject(
          new LaneFullError(`lane ${options.name} has ${queue.length} commands queued, at most ${queueMax}`),
        );
      }
      return new Promise((resolve, reject) => {
        queue.push({ command, span: activeSpan(), resolve, reject });
        running ??= work();
      });
    },
    async drain() {
      closed = true;
      await running;
    },
  };
}

/** Answers every command of the batch; halves a batch that fails, so that a poison command fails alone. */
async function settle<Command, Result>(
  batch: readonly Waiting<Command, Result>[],
  run: (batch: readonly Command[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await runWithRetries(
      batch.map((waiting) => waiting.command),
      run,
    );
    invariant(results.length === batch.length, `${results.length} results for ${batch.length} commands`);
    for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as Result);
  } catch (error) {
    if (batch.length === 1 || isConnectionLoss(error)) {
      for (const waiting of batch) waiting.reject(error);
      return;
    }
    const middle = batch.length >> 1;
    await settle(batch.slice(0, middle), run);
    await settle(batch.slice(middle), run);
  }
}

/** After a lost connection the same ids are sent again; ids make it exact. */
async function runWithRetries<Command, Result>(
  commands: readonly Command[],
  run: (batch: readonly Command[]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run(commands);
    } catch (error) {
      const again = isConnectionLoss(error) || isRetryableConflict(error);
      if (!again || attempt >= RETRIES_MAX) throw error;
      await sleep(Math.min(RETRY_DELAY_MS * 2 ** attempt, RETRY_DELAY_MAX_MS));
    }
  }
}
