import { arrayOf, arrayOfDates } from '../../../platform/arrays.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { type BlockRef, WINDOW_BLOCKS_MAX } from './nextStep.ts';

/** Blocks that are kept while the chain does not say that they are finalized: hours, on any chain. */
const BLOCKS_KEPT_MAX = 20_000n;

const WINDOW = statement(
  'chain.read_window',
  `select number, hash, parent_hash, mined_at from chain.block where network = $1 order by number desc limit $2`,
);

const HASH_AT = statement(
  'chain.read_block_hash',
  'select hash from chain.block where network = $1 and number = $2',
);

const INSERT = statement(
  'chain.insert_blocks',
  `insert into chain.block (network, number, hash, parent_hash, mined_at)
   select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[])`,
);

const TRIM = statement(
  'chain.trim_blocks',
  `delete from chain.block where network = $1 and number < greatest($2::bigint,
     least($3::bigint, coalesce((select finalized_number from chain.network where code = $1), 0)))`,
);

const DELETE_AFTER = statement(
  'chain.delete_blocks_after',
  'delete from chain.block where network = $1 and number > $2',
);

/** The newest stored blocks, oldest first; empty before the first. */
export async function readWindow(tx: Tx, network: string): Promise<readonly BlockRef[]> {
  const rows = await tx.rows<{ number: bigint; hash: string; parent_hash: string; mined_at: Date }>(WINDOW, [
    network,
    WINDOW_BLOCKS_MAX,
  ]);
  return rows
    .map(({ number, hash, parent_hash, mined_at }) => ({
      number,
      hash,
      parentHash: parent_hash,
      timestampMs: mined_at.getTime(),
    }))
    .reverse();
}

/** Null when that block was not followed, or is kept no longer. */
export async function readHashAt(tx: Tx, network: string, number: bigint): Promise<string | null> {
  const [row] = await tx.rows<{ hash: string }>(HASH_AT, [network, number]);
  return row?.hash ?? null;
}

/** @throws a violation when another follower has stored one of that height */
export async function insertBlocks(tx: Tx, network: string, blocks: readonly BlockRef[]): Promise<void> {
  await tx.rows(INSERT, [
    network,
    arrayOf(blocks, ({ number }) => number),
    arrayOf(blocks, ({ hash }) => hash),
    arrayOf(blocks, ({ parentHash }) => parentHash),
    arrayOfDates(blocks, ({ timestampMs }) => new Date(timestampMs)),
  ]);
}

/** Lets go of what is both older than a window and finalized; the finalized block itself stays, to be compared with. */
export async function trimBlocks(tx: Tx, network: string, tip: bigint): Promise<void> {
  await tx.rows(TRIM, [network, tip - BLOCKS_KEPT_MAX, tip - BigInt(WINDOW_BLOCKS_MAX)]);
}

export async function deleteBlocksAfter(tx: Tx, network: string, number: bigint): Promise<void> {
  await tx.rows(DELETE_AFTER, [network, number]);
}
