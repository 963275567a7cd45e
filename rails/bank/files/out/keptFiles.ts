import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { type Lease, requireHeld } from '../../../../platform/lease.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { KeyVault } from '../../../../platform/vault/keyVault.ts';
import { openBytes } from '../../../../platform/vault/sealedBytes.ts';
import { lockOrders } from '../../orders.ts';

/** A file whose bytes are kept and that is not known to be in the folder. */
export interface KeptFile {
  readonly id: Uuid;
  readonly name: string;
  readonly messageId: string;
  readonly attempts: number;
  /** Whether the bank has spoken of one of its orders, so that it has the file. */
  readonly isKnownToBank: boolean;
}

/** Index file_kept. */
const KEPT_FILES = statement(
  'bank.files.kept',
  `select file.id, file.name, file.message_id as "messageId", file.attempts,
          exists (select 1 from bank.file_order placed join bank.order wish on wish.id = placed.order_id
                   where placed.file_id = file.id
                     and wish.state in ('ACCEPTED', 'SETTLED', 'REJECTED', 'CANCELED', 'RETURNED')) as "isKnownToBank"
     from bank.file file
    where file.adapter = $1 and file.state = 'KEPT' and file.next_at <= (select platform.now())
    order by file.number limit $2`,
);

/** Files to be written, in the order of their numbers. Role omsx_bank. Safe to retry. */
export function keptFiles(database: Database, adapter: string, limit: number): Promise<readonly KeptFile[]> {
  return database.write((tx) => tx.rows<KeptFile>(KEPT_FILES, [adapter, limit]));
}

const READ_KEPT = statement(
  'bank.files.read_kept',
  `select id, sealed from bank.message where adapter = $1 and direction = 'OUT' and key = $2`,
);

/** The bytes as they were made: a file is only ever written as it was kept. Safe to retry. */
export async function readKept(
  {
    database,
    vault,
    adapter,
  }: { readonly database: Database; readonly vault: KeyVault; readonly adapter: string },
  messageId: string,
): Promise<Uint8Array> {
  const [row] = await database.write((tx) =>
    tx.rows<{ readonly id: Uuid; readonly sealed: Uint8Array }>(READ_KEPT, [adapter, messageId]),
  );
  const { id, sealed } = present(row, `the bytes of file ${messageId}`);
  return await openBytes(vault, sealed, { purpose: 'omsx-bank-message', id });
}

const ORDERS_OF_FILE = statement(
  'bank.files.orders_of_file',
  'select order_id as id from bank.file_order where file_id = $1',
);

const MARK_WRITTEN = statement(
  'bank.files.mark_written',
  `update bank.file set state = 'WRITTEN', fault = null, written_at = clock_timestamp()
    where id = $1 and state = 'KEPT' returning 1`,
);

/** What the bank has said meanwhile is not undone, and who wished to call it off was too late. */
const MARK_SUBMITTED = statement(
  'bank.files.mark_submitted',
  `update bank.order wish
      set state = 'SUBMITTED', cancel_asked_at = null,
          next_at = greatest(wish.expected_by, (select platform.now()) + interval '1 second'), updated_at = clock_timestamp()
    where wish.id = any($1::uuid[]) and wish.state in ('SUBMITTING', 'UNKNOWN')`,
);

/** Says that a file is in the folder: its orders are submitted. Safe to repeat. @throws {LeaseLostError} */
export async function markWritten(database: Database, lease: Lease, fileId: Uuid): Promise<void> {
  await database.write(async (tx) => {
    await requireHeld(tx, lease);
    const orders = await tx.rows<{ readonly id: Uuid }>(ORDERS_OF_FILE, [fileId]);
    const ids = orders.map(({ id }) => id);
    await lockOrders(tx, ids);
    await tx.rows(MARK_WRITTEN, [fileId]);
    await tx.rows(MARK_SUBMITTED, [arrayOf(ids, (id) => id)]);
  });
}

const MARK_FAULT = statement(
  'bank.files.mark_fault',
  `update bank.file set fault = $2, attempts = attempts + 1,
          next_at = (select platform.now()) + $3::int * interval '1 millisecond'
    where id = $1 and state = 'KEPT'`,
);

const MARK_UNKNOWN = statement(
  'bank.files.mark_unknown',
  `update bank.order wish set state = 'UNKNOWN', updated_at = clock_timestamp()
    where wish.id = any($1::uuid[]) and wish.state = 'SUBMITTING'`,
);

export type FileFault = 'NOT_WRITTEN' | 'NAME_TAKEN';

/** Says why a file may not be in the folder: nobody knows whether its orders are, until it was written. Safe to repeat. */
export async function markFault(
  database: Database,
  lease: Lease,
  fileId: Uuid,
  { fault, delayMs }: { readonly fault: FileFault; readonly delayMs: number },
): Promise<void> {
  await database.write(async (tx) => {
    await requireHeld(tx, lease);
    const orders = await tx.rows<{ readonly id: Uuid }>(ORDERS_OF_FILE, [fileId]);
    const ids = orders.map(({ id }) => id);
    await lockOrders(tx, ids);
    await tx.rows(MARK_FAULT, [fileId, fault, delayMs]);
    await tx.rows(MARK_UNKNOWN, [arrayOf(ids, (id) => id)]);
  });
}

const DROP_CANCELS = statement(
  'bank.files.drop_cancels',
  `with late as (select id from bank.order
      where adapter = $1 and cancel_asked_at is not null and next_at <= (select platform.now())
        and state in ('SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED') order by id limit $2 for no key update)
   update bank.order wish set cancel_asked_at = null, next_at = greatest(wish.expected_by, (select platform.now()))
     from late where wish.id = late.id`,
);

/** What is in a file cannot be called off: the orders go on. Safe to repeat. */
export async function dropCancels(database: Database, adapter: string, limit: number): Promise<void> {
  await database.write((tx) => tx.rows(DROP_CANCELS, [adapter, limit]));
}
