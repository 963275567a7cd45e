import type { Position } from '../cursor.ts';
import { isHeldBy, type Lease } from '../lease.ts';
import type { Database } from '../postgres.ts';
import { statement } from '../statement.ts';

const LOAD = statement('relay.load_position', 'select xid, seq from platform.relay_position where name = $1');

const SAVE = statement(
  'relay.save_position',
  `insert into platform.relay_position as saved (name, xid, seq) values ($1, $2, $3)
   on conflict (name) do update set xid = excluded.xid, seq = excluded.seq
    where (saved.xid, saved.seq) < (excluded.xid, excluded.seq)`,
);

/** How far the outbox has been copied; the beginning when nothing was. */
export async function loadPosition(database: Database, name: string): Promise<Position> {
  const [row] = await database.write((tx) => tx.rows<Position>(LOAD, [name]));
  return row ?? { xid: 0n, seq: 0n };
}

/** False, and nothing saved, when another holds the lease by now. Safe to retry; never goes back. */
export async function savePosition(
  database: Database,
  lease: Lease,
  name: string,
  position: Position,
): Promise<boolean> {
  return await database.write(async (tx) => {
    if (!(await isHeldBy(tx, lease))) return false;
    await tx.rows(SAVE, [name, position.xid, position.seq]);
    return true;
  });
}
