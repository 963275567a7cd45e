import { arrayOf, arrayOfText } from '../../../../platform/arrays.ts';
import { newUuid, type Uuid } from '../../../../platform/id.ts';
import { type Lease, requireHeld } from '../../../../platform/lease.ts';
import type { Database, Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { KeyVault } from '../../../../platform/vault/keyVault.ts';
import { sealBytes } from '../../../../platform/vault/sealedBytes.ts';
import { moveOrder } from '../../moveOrder.ts';
import { lockOrders } from '../../orders.ts';
import type { ComposedFile } from './composeFile.ts';

/** ISO 20022: the form of something is wrong. */
const UNFIT_CODE = 'CH16';

const TAKE_ORDERS = statement(
  'bank.files.take_orders',
  `update bank.order wish
      set state = 'SUBMITTING', attempts = wish.attempts + 1, next_at = wish.expected_by, updated_at = clock_timestamp()
    where wish.id = any($1::uuid[]) and wish.adapter = $2 and wish.state = 'QUEUED' returning wish.id`,
);

const KEEP_BYTES = statement(
  'bank.files.keep_bytes',
  `insert into bank.message (id, adapter, direction, key, sealed) values ($1, $2, 'OUT', $3, $4)`,
);

const KEEP_FILE = statement(
  'bank.files.keep_file',
  `insert into bank.file (id, adapter, number, name, message_id, made_on, last_sequence, order_count)
   values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

const KEEP_PLACES = statement(
  'bank.files.keep_places',
  `insert into bank.file_order (adapter, key, order_id, file_id, group_id)
   select $1, key, order_id, $2, group_id
     from unnest($3::text[], $4::uuid[], $5::text[]) as placed(key, order_id, group_id)`,
);

/** An order of the file was called off while it was made: it is made anew without it. */
class OrdersChangedError extends Error {
  override readonly name = 'OrdersChangedError';
}

/**
 * Keeps the exact bytes of a file and says of its orders that they are about to go out, in one tx and before anything is
 * written anywhere. False when an order was called off meanwhile: nothing happened.
 *
 * @param vault is asked before the tx
 * @throws {LeaseLostError}
 */
export async function keepFile(
  deps: { readonly database: Database; readonly vault: KeyVault; readonly adapter: string },
  lease: Lease,
  file: ComposedFile,
  place: { readonly number: bigint; readonly madeOn: string },
): Promise<boolean> {
  const { database, vault, adapter } = deps;
  const [messageRowId, fileId] = [newUuid(), newUuid()];
  const sealed = await sealBytes(vault, file.bytes, { purpose: 'omsx-bank-message', id: messageRowId });
  try {
    await database.write(async (tx) => {
      await requireHeld(tx, lease);
      await takeOrders(
        tx,
        adapter,
        file.placed.map(({ orderId }) => orderId),
      );
      const { name, messageId, lastSequence, placed } = file;
      await tx.rows(KEEP_BYTES, [messageRowId, adapter, messageId, Buffer.from(sealed)]);
      await tx.rows(KEEP_FILE, [
        ...[fileId, adapter, place.number, name, messageId, place.madeOn, lastSequence, placed.length],
      ]);
      await tx.rows(KEEP_PLACES, [
        adapter,
        fileId,
        arrayOfText(placed, ({ key }) => key),
        arrayOf(placed, ({ orderId }) => orderId),
        arrayOfText(placed, ({ groupId }) => groupId),
      ]);
    });
    return true;
  } catch (error) {
    if (error instanceof OrdersChangedError) return false;
    throw error;
  }
}

/** Locks in order of id, as everybody does. */
async function takeOrders(tx: Tx, adapter: string, ids: readonly Uuid[]): Promise<void> {
  await lockOrders(tx, ids);
  const taken = await tx.rows(TAKE_ORDERS, [arrayOf(ids, (id) => id), adapter]);
  if (taken.length !== ids.length) throw new OrdersChangedError('an order was called off');
}

/** Ends orders that no file of the bank can carry: they have never left, so that their money is free. Safe to retry. */
export async function refuseUnfit(database: Database, lease: Lease, ids: readonly Uuid[]): Promise<void> {
  await database.write(async (tx) => {
    await requireHeld(tx, lease);
    for (const [id, { state }] of await lockOrders(tx, ids)) {
      if (state !== 'QUEUED') continue;
      const move = { id, to: 'REJECTED', reasonCode: UNFIT_CODE, providerReference: null } as const;
      await moveOrder(tx, { ...move, occurredAt: new Date() });
    }
  });
}
