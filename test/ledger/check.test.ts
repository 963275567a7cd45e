import { BANK_CHECKS } from '../../ledger/bankChecks.ts';
import { CASH_CHECKS } from '../../ledger/cashChecks.ts';
import { checkLedger, formatChecks } from '../../ledger/check.ts';
import { LEDGER_CHECKS, PAYMENT_CHECKS } from '../../ledger/checkStatements.ts';
import { GATE_CHECKS } from '../../ledger/gateChecks.ts';
import { ONCHAIN_CHECKS } from '../../ledger/onchainChecks.ts';
import { PAYOUT_CHECKS } from '../../ledger/payoutChecks.ts';
import { postJournals } from '../../ledger/post.ts';
import { QUOTE_CHECKS } from '../../ledger/quoteChecks.ts';
import { RECONCILIATION_CHECKS } from '../../ledger/reconciliationChecks.ts';
import { REFUND_CHECKS } from '../../ledger/refundChecks.ts';
import type { Uuid } from '../../platform/id.ts';
import { type Database, openDatabase, type Tx } from '../../platform/postgres.ts';
import { type Statement, statement } from '../../platform/statement.ts';
import { journalOf, testAccount } from './books.ts';
import { scopeAt } from './commands.ts';
import { type LedgerDatabase, openLedgerDatabase, storeAccounts } from './database.ts';

const scope = scopeAt(0);
const { organizationId, otherOrganizationId } = scope;
const [OMNIBUS, ANN, BEN, FOREIGN] = [1, 2, 3, 4].map(scope.newId) as [Uuid, Uuid, Uuid, Uuid];
const [FUNDING, PARTIAL, CAPTURE, PAID, HELD] = [11, 12, 13, 14, 15].map(scope.newId) as [
  Uuid,
  Uuid,
  Uuid,
  Uuid,
  Uuid,
];
const [COMPLETED, AWAITING] = [31, 32].map(scope.newId) as [Uuid, Uuid];

let ledger: LedgerDatabase;
/** Superuser: past policies, and with triggers and foreign keys switched off. */
let admin: Database;

beforeAll(async () => {
  ledger = await openLedgerDatabase();
  admin = await openDatabase({ url: ledger.url, role: new URL(ledger.url).username, poolMax: 1 });
  const own = { organizationId, holderId: organizationId };
  await storeAccounts(ledger, [
    testAccount(OMNIBUS, 'OMNIBUS', own),
    testAccount(ANN, 'CUSTOMER', own),
    testAccount(BEN, 'CUSTOMER', own),
    testAccount(FOREIGN, 'CUSTOMER', { organizationId: otherOrganizationId, holderId: otherOrganizationId }),
  ]);
  const fromAnn = { debitAccountId: ANN, creditAccountId: BEN };
  const journals = [
    journalOf(
      scope.newId(21),
      { kind: 'SINGLE', id: FUNDING, debitAccountId: OMNIBUS, creditAccountId: ANN, amount: 100n },
      { kind: 'PENDING', id: PARTIAL, ...fromAnn, amount: 30n },
      { kind: 'POST_PENDING', id: CAPTURE, pendingId: PARTIAL, amount: 20n },
    ),
    {
      ...journalOf(scope.newId(22), { kind: 'SINGLE', id: PAID, ...fromAnn, amount: 15n }),
      transactionId: COMPLETED,
    },
    {
      ...journalOf(scope.newId(23), { kind: 'PENDING', id: HELD, ...fromAnn, amount: 5n }),
      transactionId: AWAITING,
    },
  ] as const;
  const results = await ledger.payments.write(async (tx) => {
    await storeTransaction(tx, COMPLETED, 'COMPLETED', 15, null);
    await storeTransaction(tx, AWAITING, 'AWAITING_ACTION', 0, HELD);
    return await postJournals(
      tx,
      journals.map((journal) => ({ ...journal, organizationId })),
    );
  });
  expect(results.map((result) => result.status)).toEqual(['POSTED', 'POSTED', 'POSTED']);
});

afterAll(async () => {
  await admin.close();
  await ledger.close();
});

async function storeTransaction(
  tx: Tx,
  id: Uuid,
  status: string,
  captured: number,
  holdId: Uuid | null,
): Promise<void> {
  await tx.rows(
    statement(
      'test.insert_transaction',
      `insert into payments.transaction (id, organization_id, type, status, finality, capture_method, version,
         source_rail, source_account_id, source_is_wallet, source_asset, source_amount, destination_rail,
         destination_account_id, destination_is_wallet, destination_asset, destination_amount, captured_amount,
         hold_id, created_at, updated_at, completed_at)
       values ($1, $2, 'BOOK', $3, 'FINAL', 'MANUAL', 2, 'BOOK', $4, false, 'USD', 15, 'BOOK', $5, false, 'USD', 15,
         $6, $7, now(), now(), case when $3 = 'COMPLETED' then now() end)`,
    ),
    [id, organizationId, status, ANN, BEN, captured, holdId],
  );
  await tx.rows(
    statement(
      'test.insert_events',
      `insert into payments.transaction_event (transaction_id, version, id, organization_id, kind, status, terminal,
         occurred_at)
       select $1, version, gen_random_uuid(), $2, 'CREATED', 'PROCESSING', false, now()
         from generate_series(1, 2) as version`,
    ),
    [id, organizationId],
  );
}

let plants = 0;

function sql(text: string): Statement {
  plants += 1;
  return statement(`test.plant_${plants}`, text);
}

class RolledBack extends Error {}

/** What the checks find as omsx_check after `plant`, all of which is undone. */
async function brokenAfter(...plant: readonly string[]): Promise<readonly string[]> {
  let found: readonly string[] = [];
  const work = admin.write(async (tx) => {
    await tx.rows(sql('set local session_replication_role = replica'));
    for (const text of plant) await tx.rows(sql(text));
    await tx.rows(sql('set local role omsx_check'));
    const read = <T>(_organizationId: Uuid, run: (tx: Tx) => Promise<T>): Promise<T> => run(tx);
    const results = await checkLedger({ ...ledger.check, read } as Database);
    found = results.filter((result) => result.faulty > 0n).map((result) => result.promise);
    throw new RolledBack();
  });
  await expect(work).rejects.toThrow(RolledBack);
  return found;
}

const COPY_CAPTURE = `insert into ledger.transfer
  select (jsonb_populate_record(transfer, jsonb_build_object('id', gen_random_uuid(),
           'debit_version', debit_version + 100, 'credit_version', credit_version + 100))).*
    from ledger.transfer where id = '${CAPTURE}'`;

describe('ledger:check', () => {
  it('finds nothing wrong with sound books, and says what it looked at', async () => {
    const results = await checkLedger(ledger.check);
    const elsewhere = [
      ...[...ONCHAIN_CHECKS, ...PAYOUT_CHECKS, ...QUOTE_CHECKS, ...BANK_CHECKS, ...GATE_CHECKS],
      ...[...CASH_CHECKS, ...REFUND_CHECKS, ...RECONCILIATION_CHECKS],
    ];
    expect(results).toHaveLength(LEDGER_CHECKS.length + PAYMENT_CHECKS.length + elsewhere.length);
    expect(results.filter((result) => result.faulty > 0n)).toEqual([]);
    // Nothing looked at would also be nothing found.
    // What has to do with chains, payouts, quotes, banks and cash is planted beside their tests.
    const planted = new Set(elsewhere.map(({ promise }) => promise));
    expect(results.filter(({ checked, promise }) => checked === 0n && !planted.has(promise))).toEqual([]);
    expect(formatChecks(results).split('\n')).toHaveLength(results.length);
  });

  it.each<[string, readonly string[]]>([
    [
      'Debits equal credits',
      [`update ledger.account set credits_posted = credits_posted + 1 where id = '${ANN}'`],
    ],
    [
      'Debits equal credits',
      [`update ledger.account set debits_pending = debits_pending + 1 where id = '${ANN}'`],
    ],
    [
      'The counters of each account',
      [
        `update ledger.account set debits_posted = debits_posted + 1 where id = '${ANN}'`,
        `update ledger.account set credits_posted = credits_posted + 1 where id = '${BEN}'`,
      ],
    ],
    [
      'The counters of each account',
      [`update ledger.transfer set amount = amount + 1 where id = '${FUNDING}'`],
    ],
    ['The Entries of each account', [`update ledger.transfer set debit_version = 99 where id = '${PAID}'`]],
    ['The Entries of each account', [`update ledger.account set version = version + 1 where id = '${ANN}'`]],
    ['The Entries of each account', [`delete from ledger.transfer where id = '${PAID}'`]],
    [
      'Both accounts of each Transfer',
      [`update ledger.transfer set credit_account_id = '${FOREIGN}' where id = '${PAID}'`],
    ],
    ['Both accounts of each Transfer', [`update ledger.transfer set asset = 'EUR' where id = '${PAID}'`]],
    ['Both accounts of each Transfer', [`delete from ledger.account where id = '${BEN}'`]],
    ['Each Entry follows', [`update ledger.transfer set debit_posted_after = 1 where id = '${PAID}'`]],
    [
      'Each Entry follows',
      [`update ledger.transfer set credit_credits_pending_after = 1 where id = '${PAID}'`],
    ],
    [
      'Each Entry follows',
      [`update ledger.transfer set created_at = created_at - interval '1 day' where id = '${PAID}'`],
    ],
    [
      'No bound account is overdrawn',
      [
        'alter table ledger.account drop constraint account_no_overdraft',
        `update ledger.account set debits_posted = 101 where id = '${ANN}'`,
      ],
    ],
    [
      'No bound account is overdrawn',
      [
        'alter table ledger.account drop constraint account_closed_is_empty',
        `update ledger.account set closed_at = now() where id = '${ANN}'`,
      ],
    ],
    [
      'Each Hold is resolved at most once',
      ['drop index ledger.transfer_pending_resolved_once', COPY_CAPTURE],
    ],
    ['Each resolution is of a Hold', [`update ledger.transfer set amount = 31 where id = '${CAPTURE}'`]],
    [
      'Each resolution is of a Hold',
      [`update ledger.transfer set pending_id = '${FUNDING}' where id = '${CAPTURE}'`],
    ],
    [
      'Each resolution is of a Hold',
      [`update ledger.transfer set credit_account_id = '${OMNIBUS}' where id = '${CAPTURE}'`],
    ],
    [
      'What each completed Transaction',
      [`update payments.transaction set captured_amount = 14 where id = '${COMPLETED}'`],
    ],
    [
      'What each completed Transaction',
      [`update ledger.transfer set transaction_id = null where id = '${PAID}'`],
    ],
    [
      'Each Transaction that holds funds',
      [`update payments.transaction set hold_id = null where id = '${AWAITING}'`],
    ],
    [
      'Each Transaction that holds funds',
      [`update payments.transaction set hold_id = '${PARTIAL}' where id = '${AWAITING}'`],
    ],
    [
      'Each Transaction that holds funds',
      [`update ledger.transfer set transaction_id = null where id = '${HELD}'`],
    ],
    ['Each Transaction that holds funds', [`delete from payments.transaction where id = '${AWAITING}'`]],
    [
      'The events of each Transaction',
      [`update payments.transaction set version = 3 where id = '${COMPLETED}'`],
    ],
    [
      'The events of each Transaction',
      [
        `update payments.transaction_event set version = 5 where transaction_id = '${COMPLETED}' and version = 1`,
      ],
    ],
    [
      'The events of each Transaction',
      [`delete from payments.transaction_event where transaction_id = '${AWAITING}'`],
    ],
    ['The events of each Transaction', [`delete from payments.transaction where id = '${AWAITING}'`]],
  ])('finds a broken promise: %s (%s)', async (promise, plant) => {
    expect(await brokenAfter(...plant)).toContainEqual(expect.stringContaining(promise));
  });
});
