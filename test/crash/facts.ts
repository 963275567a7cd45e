import pg from 'pg';
import { formatId, type Uuid } from '../../platform/id.ts';
import type { Delivery } from './checkDeliveries.ts';

/** What the database holds, read past all of our own code, as superuser. Ids are public ones, amounts minor units. */
export interface Facts {
  readonly transactions: readonly StoredTransaction[];
  /** How many rows keep the result of each idempotency key. */
  readonly results: ReadonlyMap<string, readonly string[]>;
  /** Customers by the key that made them. */
  readonly customers: ReadonlyMap<string, number>;
  /** Fundings as the ledger has them, by amount. */
  readonly fundings: readonly bigint[];
  /** Sum of all balances of customers and the treasury. */
  readonly heldMinor: bigint;
}

export interface StoredTransaction {
  readonly id: string;
  /** The idempotency key, which the payer put into the metadata: not unique there, so that doubles show. */
  readonly key: string;
  readonly status: string;
  readonly version: number;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
  /** Kinds of its steps in order of version, such as `CREATED,COMPLETED`. */
  readonly steps: string;
  /** Its Transfers in order of id, such as `PENDING 500`. */
  readonly transfers: readonly string[];
}

/** Runs `work` with a connection that sees everything. */
export async function asSuperuser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'crash-test' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const TRANSACTIONS = `
  select txn.id, txn.metadata->>'key' as key, txn.status, txn.version, txn.captured_amount::text as captured,
         txn.refunded_amount::text as refunded,
         array_to_string(array(select kind from payments.transaction_event event
                                where event.transaction_id = txn.id order by event.version), ',') as steps,
         array(select kind || ' ' || amount from ledger.transfer transfer
                where transfer.transaction_id = txn.id order by transfer.debit_version) as transfers
    from payments.transaction txn where txn.organization_id = $1`;

interface TransactionRow {
  readonly id: Uuid;
  readonly key: string | null;
  readonly status: string;
  readonly version: number;
  readonly captured: string;
  readonly refunded: string;
  readonly steps: string;
  readonly transfers: readonly string[];
}

export function readFacts(url: string, organizationId: Uuid): Promise<Facts> {
  return asSuperuser(url, async (client) => {
    // The join of Transfers by transaction has no index of its own: this is no query of the product.
    await client.query('create index if not exists crash_test_facts on ledger.transfer (transaction_id)');
    const transactions = await client.query<TransactionRow>(TRANSACTIONS, [organizationId]);
    const results = await client.query<{ key: string; type: string }>(
      `select key, result->>'type' as type from platform.idempotency where organization_id = $1`,
      [organizationId],
    );
    const customers = await client.query<{ key: string; count: string }>(
      `select metadata->>'key' as key, count(*) from accounts.customer
        where organization_id = $1 and metadata ? 'key' group by 1`,
      [organizationId],
    );
    const fundings = await client.query<{ amount: string }>(
      'select amount::text from ledger.transfer where organization_id = $1 and transaction_id is null',
      [organizationId],
    );
    const held = await client.query<{ sum: string }>(
      `select coalesce(sum(credits_posted - debits_posted), 0)::text as sum from ledger.account
        where organization_id = $1 and kind in ('CUSTOMER', 'TREASURY')`,
      [organizationId],
    );
    return {
      transactions: transactions.rows.map(toStored),
      results: groupBy(results.rows.map((row) => [row.key, row.type])),
      customers: new Map(customers.rows.map((row) => [row.key, Number(row.count)])),
      fundings: fundings.rows.map((row) => BigInt(row.amount)),
      heldMinor: BigInt(held.rows[0]?.sum ?? '0'),
    };
  });
}

function toStored(row: TransactionRow): StoredTransaction {
  return {
    id: formatId('txn', row.id),
    key: row.key ?? '',
    status: row.status,
    version: row.version,
    capturedMinor: BigInt(row.captured),
    refundedMinor: BigInt(row.refunded),
    steps: row.steps,
    transfers: row.transfers,
  };
}

function groupBy(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
}

/** Which steps a subscriber should have got. */
export interface Watched {
  readonly organizationId: Uuid;
  /** Uuid of the account or customer that the subscriber filters by; null for all. */
  readonly subject: Uuid | null;
  /** Position before the first message, as `parseCursor` reads it. */
  readonly after: { readonly xid: bigint; readonly seq: bigint };
}

/**
 * The steps of payments.transaction_event in the outbox's order. A step without an outbox row, or with two, shows
 * as a difference, because the two tables are joined from the side of the steps.
 */
export function readSteps(client: pg.Client, watched: Watched): Promise<readonly Delivery[]> {
  return readDeliveries(
    client,
    `select step.transaction_id as id, step.version
       from payments.transaction_event step
       left join platform.outbox event on event.aggregate_id = step.transaction_id and event.version = step.version
      where step.organization_id = $1 and ($2::uuid is null or $2 = any(event.subjects))
        and (event.xid is null or (event.xid, event.seq) > ($3::xid8, $4::bigint))
      order by event.xid, event.seq`,
    watched,
    'txn',
  );
}

/** The balances that events told of one account, in the outbox's order. */
export function readBalances(client: pg.Client, watched: Watched): Promise<readonly Delivery[]> {
  return readDeliveries(
    client,
    `select (balance->>'accountId')::uuid as id, (balance->>'version')::int as version
       from platform.outbox event, jsonb_array_elements(event.payload->'balances') as balance
      where event.organization_id = $1 and balance->>'accountId' = $2::uuid::text
        and (event.xid, event.seq) > ($3::xid8, $4::bigint)
      order by event.xid, event.seq`,
    watched,
    'acc',
  );
}

async function readDeliveries(
  client: pg.Client,
  sql: string,
  { organizationId, subject, after }: Watched,
  prefix: 'txn' | 'acc',
): Promise<readonly Delivery[]> {
  const values = [organizationId, subject, String(after.xid), String(after.seq)];
  const found = await client.query<{ id: Uuid; version: number }>(sql, values);
  return found.rows.map(({ id, version }) => ({ id: formatId(prefix, id), version }));
}
