import { checkLedger } from '../../../ledger/check.ts';
import { isEqual } from '../../../rails/onchain/reconcile/compare.ts';
import type { Reconciliation } from '../../../rails/onchain/reconcile/reconcile.ts';
import { reconcileOnce } from '../../../rails/onchain/reconcile/reconciler.ts';
import { silent, waitUntil } from '../sending.ts';
import type { Flows } from './world.ts';

/** Whatever is still under way, each by its name. */
const OPEN = `
  select 'payment ' || id || ' ' || status as open from payments.transaction
   where status in ('PROCESSING', 'AWAITING_ACTION')
  union all
  select purpose || ' ' || id || ' ' || state || ' waits for ' || coalesce(waits_for, 'nothing') from chain.send
   where state not in ('FINAL', 'FAILED', 'CANCELED') or (purpose = 'PAYMENT' and settled_version < version)
  union all
  select kind || ' ' || id || ' ' || state from chain.transaction
   where state not in ('FINAL', 'REFUSED') or (state = 'FINAL' and organization_id is not null and not fee_settled)
  union all
  select 'deposit ' || id || ' ' || state from chain.deposit
   where state not in ('FINAL', 'DROPPED') or settled_version < version
  union all
  select 'authorization ' || send_id || ' ' || state from chain.authorization where state in ('ASKED', 'SIGNED')
  union all
  select 'a hold of ' || id from ledger.account where debits_pending <> 0 or credits_pending <> 0
  union all
  select 'nonce of ' || address from chain.address a
   where next_nonce <> (select count(*) from chain.transaction t
                         where t.network = a.network and t.from_address = a.address and t.nonce is not null)
  order by 1`;

const GAPS = `
  select t.id from payments.transaction t
    join payments.transaction_event e on e.transaction_id = t.id
   group by t.id, t.version having array_agg(e.version order by e.version) <> array(select generate_series(1, t.version))`;

/** Nothing is left open, the books hold, and they say what the chain says. */
export async function expectSound(flows: Flows): Promise<void> {
  let open: readonly { readonly open: string }[] = [];
  await waitUntil(async () => {
    open = await flows.rows(OPEN);
    return open.length === 0;
  }).catch(() => undefined);
  expect(open).toEqual([]);
  expect(await flows.rows(GAPS)).toEqual([]);
  const promises = await checkLedger(flows.checks);
  expect(promises.filter(({ faulty }) => faulty > 0n)).toEqual([]);
  const reconciliation = await compare(flows);
  expect(reconciliation.comparisons.filter((one) => !isEqual(one))).toEqual([]);
  expect(await flows.rows('select * from chain.difference where closed_at is null')).toEqual([]);
}

/** As of a block that is newer than all that is in the tables. */
async function compare({ parts, network }: Flows): Promise<Reconciliation> {
  const head = await parts.client.tags();
  let found: Reconciliation | null = null;
  await waitUntil(async () => {
    const options = { database: parts.chainDatabase, network, client: parts.client, logger: silent };
    found = await reconcileOnce(options);
    return found !== null && found.blockNumber >= head.headNumber;
  });
  if (found === null) throw new Error('nothing was compared');
  return found;
}
