import type { EventType, FeedEvent } from '../../schema/events.ts';
import { formatCursor, type Position } from '../cursor.ts';
import type { Uuid } from '../id.ts';
import { present } from '../invariant.ts';
import type { Database } from '../postgres.ts';
import { type Statement, statement } from '../statement.ts';
import { shardExpression } from './shard.ts';

/** An outbox row as the statements here select it. */
interface OutboxRow {
  readonly xid: bigint;
  readonly seq: bigint;
  readonly id: string;
  readonly organization_id: string;
  readonly type: EventType;
  readonly aggregate_id: string;
  readonly version: number;
  readonly subjects: readonly string[];
  readonly payload: FeedEvent['payload'];
  readonly occurred_at: Date;
}

/** An event with its place in the order. */
export interface Positioned {
  readonly position: Position;
  readonly event: FeedEvent;
}

/** Rows, and the position that everything visible to all readers at that moment is at or before. */
export interface OutboxPage {
  readonly events: readonly Positioned[];
  readonly horizon: Position;
}

/** What a page is complete up to that was read with this limit. */
export function endOf({ events, horizon }: OutboxPage, limit: number): Position {
  const last = events.at(-1);
  return events.length === limit && last !== undefined ? last.position : horizon;
}

const COLUMNS =
  'xid, seq, id, organization_id, type, aggregate_id, version, subjects::text[] as subjects, payload, occurred_at';

/**
 * The horizon is the newest event below xmin, or the floor when there is none. A tx that is still running has an xid at
 * or above xmin, so whatever it writes comes after; this makes a cursor safe although numbers are taken before their tx
 * commits. It is a row and not `xmin - 1`, because Postgres gives the ids of rolled-back txs out again after a crash:
 * only a committed row proves that later ids are higher. One index probe in each partition.
 */
const SNAPSHOT = `(select pg_snapshot_xmin(pg_current_snapshot()) as xmin) snapshot
    cross join lateral (
      select newest.xid as horizon_xid, newest.seq as horizon_seq
        from (select * from (select xid, seq from platform.outbox where xid < snapshot.xmin
                              order by xid desc, seq desc limit 1) event
              union all select xid, seq from platform.outbox_floor) newest
       order by newest.xid desc, newest.seq desc limit 1) horizon`;

/** The horizon comes with every page, also an empty one, from the snapshot the rows were read in. */
export function pageStatement(
  name: string,
  condition: string,
  limitParameter: string,
): ReturnType<typeof statement> {
  return statement(
    name,
    `select horizon.*, page.*
       from ${SNAPSHOT}
       left join lateral (
         select ${COLUMNS} from platform.outbox
          where ${condition} and xid < snapshot.xmin
          order by xid, seq limit ${limitParameter}) page on true
      order by page.xid, page.seq`,
  );
}

/** All organizations after a position, by index (xid, seq). */
const AFTER = pageStatement('feed.after', '(xid, seq) > ($1::xid8, $2::bigint)', '$3');

/** The same of some types only, which leaves the rows of the others where they are. */
const AFTER_OF_TYPES = pageStatement(
  'feed.after_of_types',
  '(xid, seq) > ($1::xid8, $2::bigint) and type = any($3::text[])',
  '$4',
);

/** One organization after a position, by index (organization_id, xid, seq). */
const AFTER_OF_ORGANIZATION = pageStatement(
  'feed.after_of_organization',
  'organization_id = $1::uuid and (xid, seq) > ($2::xid8, $3::bigint)',
  '$4',
);

/** One organization up to a position, the newest first, by the same index. What is that old is visible to everybody. */
const UP_TO_OF_ORGANIZATION = statement(
  'feed.up_to_of_organization',
  `select ${COLUMNS} from platform.outbox
    where organization_id = $1::uuid and (xid, seq) <= ($2::xid8, $3::bigint)
    order by xid desc, seq desc limit $4`,
);

/** One shard between two positions, the second one included. */
const BETWEEN_OF_SHARD = pageStatement(
  'feed.between_of_shard',
  `(xid, seq) > ($1::xid8, $2::bigint) and (xid, seq) <= ($3::xid8, $4::bigint)
   and ${shardExpression('$5')} = $6::int`,
  '$7',
);

/** The last position of each shard after a position: what a reader of Redis must have seen. */
const HEADS = statement(
  'feed.shard_heads',
  `select horizon.*, head.*
     from ${SNAPSHOT}
     left join lateral (
       select distinct on (shard) ${shardExpression('$3')} as shard, xid, seq from platform.outbox
        where (xid, seq) > ($1::xid8, $2::bigint) and xid < snapshot.xmin
        order by shard, xid desc, seq desc) head on true`,
);

const FLOOR = statement('feed.floor', 'select xid, seq from platform.outbox_floor');
const HORIZON = statement('feed.horizon', `select horizon.* from ${SNAPSHOT}`);

interface HorizonRow {
  readonly horizon_xid: bigint;
  readonly horizon_seq: bigint;
}

interface HeadRow extends HorizonRow {
  readonly shard: number | null;
  readonly xid: bigint;
  readonly seq: bigint;
}

/**
 * The roles that read here (omsx_router, omsx_relay) see every organization's events; a read has to name one all
 * the same, and in return travels in one trip.
 */
const ALL = '00000000-0000-0000-0000-000000000000' as Uuid;

type PageRow = HorizonRow & (OutboxRow | { readonly xid: null });

/** Events of all organizations after `after`, oldest first, at most `limit`. Safe to retry, like all reads here. */
export async function readAfter(database: Database, after: Position, limit: number): Promise<OutboxPage> {
  return toPage(await database.readRows<PageRow>(ALL, AFTER, [after.xid, after.seq, limit]));
}

export async function readAfterOfTypes(
  database: Database,
  after: Position,
  types: readonly EventType[],
  limit: number,
): Promise<OutboxPage> {
  return toPage(await database.readRows<PageRow>(ALL, AFTER_OF_TYPES, [after.xid, after.seq, types, limit]));
}

export async function readAfterOfOrganization(
  database: Database,
  organizationId: Uuid,
  after: Position,
  limit: number,
): Promise<OutboxPage> {
  return toPage(
    await database.readRows<PageRow>(organizationId, AFTER_OF_ORGANIZATION, [
      organizationId,
      after.xid,
      after.seq,
      limit,
    ]),
  );
}

/**
 * The last events up to `upTo`, that one included, oldest first.
 *
 * @param upTo at or before a horizon
 */
export async function readUpToOfOrganization(
  database: Database,
  organizationId: Uuid,
  upTo: Position,
  limit: number,
): Promise<readonly Positioned[]> {
  const values = [organizationId, upTo.xid, upTo.seq, limit];
  const rows = await database.readRows<OutboxRow>(organizationId, UP_TO_OF_ORGANIZATION, values);
  return rows.map(toPositioned).reverse();
}

export async function readBetweenOfShard(
  database: Database,
  range: { readonly after: Position; readonly upTo: Position },
  shard: { readonly index: number; readonly count: number },
  limit: number,
): Promise<OutboxPage> {
  const { after, upTo } = range;
  const values = [after.xid, after.seq, upTo.xid, upTo.seq, shard.count, shard.index, limit];
  return toPage(await database.readRows<PageRow>(ALL, BETWEEN_OF_SHARD, values));
}

export async function readShardHeads(
  database: Database,
  after: Position,
  shards: number,
): Promise<{ readonly heads: ReadonlyMap<number, Position>; readonly horizon: Position }> {
  const rows = await database.readRows<HeadRow>(ALL, HEADS, [after.xid, after.seq, shards]);
  const heads = new Map<number, Position>();
  for (const { shard, xid, seq } of rows) if (shard !== null) heads.set(shard, { xid, seq });
  return { heads, horizon: horizonOf(rows[0]) };
}

export async function readHorizon(database: Database): Promise<Position> {
  const rows = await database.readRows<HorizonRow>(ALL, HORIZON);
  return horizonOf(rows[0]);
}

/** The highest position that retention has dropped. */
export async function readFloor(database: Database): Promise<Position> {
  const [row] = await database.readRows<Position>(ALL, FLOOR);
  return row ?? { xid: 0n, seq: 0n };
}

/** A page by a statement of `pageStatement`, for readers with a condition of their own. Safe to retry. */
export async function readPageBy(
  database: Database,
  page: Statement,
  values: readonly unknown[],
): Promise<OutboxPage> {
  return toPage(await database.readRows<PageRow>(ALL, page, values));
}

function toPage(rows: readonly PageRow[]): OutboxPage {
  const events: Positioned[] = [];
  for (const row of rows) if (row.xid !== null) events.push(toPositioned(row));
  return { events, horizon: horizonOf(rows[0]) };
}

function horizonOf(row: HorizonRow | undefined): Position {
  const { horizon_xid: xid, horizon_seq: seq } = present(row, 'the horizon');
  return { xid, seq };
}

function toPositioned(row: OutboxRow): Positioned {
  const position = { xid: row.xid, seq: row.seq };
  return {
    position,
    event: {
      cursor: formatCursor(position),
      id: row.id,
      organizationId: row.organization_id,
      type: row.type,
      aggregateId: row.aggregate_id,
      version: row.version,
      subjects: row.subjects,
      payload: row.payload,
      occurredAt: row.occurred_at.toISOString(),
    },
  };
}
