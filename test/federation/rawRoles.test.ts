import pg from 'pg';
import { newUuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { connectChain, furnishChain } from './onchain.ts';
import { createWorld, furnish, type World } from './world.ts';

/**
 * Goal: SQL that forgets its organization finds nothing. Method: every table that has an `organization_id`, found in
 * the catalogue, is read and written as every role of the request path, past all of our code.
 */
const ROLES = ['omsx_accounts', 'omsx_wallets', 'omsx_payments'] as const;
const DENIED = '42501';
const READ_ONLY_DENIALS = new Set([DENIED, '25006']);

interface Table {
  readonly name: string;
  readonly role: string;
}

let world: World;
let spy: Viewer;
let victim: Viewer;
let readable: readonly Table[];

beforeAll(async () => {
  world = await createWorld({ cached: false });
  spy = (await world.addOrganization('Spy')).viewer;
  victim = (await world.addOrganization('Victim')).viewer;
  await connectChain(world);
  for (const viewer of [spy, victim]) await furnishChain(world, viewer, await furnish(world, viewer));
  await asOwner(plantOnchainLegs);
  await asOwner(plantWebhooks);
  await asOwner(plantPayouts);
  await asOwner(plantRefunds);
  await asOwner(plantStatements);
  await asOwner(plantScreenings);
  await asOwner(plantGates);
  await asOwner(plantMicroDeposits);
  await asOwner(plantCash);
  readable = await asOwner(async (client) => {
    const { rows } = await client.query<Table>(
      `select format('%I.%I', namespace.nspname, class.relname) as name, role
         from pg_class class
         join pg_namespace namespace on namespace.oid = class.relnamespace
         join pg_attribute attribute on attribute.attrelid = class.oid and attribute.attname = 'organization_id'
        cross join unnest($1::text[]) as role
        where namespace.nspname in ('platform', 'ledger', 'accounts', 'wallets', 'payments', 'chain', 'bank', 'cash')
          and class.relkind in ('r', 'p') and has_schema_privilege(role, namespace.oid, 'usage')
          and has_any_column_privilege(role, class.oid, 'select')
        order by 1, 2`,
      [ROLES],
    );
    return rows;
  });
});

afterAll(async () => {
  await world.close();
});

/** No Transaction of this world goes to a chain, and a policy is asked for rows only. */
async function plantOnchainLegs(client: pg.Client): Promise<void> {
  await client.query(
    `insert into payments.onchain_leg (transaction_id, organization_id, side, network, address, stage)
     select distinct on (organization_id) id, organization_id, 'SOURCE', 'POLYGON', '0x' || repeat('a', 40), 'SUBMITTED'
       from payments.transaction order by organization_id, id`,
  );
}

/** Nobody of this world has a webhook. */
async function plantWebhooks(client: pg.Client): Promise<void> {
  for (const { organizationId } of [spy, victim]) {
    const id = newUuid();
    await client.query(
      `insert into payments.webhook_endpoint (id, organization_id, url, events, compliance_only, ordered)
       values ($1, $2, 'https://hooks.example.com/', '{}', false, true)`,
      [id, organizationId],
    );
    await client.query(
      `insert into payments.webhook_key (id, organization_id, endpoint_id, sealed, public_key) values ($1, $2, $1, 'x', 'x')`,
      [id, organizationId],
    );
    await client.query(
      `insert into payments.webhook_delivery (id, organization_id, endpoint_id, event_id, xid, seq, type, aggregate_id,
         version, body, occurred_at, status) values ($1, $2, $1, $1, '1', 1, 'webhook.test', $1, 1, '{}', now(), 'SKIPPED')`,
      [id, organizationId],
    );
    await client.query(
      `insert into payments.webhook_attempt (delivery_id, number, organization_id, started_at, latency_ms, outcome,
         request_headers) values ($1, 1, $2, now(), 1, 'TIMEOUT', '{}')`,
      [id, organizationId],
    );
  }
}

/** Nor did anybody hand in payouts or set limits. */
async function plantPayouts(client: pg.Client): Promise<void> {
  await client.query(
    `with own as (select distinct on (organization_id) organization_id, source_account_id as account_id
                    from payments.transaction order by organization_id, id),
          batch as (
       insert into payments.payout_batch select gen_random_uuid(), organization_id, 'VALIDATED', 1, account_id, false,
              'USD', 'key', null, null, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, now(), now(), null from own
       returning id, organization_id, source_account_id),
          policy as (
       insert into payments.limit_policy select gen_random_uuid(), organization_id, null, 'USD', 1, 1, 1, 1, 'key',
              now(), now() from own
       returning id, organization_id),
          item as (
       insert into payments.payout_item select id, 1, gen_random_uuid(), organization_id, 'PENDING', source_account_id,
              null, false, 1, null, null, '{}', null, null, null, now() from batch)
     insert into payments.limit_usage select id, current_date, organization_id, 1, 1 from policy`,
  );
}

/** And no rail sent anything back. */
async function plantRefunds(client: pg.Client): Promise<void> {
  await client.query(
    `with own as (select distinct on (organization_id) id, organization_id
                    from payments.transaction order by organization_id, id),
          policy as (
       insert into payments.return_policy select id, organization_id, 'CREDIT_SOURCE', null, 1 from own),
          usual as (
       insert into payments.return_default select organization_id, 'CREDIT_SOURCE', null, 1, 'key', now() from own),
          suspended as (
       insert into payments.suspended_return select id, organization_id, 'BY_POLICY', now(), null, null from own)
     insert into payments.refund_recovery select id, organization_id, 'ESCALATED', 1, 0, null, null, 'AC04', now(), now()
       from own`,
  );
}

/** And no bank has told anybody anything. */
async function plantStatements(client: pg.Client): Promise<void> {
  await client.query(
    `with own as (select distinct organization_id from payments.transaction),
          message as (
       insert into bank.message (id, adapter, direction, key, sealed, outcome)
       values (gen_random_uuid(), 'BANK', 'IN', 'planted', 'x', 'APPLIED') returning id),
          statement as (
       insert into bank.statement (id, adapter, organization_id, asset, key, source, closed_on, covers_until, line_count,
         message_id)
       select gen_random_uuid(), 'BANK', organization_id, 'USD', 'planted', 'FEED', current_date, now(), 1, message.id
         from own, message returning id, organization_id),
          line as (
       insert into bank.statement_line (id, statement_id, adapter, organization_id, asset, key, place, amount, booked_on)
       select gen_random_uuid(), id, 'BANK', organization_id, 'USD', 'planted', 1, 1, current_date from statement
       returning id, organization_id)
     insert into bank.reconciliation_item (id, adapter, organization_id, kind, line_id, detail)
     select gen_random_uuid(), 'BANK', organization_id, 'MISSING_OURS', id, 'planted' from line`,
  );
}

async function plantScreenings(client: pg.Client): Promise<void> {
  await client.query(
    `insert into payments.screening (id, organization_id, subject, subject_id, outcome, list_version, matches, screened_at)
     select distinct on (organization_id) gen_random_uuid(), organization_id, 'TRANSACTION', id, 'CLEAR', 'v', '[]', now()
       from payments.transaction order by organization_id, id`,
  );
}

/** Nor does anything wait for approval or review. */
async function plantGates(client: pg.Client): Promise<void> {
  await client.query(
    `with own as (select distinct on (organization_id) organization_id, id from payments.transaction
                   order by organization_id, id),
          policy as (
       insert into payments.approval_policy select organization_id, 1, '[]', 1, 'key', now() from own),
          gate as (
       insert into payments.gate select id, organization_id, 'BOOK', '{}', null, 'WAITING', true, false from own),
          approval as (
       insert into payments.approval select gen_random_uuid(), organization_id, 'TRANSACTION', id, 'OPEN', 1, 1, '{}', 1,
              'key', now(), now() + interval '1 day', null from own
       returning id, organization_id),
          decision as (
       insert into payments.approval_decision select id, 'other', organization_id, null, 'APPROVE', null, now()
         from approval)
     insert into payments.review select gen_random_uuid(), organization_id, 'TRANSACTION', id, 'OPEN', 1, '{SCREENING}',
            '[]', null, 'key', null, null, null, now(), null from own`,
  );
}

/** No bank is connected to this world. */
async function plantMicroDeposits(client: pg.Client): Promise<void> {
  await client.query(
    `insert into bank.micro_deposit (external_account_id, organization_id, account_id, rail, asset, hold_id,
       first_order_id, second_order_id, expected_by)
     select id, organization_id, id, 'ACH', 'USD', id, id, id, now() from bank.external_account`,
  );
}

/** Nor did anybody pay in cash. */
async function plantCash(client: pg.Client): Promise<void> {
  await client.query(
    `with own as (select distinct on (organization_id) organization_id, source_account_id as account_id,
                         gen_random_uuid() as cash_in_id, gen_random_uuid() as order_id
                    from payments.transaction order by organization_id, id),
          wish as (
       insert into cash.order (id, organization_id, kind, account_id, cash_in_id, adapter, network, asset, amount, expires_at)
       select order_id, organization_id, 'CODE', account_id, cash_in_id, 'SIMULATOR', 'COUNTERS_US', 'USD', 1, now() from own
       returning id, organization_id),
          receipt as (
       insert into cash.receipt (id, organization_id, adapter, provider_id, network, asset, amount, paid_at)
       select gen_random_uuid(), organization_id, 'SIMULATOR', id, 'COUNTERS_US', 'USD', 1, now() from wish)
     insert into payments.cash_in (id, organization_id, account_id, account_is_wallet, network, asset, amount, fee_amount,
       fee_flat, fee_parts_per_million, fees_account_id, status, version, order_id, refreshes, expires_at, metadata,
       created_at, updated_at)
     select cash_in_id, organization_id, account_id, false, 'COUNTERS_US', 'USD', 1, 0, 0, 0, account_id, 'CANCELED', 1,
            order_id, 0, now(), '{}', now(), now() from own`,
  );
}

async function asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** SQLSTATE of the failure, or null when the statement went through. */
async function faultOf(
  client: pg.Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<string | null> {
  await client.query('savepoint attempt');
  const fault = await client.query(sql, [...values]).then(
    () => null,
    (error: { code?: string }) => error.code ?? 'unknown',
  );
  await client.query('rollback to savepoint attempt');
  return fault;
}

test('the tables of every schema are among those that are tried', () => {
  const schemas = new Set(readable.map(({ name }) => name.split('.')[0]));
  expect([...schemas].sort()).toEqual(['accounts', 'bank', 'cash', 'chain', 'ledger', 'payments', 'wallets']);
});

test('a role sees its own organization only, and nothing at all when none was named', async () => {
  await asOwner(async (client) => {
    for (const { name, role } of readable) {
      await client.query('begin');
      await client.query(`set local role ${role}`);
      const unnamed = await faultOf(client, `select count(organization_id) from ${name}`);
      await client.query(`select set_config('app.organization', $1, true)`, [spy.organizationId]);
      const { rows } = await client.query<{ organization: string }>(
        `select distinct organization_id as organization from ${name}`,
      );
      await client.query('rollback');
      expect({
        name,
        role,
        unnamed: unnamed === null,
        seen: rows.map((row) => row.organization).filter((id) => id !== spy.organizationId),
      }).toEqual({ name, role, unnamed: false, seen: [] });
    }
  });
});

test('the same tables do hold rows of both', async () => {
  await asOwner(async (client) => {
    for (const name of [
      'ledger.account',
      'ledger.transfer',
      'accounts.customer',
      'accounts.customer_screening',
      'wallets.wallet',
      'payments.transaction',
      'payments.onchain_leg',
      'bank.external_account',
      'bank.virtual_account',
      'bank.micro_deposit',
      'payments.payout_batch',
      'payments.payout_item',
      'payments.limit_policy',
      'payments.limit_usage',
      'bank.statement',
      'bank.statement_line',
      'bank.reconciliation_item',
      'payments.cash_in',
      'cash.order',
      'cash.receipt',
      'chain.address',
      'chain.deposit_address',
      'chain.deposit',
      'chain.send',
      'chain.transaction',
      'chain.attempt',
      'chain.reconciliation',
      'chain.difference',
    ]) {
      const { rows } = await client.query<{ count: string }>(
        `select count(distinct organization_id) from ${name}`,
      );
      expect({ name, organizations: rows[0]?.count }).toEqual({ name, organizations: '2' });
    }
  });
});

test('no role of the request path may change a row of any table', async () => {
  await asOwner(async (client) => {
    for (const { name, role } of readable) {
      await client.query('begin');
      await client.query(`set local role ${role}`);
      await client.query(`select set_config('app.organization', $1, true)`, [victim.organizationId]);
      const faults = [
        await faultOf(client, `update ${name} set organization_id = organization_id`),
        await faultOf(client, `delete from ${name}`),
        await faultOf(client, `insert into ${name} (organization_id) values ($1)`, [victim.organizationId]),
        await faultOf(client, `truncate ${name}`),
      ];
      await client.query('rollback');
      expect({
        name,
        role,
        denied: faults.map((fault) => fault !== null && READ_ONLY_DENIALS.has(fault)),
      }).toEqual({ name, role, denied: [true, true, true, true] });
    }
  });
});
