import { ACCOUNT_COLUMNS, type LedgerAccount } from '../../ledger/account.ts';
import { registerHolders } from '../../ledger/open.ts';
import type { Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { createTestDatabase } from '../harness/database.ts';

/** A database of its own with a pool for each role that touches the ledger. */
export interface LedgerDatabase {
  readonly url: string;
  /** Registers holders and opens accounts. */
  readonly accounts: Database;
  /** Posts. */
  readonly payments: Database;
  /** Reads one organization. */
  readonly reader: Database;
  /** Reads everything. */
  readonly check: Database;
  close(): Promise<void>;
}

const POOL_MAX = 4;

export async function openLedgerDatabase(): Promise<LedgerDatabase> {
  const { url, drop } = await createTestDatabase();
  const open = (role: string): Promise<Database> => openDatabase({ url, role, poolMax: POOL_MAX });
  const [accounts, payments, reader, check] = await Promise.all([
    open('omsx_accounts_writer'),
    open('omsx_payments_writer'),
    open('omsx_accounts'),
    open('omsx_check'),
  ]);
  return {
    url,
    accounts,
    payments,
    reader,
    check,
    async close() {
      await Promise.all([accounts, payments, reader, check].map((database) => database.close()));
      await drop();
    },
  };
}

const INSERT_ACCOUNT = statement(
  'test.insert_account',
  `insert into ledger.account (id, organization_id, holder_id, kind, asset, normal_side,
                               debits_must_not_exceed_credits)
   values ($1, $2, $3, $4, $5, $6, $7)`,
);

/** Stores empty Accounts under the ids that a test has chosen, also system accounts. */
export async function storeAccounts(
  ledger: LedgerDatabase,
  accounts: readonly LedgerAccount[],
): Promise<void> {
  const organizationIds = new Set<Uuid>(accounts.map((account) => account.organizationId));
  await ledger.accounts.write(async (tx) => {
    await registerHolders(
      tx,
      [...organizationIds].map((id) => ({ id, organizationId: id, kind: 'ORGANIZATION' })),
    );
    await Promise.all(
      accounts.map((account) =>
        tx.rows(INSERT_ACCOUNT, [
          account.id,
          account.organizationId,
          account.holderId,
          account.kind,
          account.asset,
          account.normalSide,
          account.debitsMustNotExceedCredits,
        ]),
      ),
    );
  });
}

/** These Accounts as they are stored. */
export async function storedAccounts(
  ledger: LedgerDatabase,
  ids: readonly Uuid[],
): Promise<readonly LedgerAccount[]> {
  return await ledger.check.dataSource.query(
    `select ${ACCOUNT_COLUMNS} from ledger.account where id = any($1::uuid[]) order by id`,
    [ids],
  );
}
