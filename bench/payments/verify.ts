import pg from 'pg';
import type { System } from './system.ts';

/** Each answers the number of faults; the same tables hold the books of both systems. */
const CHECKS: Readonly<Record<string, string>> = {
  'accounts whose counters are not the sum of their transfers': `
    select count(*) from ledger.account a left join (
      select account_id, sum(debit) as debits, sum(credit) as credits, count(*) as entries, max(version) as version
        from (select debit_account_id as account_id, amount as debit, 0 as credit, debit_version as version
                from ledger.transfer
              union all
              select credit_account_id, 0, amount, credit_version from ledger.transfer) entry
       group by account_id) e on e.account_id = a.id
     where a.debits_posted <> coalesce(e.debits, 0) or a.credits_posted <> coalesce(e.credits, 0)
        or a.version <> coalesce(e.entries, 0) or a.version <> coalesce(e.version, 0)`,
  'accounts that are overdrawn': `
    select count(*) from ledger.account
     where debits_must_not_exceed_credits and debits_posted + debits_pending > credits_posted`,
  'transactions without exactly one transfer of their amount': `
    select count(*) from payments.transaction t
      left join (select transaction_id, count(*) as transfers, sum(amount) as amount
                   from ledger.transfer where transaction_id is not null group by 1) r on r.transaction_id = t.id
     where r.transfers is distinct from 1 or r.amount <> t.source_amount`,
  'transactions without exactly the steps 1 and 2': `
    select count(*) from payments.transaction t
      left join (select transaction_id, array_agg(version order by version) as versions
                   from payments.transaction_event group by 1) e on e.transaction_id = t.id
     where e.versions is distinct from array[1, 2] or t.version <> 2 or t.status <> 'COMPLETED'`,
  'transactions whose steps are not in the outbox': `
    select count(*) from payments.transaction t
      left join (select aggregate_id, array_agg(version order by version) as versions
                   from platform.outbox where type like 'Transaction%' group by 1) o on o.aggregate_id = t.id
     where o.versions is distinct from array[1, 2]`,
};

// A hash over everything beats an index look-up for each Transfer.
const SETTINGS = "set work_mem = '256MB'; set statement_timeout = '120s'; analyze";

/** @throws when the books of a system do not hold what it answered. */
export async function verifyBooks(system: System, answered: number): Promise<void> {
  const client = new pg.Client({ connectionString: system.postgres.url });
  await client.connect();
  try {
    await client.query(SETTINGS);
    const faults: string[] = [];
    const count = async (sql: string): Promise<number> =>
      Number.parseInt((await client.query<{ count: string }>(sql)).rows[0]?.count ?? '', 10);
    for (const [name, sql] of Object.entries(CHECKS)) {
      const found = await count(sql);
      if (found !== 0) faults.push(`${found} ${name}`);
    }
    const transactions = await count('select count(*) from payments.transaction');
    if (transactions !== answered) faults.push(`${transactions} transactions for ${answered} answers`);
    const keys = await count(
      "select count(*) from platform.idempotency where operation = 'createTransaction'",
    );
    if (keys !== answered) faults.push(`${keys} idempotency keys for ${answered} answers`);
    if (faults.length > 0) throw new Error(`the books of ${system.name} are wrong: ${faults.join(', ')}`);
  } finally {
    await client.end();
  }
}
