import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { hmacOf } from './naive/apiKeys.ts';
import { ACCOUNTS, FUNDS_MINOR } from './system.ts';

/** What the naive system needs to be asked: a key, and accounts with money on them. */
export interface NaiveBooks {
  readonly apiKey: string;
  readonly pepper: string;
  readonly accountIds: readonly string[];
  readonly hotId: string;
}

const OPEN_ACCOUNTS = `
  insert into ledger.account (id, organization_id, holder_id, kind, asset, normal_side,
         debits_must_not_exceed_credits, credits_posted, version)
  select id, $1, $1, 'TREASURY', 'USD', 'CREDIT', true, $3, 1 from unnest($2::uuid[]) as id`;

/** The other side of the funding: what we would hold on a network. */
const OPEN_OMNIBUS = `
  insert into ledger.account (id, organization_id, holder_id, kind, asset, normal_side,
         debits_must_not_exceed_credits, debits_posted, version)
  values ($2, $1, $1, 'OMNIBUS', 'USD', 'DEBIT', false, $3::numeric * $4::int, $4)`;

const FUND = `
  insert into ledger.transfer (id, organization_id, journal_id, kind, debit_account_id, credit_account_id, asset,
         amount, debit_version, debit_posted_after, debit_debits_pending_after, debit_credits_pending_after,
         credit_version, credit_posted_after, credit_debits_pending_after, credit_credits_pending_after, created_at)
  select gen_random_uuid(), $1, gen_random_uuid(), 'SINGLE', $2, id, 'USD', $3, place, $3::numeric * place, 0, 0,
         1, $3, 0, 0, now()
    from unnest($4::uuid[]) with ordinality as funded(id, place)`;

/**
 * Fills an empty, migrated database. It is spared the trigger that proves Transfers, as a service written straight
 * from the manuals would not have it; its tables, indexes and CHECKs are ours.
 */
export async function openNaiveBooks(databaseUrl: string): Promise<NaiveBooks> {
  const organizationId = newUuid();
  const accountIds = Array.from({ length: ACCOUNTS + 1 }, newUuid);
  const [prefix, secret, pepper] = [6, 24, 24].map((bytes) => randomBytes(bytes).toString('hex')) as [
    string,
    string,
    string,
  ];
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('alter table ledger.transfer disable trigger transfer_proven');
    await client.query('insert into accounts.organization (id, name, mode) values ($1, $2, $3)', [
      organizationId,
      'Bench',
      'SANDBOX',
    ]);
    await client.query(
      `insert into accounts.api_key (id, organization_id, name, prefix, secret_hmac, scopes)
       values ($1, $2, 'bench', $3, $4, array['*'])`,
      [newUuid(), organizationId, prefix, hmacOf(secret, pepper)],
    );
    await client.query(
      "insert into ledger.holder (id, organization_id, kind) values ($1, $1, 'ORGANIZATION')",
      [organizationId],
    );
    await openAccounts(client, organizationId, accountIds);
    await client.query('commit');
    await client.query('analyze');
  } finally {
    await client.end();
  }
  const publicIds = accountIds.map((id) => formatId('acc', id));
  const hotId = publicIds.pop() as string;
  return { apiKey: `${prefix}.${secret}`, pepper, accountIds: publicIds, hotId };
}

async function openAccounts(client: pg.Client, organizationId: Uuid, ids: readonly Uuid[]): Promise<void> {
  const omnibusId = newUuid();
  await client.query(OPEN_ACCOUNTS, [organizationId, ids, FUNDS_MINOR]);
  await client.query(OPEN_OMNIBUS, [organizationId, omnibusId, FUNDS_MINOR, ids.length]);
  await client.query(FUND, [organizationId, omnibusId, FUNDS_MINOR, ids]);
}
