import type { Database, Tx } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient, Tags } from '../rpc/chainReader.ts';
import { AddressBook } from './addressBook.ts';
import { insertBlocks, readWindow, trimBlocks } from './blockRows.ts';
import { finalize } from './finalize.ts';
import type { NetworkView } from './networkView.ts';
import { standingOf } from './networkView.ts';
import { type BlockRef, type FollowStep, nextStep, WINDOW_BLOCKS_MAX } from './nextStep.ts';
import { type BlockContent, type BlockFacts, readContent, readFacts } from './readBlock.ts';
import { recordBlocks } from './recordBlocks.ts';
import { takeBack } from './takeBack.ts';

/** Blocks that are read at once and written in one tx. */
const BLOCKS_AT_ONCE_MAX = 8;
/** Looks in a row that have to find no common block: one endpoint that is wrong for a moment must not stop everything. */
const LOST_LOOKS = 3;

/** Where a crash is tried in tests: before, within and after each tx. */
export type FailpointName =
  | 'start'
  | 'look'
  | 'before_extend'
  | 'blocks_inserted'
  | 'blocks_recorded'
  | 'after_extend'
  | 'before_rewind'
  | 'taken_back'
  | 'after_rewind'
  | 'before_finalize'
  | 'finalized'
  | 'after_finalize';

export interface ChainFollowerOptions {
  readonly database: Database;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
  readonly view: NetworkView;
  /** Runs its work in one tx, which only whoever holds the lease commits. */
  readonly guarded: (work: (tx: Tx) => Promise<unknown>) => Promise<void>;
  readonly failpoint: (name: FailpointName) => Promise<void>;
}

/** Follows one chain for as long as the lease lasts. Whatever it throws, a new one begins from what is stored. */
export class ChainFollower {
  readonly #options: ChainFollowerOptions;
  readonly #book: AddressBook;
  #window: BlockRef[] = [];
  #finalizedMax = -1n;
  #finalizedView = '';
  #lostLooks = 0;
  #headNumber = 0n;

  constructor(options: ChainFollowerOptions) {
    this.#options = options;
    this.#book = new AddressBook(options.network.code);
  }

  get followedNumber(): bigint | null {
    return this.#window.at(-1)?.number ?? null;
  }

  /**
   * Reads where it stood. A Network that was never followed begins at its finalized block: nothing before is ours.
   *
   * @param finalizedNumber the highest that was acted on
   */
  async open(finalizedNumber: bigint | null): Promise<void> {
    const { database, network, client, guarded } = this.#options;
    this.#finalizedMax = finalizedNumber ?? -1n;
    await this.#book.refresh(database);
    this.#window = [...(await database.write((tx) => readWindow(tx, network.code)))];
    if (this.#window.length > 0) return;
    const { finalizedNumber: first } = await client.tags();
    const block = await client.blockAt(first);
    if (block === null) throw new Error(`no endpoint has the finalized block ${first}`);
    await guarded((tx) => insertBlocks(tx, network.code, [block]));
    this.#window = [block];
  }

  /** One step, and what it makes final. @returns MOVED: look again at once; IDLE: nothing to do before the next block */
  async look(): Promise<'MOVED' | 'IDLE' | 'LOST'> {
    const { client } = this.#options;
    const step = await nextStep(this.#window, client);
    const isLost =
      step.kind === 'LOST' || (step.kind === 'REWIND' && step.ancestor.number < this.#finalizedMax);
    this.#lostLooks = isLost ? this.#lostLooks + 1 : 0;
    if (isLost) return await this.#lose(step);
    let hasMoved = false;
    if (step.kind === 'EXTEND') hasMoved = await this.#extend(step.block);
    else if (step.kind === 'REWIND') {
      await this.#rewind(step.ancestor);
      hasMoved = true;
    }
    const tags = await client.tags();
    this.#headNumber = tags.headNumber;
    const hasMore = await this.#finalize(tags);
    await this.#show(tags);
    return hasMoved || hasMore ? 'MOVED' : 'IDLE';
  }

  async #extend(first: BlockRef): Promise<boolean> {
    const { database, network, client, guarded, failpoint } = this.#options;
    const contents = await this.#readAhead(first);
    // After the blocks were read: see AddressBook.
    await this.#book.refresh(database);
    const facts: BlockFacts[] = [];
    for (const content of contents) {
      const read = await readFacts(content, client, this.#book, network);
      if (read === null) break;
      facts.push(read);
    }
    const last = facts.at(-1);
    if (last === undefined) return false;
    const blocks = facts.map(({ block }) => refOf(block));
    await failpoint('before_extend');
    await guarded(async (tx) => {
      await insertBlocks(tx, network.code, blocks);
      await failpoint('blocks_inserted');
      await recordBlocks(tx, network.code, facts, this.#book);
      await trimBlocks(tx, network.code, last.block.number);
      await failpoint('blocks_recorded');
    });
    this.#window = [...this.#window, ...blocks].slice(-WINDOW_BLOCKS_MAX);
    this.#options.view.baseFeePerGasWei = last.block.baseFeePerGasWei;
    await failpoint('after_extend');
    return true;
  }

  /** The block and those after it, as far as each is the parent of the next; the content of all at once. */
  async #readAhead(first: BlockRef): Promise<readonly BlockContent[]> {
    const { client, network } = this.#options;
    const numbers: bigint[] = [];
    for (let next = first.number + 1n; next <= this.#headNumber; next++) {
      if (numbers.length === BLOCKS_AT_ONCE_MAX - 1) break;
      numbers.push(next);
    }
    const chain = [first];
    for (const block of await Promise.all(numbers.map((number) => client.blockAt(number)))) {
      const tip = chain.at(-1);
      if (block === null || block.parentHash !== tip?.hash || block.number !== tip.number + 1n) break;
      chain.push(block);
    }
    const contents = await Promise.all(chain.map((ref) => readContent(ref, client, network)));
    const missing = contents.indexOf(null);
    return contents
      .slice(0, missing === -1 ? contents.length : missing)
      .filter((content) => content !== null);
  }

  async #rewind(ancestor: BlockRef): Promise<void> {
    const { network, guarded, failpoint } = this.#options;
    await failpoint('before_rewind');
    await guarded(async (tx) => {
      await takeBack(tx, network.code, ancestor.number);
      await failpoint('taken_back');
    });
    this.#window = this.#window.filter(({ number }) => number <= ancestor.number);
    this.#finalizedView = '';
    await failpoint('after_rewind');
  }

  async #finalize(tags: Tags): Promise<boolean> {
    const { network, guarded, failpoint } = this.#options;
    const tip = this.#window.at(-1);
    const view = `${tags.headNumber} ${tags.finalizedHash} ${tags.agreements} ${tags.endpoints} ${tip?.hash}`;
    if (view === this.#finalizedView || (tip?.number ?? -1n) < tags.finalizedNumber) return false;
    let done = { isBelieved: false, hasMore: false };
    await failpoint('before_finalize');
    await guarded(async (tx) => {
      done = await finalize(tx, network, tags, Date.now());
      await failpoint('finalized');
    });
    await failpoint('after_finalize');
    if (done.isBelieved && tags.finalizedNumber > this.#finalizedMax)
      this.#finalizedMax = tags.finalizedNumber;
    if (!done.hasMore) this.#finalizedView = view;
    return done.hasMore;
  }

  async #show(tags: Tags): Promise<void> {
    const { network, view, guarded } = this.#options;
    const followed = this.followedNumber ?? 0n;
    await view.show(standingOf(tags, followed, network, Date.now()), tags, followed, guarded);
  }

  /** LOST: nothing more is done before an operator calls `restartAt`. */
  async #lose(step: FollowStep): Promise<'LOST' | 'IDLE'> {
    if (this.#lostLooks < LOST_LOOKS) return 'IDLE';
    const { view, guarded } = this.#options;
    const reason =
      step.kind === 'REWIND'
        ? `The chain has taken back blocks after ${step.ancestor.number}, which it had called final.`
        : 'No block that was followed is part of the chain any more.';
    await view.show({ status: 'LOST', reason }, null, this.followedNumber, guarded);
    return 'LOST';
  }
}

function refOf({ number, hash, parentHash, timestampMs }: BlockRef): BlockRef {
  return { number, hash, parentHash, timestampMs };
}
