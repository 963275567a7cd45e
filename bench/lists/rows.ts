import type pg from 'pg';

/** Copies get times and ids of the year before, and nothing that has to be unique. */
const COPY = `
  with copied as (
    select original from payments.transaction original cross join generate_series(1, 100)
     where original.description is distinct from 'bench copy' limit $1),
  timed as (select original, clock_timestamp() - interval '1 year' * random() as at from copied)
  insert into payments.transaction
  select copy.* from timed
   cross join lateral jsonb_populate_record(timed.original, jsonb_build_object(
     'id', (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' ||
            substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
     'description', 'bench copy', 'external_id', null, 'refund_of', null, 'quote_id', null,
     'created_at', at, 'updated_at', at,
     'completed_at', case when (timed.original).completed_at is not null then at end)) copy`;

const CHUNK = 50_000;

/** Copies Transactions until there are `size`. @param root superuser: triggers that prove the books have nothing to prove */
export async function growTo(root: pg.Client, size: number): Promise<void> {
  await root.query("set session_replication_role = 'replica'");
  for (;;) {
    const { rows } = await root.query('select count(*)::int as count from payments.transaction');
    const missing = size - (rows[0]?.count ?? 0);
    if (missing <= 0) break;
    await root.query(COPY, [Math.min(missing, CHUNK)]);
  }
  await root.query('vacuum (analyze) payments.transaction');
}
