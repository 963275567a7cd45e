import { arrayOf, arrayOfText } from '../platform/arrays.ts';
import type { Uuid } from '../platform/id.ts';
import { invariant, present } from '../platform/invariant.ts';
import type { Tx } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import type { HolderAccountKind, Restriction, SystemAccountKind } from './account.ts';
import { isEmpty } from './balance.ts';
import { CHART } from './chart.ts';
import type { LedgerRejection, OpenRejection } from './errors.ts';

/** A party whose books we keep. For an ORGANIZATION `id` and `organizationId` are the same. */
export interface NewHolder {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly kind: 'ORGANIZATION' | 'CUSTOMER';
  /** What its Accounts begin with; none when left out. */
  readonly restrictions?: readonly Restriction[];
}

export interface NewAccount {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly holderId: Uuid;
  readonly kind: HolderAccountKind;
  /** Code of the asset. */
  readonly asset: string;
  readonly backsWallet?: boolean;
  readonly name?: string | null;
}

export type OpenResult = 'OPENED' | OpenRejection;

export interface SystemAccount {
  readonly organizationId: Uuid;
  readonly kind: SystemAccountKind;
  /** Code of an asset that is known to exist. */
  readonly asset: string;
  /** Code of the Network that it stands for; of OMNIBUS, CLEARING and FEES only, '' when left out. */
  readonly place?: string;
}

export type CloseResult =
  | 'CLOSED'
  | Extract<LedgerRejection, { code: 'ACCOUNT_NOT_EMPTY' | 'ACCOUNT_NOT_FOUND' }>;

const REGISTER_HOLDERS = statement(
  'ledger.register_holders',
  `insert into ledger.holder (id, organization_id, kind, restrictions)
   select id, organization_id, kind, string_to_array(restrictions, ' ')
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as asked(id, organization_id, kind, restrictions)
    order by id
   on conflict do nothing`,
);

/** Registers parties; one that is there already is left as it is. Role omsx_accounts_writer. Safe to retry. */
export async function registerHolders(tx: Tx, holders: readonly NewHolder[]): Promise<void> {
  if (holders.length === 0) return;
  await tx.rows(REGISTER_HOLDERS, [
    arrayOf(holders, (holder) => holder.id),
    arrayOf(holders, (holder) => holder.organizationId),
    arrayOf(holders, (holder) => holder.kind),
    arrayOfText(holders, (holder) => (holder.restrictions ?? []).join(' ')),
  ]);
}

const OPEN_ACCOUNTS = statement(
  'ledger.open_accounts',
  `with asked as (
     select asked.*, holder.id is not null as holder_found, asset.code is not null as asset_found
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::boolean[],
                   $8::boolean[], $9::text[])
            with ordinality as asked(id, organization_id, holder_id, kind, asset, normal_side, bound,
                                     backs_wallet, name, place)
       left join ledger.holder on holder.organization_id = asked.organization_id and holder.id = asked.holder_id
       left join ledger.asset on asset.code = asked.asset),
   opened as (
     insert into ledger.account (id, organization_id, holder_id, kind, asset, normal_side,
                                 debits_must_not_exceed_credits, backs_wallet, name)
     select id, organization_id, holder_id, kind, asset, normal_side, bound, backs_wallet, name
       from asked where holder_found and asset_found order by id
     on conflict (id) do nothing)
   select holder_found as "holderFound", asset_found as "assetFound" from asked order by place`,
);

/**
 * A statement of its own, behind the insert: that has the key-share lock of the holder by now, so that whoever changes
 * its restrictions (`restrictHolders`, FOR UPDATE) came before and is seen here, or waits and sees these Accounts.
 */
const COPY_RESTRICTIONS = statement(
  'ledger.copy_restrictions',
  `update ledger.account set restrictions = case when account.asset = any(holder.bank_assets)
          then array_remove(holder.restrictions, 'BANK') else holder.restrictions end
     from ledger.holder
    where account.id = any($1::uuid[]) and account.version = 0 and holder.id = account.holder_id
      and holder.restrictions <> '{}'`,
);

/** What is stored under the ids now: ours, or what somebody opened under the same id before. */
const READ_OPENED = statement(
  'ledger.read_opened',
  `select id, organization_id as "organizationId", holder_id as "holderId", kind, asset,
          backs_wallet as "backsWallet"
     from ledger.account where id = any($1::uuid[])`,
);

type Opened = Required<Omit<NewAccount, 'name'>>;

/**
 * Opens Accounts and answers each, in order, in one round trip. The organization's and the customer's holder
 * must be registered. Safe to retry with the same ids: an Account that is there already counts as opened.
 */
export async function openAccounts(tx: Tx, accounts: readonly NewAccount[]): Promise<readonly OpenResult[]> {
  if (accounts.length === 0) return [];
  const ids = arrayOf(accounts, (account) => account.id);
  const [found, , stored] = await Promise.all([
    tx.rows<{ readonly holderFound: boolean; readonly assetFound: boolean }>(OPEN_ACCOUNTS, [
      ids,
      arrayOf(accounts, (account) => account.organizationId),
      arrayOf(accounts, (account) => account.holderId),
      arrayOf(accounts, (account) => account.kind),
      arrayOfText(accounts, (account) => account.asset),
      arrayOf(accounts, (account) => CHART[account.kind].normalSide),
      arrayOf(accounts, (account) => String(CHART[account.kind].debitsMustNotExceedCredits)),
      arrayOf(accounts, (account) => String(account.backsWallet ?? false)),
      arrayOfText(accounts, (account) => account.name ?? null),
    ]),
    tx.rows(COPY_RESTRICTIONS, [ids]),
    tx.rows<Opened>(READ_OPENED, [ids]),
  ]);
  const storedById = new Map(stored.map((account) => [account.id, account]));
  return accounts.map((account, index) => {
    const { holderFound, assetFound } = present(found[index], 'answer of open_accounts');
    if (!holderFound) return { code: 'HOLDER_NOT_FOUND', holderId: account.holderId };
    if (!assetFound) return { code: 'ASSET_NOT_FOUND', asset: account.asset };
    const opened = present(storedById.get(account.id), 'opened account');
    return isSame(account, opened) ? 'OPENED' : { code: 'ACCOUNT_ID_REUSED', accountId: account.id };
  });
}

function isSame(asked: NewAccount, stored: Opened): boolean {
  return (
    stored.organizationId === asked.organizationId &&
    stored.holderId === asked.holderId &&
    stored.kind === asked.kind &&
    stored.asset === asked.asset &&
    stored.backsWallet === (asked.backsWallet ?? false)
  );
}

const FIND_SYSTEM_ACCOUNTS = statement(
  'ledger.find_system_accounts',
  `select account.id
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
          with ordinality as wanted(organization_id, kind, asset, place, number)
     left join ledger.account on account.organization_id = wanted.organization_id and account.kind = wanted.kind
       and account.asset = wanted.asset and account.place = wanted.place
       and account.kind in ('FEES', 'OMNIBUS', 'CLEARING', 'CONVERSION', 'SUSPENSE')
    order by number`,
);

/** In one order, so that two that insert the same keys wait for one another instead of deadlocking. */
const OPEN_SYSTEM_ACCOUNTS = statement(
  'ledger.open_system_accounts',
  `insert into ledger.account (id, organization_id, holder_id, kind, asset, place, normal_side,
                               debits_must_not_exceed_credits)
   select uuidv7(), organization_id, organization_id, kind, asset, place, normal_side, false
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
          as wanted(organization_id, kind, asset, place, normal_side)
    order by organization_id, kind, asset, place
   on conflict (organization_id, kind, asset, place)
     where kind in ('FEES', 'OMNIBUS', 'CLEARING', 'CONVERSION', 'SUSPENSE') do nothing`,
);

/**
 * Ids of system accounts, in order, made where missing; concurrent callers get the same ids. Their holder is
 * the organization, which must be registered. Safe to retry.
 *
 * @throws a violation of `account_holder` or `account_asset` when organization or asset is unknown.
 */
export async function ensureSystemAccounts(
  tx: Tx,
  wanted: readonly SystemAccount[],
): Promise<readonly Uuid[]> {
  if (wanted.length === 0) return [];
  const found = await findSystemAccounts(tx, wanted);
  const missing = wanted.filter((_account, index) => found[index] === null);
  if (missing.length === 0) return found as readonly Uuid[];
  const [, ids] = await Promise.all([
    tx.rows(OPEN_SYSTEM_ACCOUNTS, [
      ...systemArrays(missing),
      arrayOf(missing, (account) => CHART[account.kind].normalSide),
    ]),
    // A new statement has a new snapshot, so that it sees what another process has made meanwhile.
    findSystemAccounts(tx, wanted),
  ]);
  return ids.map((id) => present(id, 'system account'));
}

async function findSystemAccounts(
  tx: Tx,
  wanted: readonly SystemAccount[],
): Promise<readonly (Uuid | null)[]> {
  const rows = await tx.rows<{ readonly id: Uuid | null }>(FIND_SYSTEM_ACCOUNTS, systemArrays(wanted));
  invariant(rows.length === wanted.length, `${rows.length} rows for ${wanted.length} system accounts`);
  return rows.map((row) => row.id);
}

function systemArrays(accounts: readonly SystemAccount[]): readonly string[] {
  return [
    arrayOf(accounts, (account) => account.organizationId),
    arrayOf(accounts, (account) => account.kind),
    arrayOfText(accounts, (account) => account.asset),
    arrayOfText(accounts, (account) => account.place ?? ''),
  ];
}

const LOCK_FOR_CLOSING = statement(
  'ledger.lock_for_closing',
  `select debits_pending as "debitsPending", debits_posted as "debitsPosted",
          credits_pending as "creditsPending", credits_posted as "creditsPosted"
     from ledger.account where id = $1 for no key update`,
);

const CLOSE_ACCOUNT = statement(
  'ledger.close_account',
  'update ledger.account set closed_at = clock_timestamp() where id = $1 and closed_at is null',
);

/** Closes an empty Account; one that is closed already is CLOSED. Locks it until the end of the tx. Safe to retry. */
export async function closeAccount(tx: Tx, accountId: Uuid): Promise<CloseResult> {
  const [account] = await tx.rows<Parameters<typeof isEmpty>[0]>(LOCK_FOR_CLOSING, [accountId]);
  if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND', accountId };
  if (!isEmpty(account)) return { code: 'ACCOUNT_NOT_EMPTY', accountId };
  await tx.rows(CLOSE_ACCOUNT, [accountId]);
  return 'CLOSED';
}
