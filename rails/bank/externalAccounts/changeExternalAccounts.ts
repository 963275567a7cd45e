import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { EXTERNAL_ACCOUNT_COLUMNS, type ExternalAccountRow } from './externalAccount.ts';

export interface LockedExternalAccount extends ExternalAccountRow {
  readonly microHmac: Uint8Array | null;
  /** Whether both amounts are there, so that somebody can say them. */
  readonly microArrived: boolean;
}

const LOCK = statement(
  'bank.lock_external_accounts',
  `select ${EXTERNAL_ACCOUNT_COLUMNS}, micro_hmac as "microHmac",
          exists (select from bank.micro_deposit micro
                   where micro.external_account_id = external_account.id and micro.state = 'ARRIVED') as "microArrived"
     from bank.external_account where id = any($1::uuid[]) order by id for no key update`,
);

/** Locks them in the order of their ids until the end of the tx, of any organization. Role omsx_accounts_writer. */
export async function lockExternalAccounts(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<Map<Uuid, LockedExternalAccount>> {
  const rows = await tx.rows<LockedExternalAccount>(LOCK, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

const UPDATE = statement(
  'bank.update_external_accounts',
  `update bank.external_account account
      set status = changed.status, reason = changed.reason, micro_tries = changed.micro_tries, version = changed.version,
          updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as changed(id uuid, status text, reason text, micro_tries int, version int)
    where account.id = changed.id and account.version <= changed.version
   returning account.id`,
);

/** Writes locked ones, each once; a try at the amounts is no change that anybody is told, so it keeps the version. @throws {InvariantError} when one was not written; abandon the tx. */
export async function updateExternalAccounts(tx: Tx, accounts: readonly ExternalAccountRow[]): Promise<void> {
  if (accounts.length === 0) return;
  const records = accounts.map(({ id, status, reason, microTries, version }) => ({
    id,
    status,
    reason,
    micro_tries: microTries,
    version,
  }));
  const rows = await tx.rows(UPDATE, [JSON.stringify(records)]);
  invariant(
    rows.length === accounts.length,
    `${rows.length} of ${accounts.length} external accounts written`,
  );
}
