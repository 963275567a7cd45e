import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { type NewVirtualAccount, VIRTUAL_ACCOUNT_COLUMNS, type VirtualAccountRow } from './virtualAccount.ts';

/** In one order, so that two processes with the same externalIds wait for one another. */
const INSERT = statement(
  'bank.insert_virtual_accounts',
  `insert into bank.virtual_account
     (id, organization_id, customer_id, account_id, by_wallet, type, asset, converts_to, fee_account_id,
      fee_parts_per_million, status, issuer, bank_name, bank_code,
      account_number, fingerprint, external_id, metadata)
   select id, organization_id, customer_id, account_id, by_wallet, type, asset, converts_to, fee_account_id,
          fee_parts_per_million, 'ACTIVE', issuer, bank_name, bank_code,
          account_number, decode(fingerprint, 'base64'), external_id, metadata
     from jsonb_to_recordset($1::jsonb) as added(id uuid, organization_id uuid, customer_id uuid, account_id uuid,
            by_wallet boolean, type text, asset text, converts_to text,
            fee_account_id uuid, fee_parts_per_million integer, issuer text, bank_name text, bank_code text, account_number text,
            fingerprint text, external_id text, metadata jsonb)
    order by organization_id, external_id, id
   on conflict (organization_id, external_id) do nothing
   returning id`,
);

const FIND_NAMED = statement(
  'bank.find_virtual_accounts_by_external_id',
  `select added.id, named.id as "existingId"
     from jsonb_to_recordset($1::jsonb) as added(id uuid, organization_id uuid, external_id text)
     join bank.virtual_account named using (organization_id, external_id)`,
);

/**
 * Inserts those whose externalId is free; of the others, who has it. Retry with the whole tx, which has the same ids.
 *
 * @throws a violation of `virtual_account_fingerprint_key` when an issuer gives out what somebody has
 */
export async function insertVirtualAccounts(
  tx: Tx,
  accounts: readonly NewVirtualAccount[],
): Promise<{ readonly inserted: ReadonlySet<Uuid>; readonly takenBy: ReadonlyMap<Uuid, Uuid> }> {
  const rows = await tx.rows<{ readonly id: Uuid }>(INSERT, [JSON.stringify(accounts.map(toRecord))]);
  const inserted = new Set(rows.map((row) => row.id));
  const refused = accounts.filter((account) => !inserted.has(account.id));
  if (refused.length === 0) return { inserted, takenBy: new Map() };
  const taken = await tx.rows<{ readonly id: Uuid; readonly existingId: Uuid }>(FIND_NAMED, [
    JSON.stringify(refused.map(toRecord)),
  ]);
  return { inserted, takenBy: new Map(taken.map((row) => [row.id, row.existingId])) };
}

function toRecord(account: NewVirtualAccount): Readonly<Record<string, unknown>> {
  return {
    id: account.id,
    organization_id: account.organizationId,
    customer_id: account.customerId,
    account_id: account.accountId,
    by_wallet: account.byWallet,
    type: account.type,
    asset: account.asset,
    converts_to: account.convertsTo,
    fee_account_id: account.feeAccountId,
    fee_parts_per_million: account.feePartsPerMillion === null ? null : String(account.feePartsPerMillion),
    issuer: account.issuer,
    bank_name: account.bankName,
    bank_code: account.bankCode,
    account_number: account.accountNumber,
    fingerprint: Buffer.from(account.fingerprint).toString('base64'),
    external_id: account.externalId,
    metadata: account.metadata,
  };
}

const LOCK = statement(
  'bank.lock_virtual_accounts',
  `select ${VIRTUAL_ACCOUNT_COLUMNS} from bank.virtual_account where id = any($1::uuid[]) order by id for no key update`,
);

/** Locks them in the order of their ids until the end of the tx, of any organization. Role omsx_accounts_writer. */
export async function lockVirtualAccounts(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<Map<Uuid, VirtualAccountRow>> {
  const rows = await tx.rows<VirtualAccountRow>(LOCK, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

const UPDATE = statement(
  'bank.update_virtual_accounts',
  `update bank.virtual_account account
      set status = changed.status, version = changed.version, updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as changed(id uuid, status text, version int)
    where account.id = changed.id and account.version < changed.version
   returning account.id`,
);

/** Writes locked ones, each once. @throws {InvariantError} when one was not written; abandon the tx. */
export async function updateVirtualAccounts(tx: Tx, accounts: readonly VirtualAccountRow[]): Promise<void> {
  if (accounts.length === 0) return;
  const records = accounts.map(({ id, status, version }) => ({ id, status, version }));
  const rows = await tx.rows(UPDATE, [JSON.stringify(records)]);
  invariant(rows.length === accounts.length, `${rows.length} of ${accounts.length} virtual accounts written`);
}
