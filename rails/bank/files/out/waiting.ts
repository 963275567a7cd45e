import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { BankRailName } from '../../../port.ts';
import type { Waiting } from './isDue.ts';

/** Index order_queued. The one place where files ask what time it is. */
const READ_WAITING = statement(
  'bank.files.read_waiting',
  `select count(*)::int as count, min(created_at) as "oldestAt", clock_timestamp() as now
     from (select created_at from bank.order where adapter = $1 and state = 'QUEUED'
            order by created_at, id limit $2) waiting`,
);

/** What waits for a file, counted up to `limit`. Role omsx_bank. Safe to retry. */
export async function readWaiting(database: Database, adapter: string, limit: number): Promise<Waiting> {
  const [row] = await database.write((tx) => tx.rows<Waiting>(READ_WAITING, [adapter, limit]));
  return row ?? { count: 0, oldestAt: null, now: new Date(0) };
}

/** An order that no file has yet. */
export interface WaitingOrder {
  readonly id: Uuid;
  readonly rail: BankRailName;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly reference: string | null;
  readonly sealed: Uint8Array;
}

/** Index order_queued. */
const READ_WAITING_ORDERS = statement(
  'bank.files.read_waiting_orders',
  `select id, rail, asset, amount as "amountMinor", reference, sealed from bank.order
    where adapter = $1 and state = 'QUEUED' order by created_at, id limit $2`,
);

/** The orders that wait longest. Takes no lock: who makes a file of them looks again. Role omsx_bank. Safe to retry. */
export function readWaitingOrders(
  database: Database,
  adapter: string,
  limit: number,
): Promise<readonly WaitingOrder[]> {
  return database.write((tx) => tx.rows<WaitingOrder>(READ_WAITING_ORDERS, [adapter, limit]));
}

const READ_PLACE = statement(
  'bank.files.read_place',
  `select coalesce(max(number), 0) + 1 as number, coalesce(max(last_sequence), 0) + 1 as "firstSequence",
          (count(*) filter (where made_on = $2::date))::int as "earlierToday"
     from (select number, last_sequence, made_on from bank.file where adapter = $1 order by number desc limit $3) latest`,
);

/** More files of one day than any format can tell apart. */
const LATEST_MAX = 1_000;

export interface NextPlace {
  readonly number: bigint;
  readonly firstSequence: bigint;
  readonly earlierToday: number;
}

/** Where the next file of the adapter stands. Role omsx_bank. Safe to retry. */
export async function readPlace(database: Database, adapter: string, madeOn: string): Promise<NextPlace> {
  const values = [adapter, madeOn, LATEST_MAX];
  const [row] = await database.write((tx) => tx.rows<NextPlace>(READ_PLACE, values));
  return row ?? { number: 1n, firstSequence: 1n, earlierToday: 0 };
}
