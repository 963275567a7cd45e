import { newUuid, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { type Lease, requireHeld } from '../../../platform/lease.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { openBytes, sealBytes } from '../../../platform/vault/sealedBytes.ts';

interface Deps {
  readonly database: Database;
  readonly vault: KeyVault;
  readonly adapter: string;
}

export interface Intents {
  /**
   * Keeps the exact bytes and key before any call; from then on the order may be known outside. False when it was called
   * off meanwhile. Retry only after looking at the order again.
   *
   * @param silentMs when an order whose call nobody heard of again is asked about
   * @throws {LeaseLostError}
   */
  write(
    deps: Deps,
    lease: Lease,
    intent: { readonly orderId: Uuid; readonly bytes: Uint8Array; readonly silentMs: number },
  ): Promise<boolean>;
  /** The bytes that `write` kept: what is sent again is the same. Safe to retry. */
  read(deps: Deps, orderId: Uuid): Promise<Uint8Array>;
}

/**
 * Intents of orders, kept in the table of messages of a schema.
 *
 * @param begin moves the order `$1` from QUEUED to SUBMITTING until `$2` ms later, and gives a row if it did
 */
export function intentsOf(schema: 'bank' | 'cash', begin: Statement): Intents {
  const purpose = `omsx-${schema}-message`;
  const keepIntent = statement(
    `${schema}.keep_intent`,
    `insert into ${schema}.message (id, adapter, direction, key, sealed) values ($1, $2, 'OUT', $3, $4)`,
  );
  const readIntent = statement(
    `${schema}.read_intent`,
    `select id, sealed from ${schema}.message where adapter = $1 and direction = 'OUT' and key = $2`,
  );
  return {
    async write({ database, vault, adapter }, lease, { orderId, bytes, silentMs }) {
      const id = newUuid();
      const sealed = await sealBytes(vault, bytes, { purpose, id });
      return await database.write(async (tx) => {
        await requireHeld(tx, lease);
        const begun = await tx.rows(begin, [orderId, silentMs]);
        if (begun.length === 0) return false;
        await tx.rows(keepIntent, [id, adapter, orderId, Buffer.from(sealed)]);
        return true;
      });
    },
    async read({ database, vault, adapter }, orderId) {
      const rows = await database.write((tx) =>
        tx.rows<{ readonly id: Uuid; readonly sealed: Uint8Array }>(readIntent, [adapter, orderId]),
      );
      const { id, sealed } = present(rows[0], `the bytes of order ${orderId}`);
      return await openBytes(vault, sealed, { purpose, id });
    },
  };
}
