import { newUuid, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { type Lease, requireHeld } from '../../../platform/lease.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { openBytes, sealBytes } from '../../../platform/vault/sealedBytes.ts';

const BEGIN_SUBMITTING = statement(
  'cash.begin_submitting',
  `update cash.order wish
      set state = 'SUBMITTING', attempts = wish.attempts + 1,
          next_at = (select platform.now()) + $2::int * interval '1 millisecond', updated_at = clock_timestamp()
    where wish.id = $1 and wish.state = 'QUEUED' and wish.cancel_asked_at is null returning 1`,
);

const KEEP_INTENT = statement(
  'cash.keep_intent',
  `insert into cash.message (id, adapter, direction, key, sealed) values ($1, $2, 'OUT', $3, $4)`,
);

/**
 * Keeps the exact bytes and key before any call; from then on the order may be known outside. False when it was called
 * off meanwhile. Retry only after looking at the order again.
 *
 * @param silentMs when an order whose call nobody heard of again is asked about
 * @throws {LeaseLostError}
 */
export async function writeCashIntent(
  deps: { readonly database: Database; readonly vault: KeyVault; readonly adapter: string },
  lease: Lease,
  intent: { readonly orderId: Uuid; readonly bytes: Uint8Array; readonly silentMs: number },
): Promise<boolean> {
  const { database, vault, adapter } = deps;
  const { orderId, bytes, silentMs } = intent;
  const id = newUuid();
  const sealed = await sealBytes(vault, bytes, { purpose: 'omsx-cash-message', id });
  return await database.write(async (tx) => {
    await requireHeld(tx, lease);
    const begun = await tx.rows(BEGIN_SUBMITTING, [orderId, silentMs]);
    if (begun.length === 0) return false;
    await tx.rows(KEEP_INTENT, [id, adapter, orderId, Buffer.from(sealed)]);
    return true;
  });
}

const READ_INTENT = statement(
  'cash.read_intent',
  `select id, sealed from cash.message where adapter = $1 and direction = 'OUT' and key = $2`,
);

/** The bytes that `writeCashIntent` kept: what is sent again is the same. Safe to retry. */
export async function readCashIntent(
  deps: { readonly database: Database; readonly vault: KeyVault; readonly adapter: string },
  orderId: Uuid,
): Promise<Uint8Array> {
  const rows = await deps.database.write((tx) =>
    tx.rows<{ readonly id: Uuid; readonly sealed: Uint8Array }>(READ_INTENT, [deps.adapter, orderId]),
  );
  const { id, sealed } = present(rows[0], `the bytes of cash order ${orderId}`);
  return await openBytes(deps.vault, sealed, { purpose: 'omsx-cash-message', id });
}
