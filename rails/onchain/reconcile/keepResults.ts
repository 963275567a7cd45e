import { arrayOf } from '../../../platform/arrays.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Unseen } from './findUnseen.ts';
import type { Reconciliation } from './reconcile.ts';

const KEEP_COMPARISONS = statement(
  'chain.keep_comparisons',
  `insert into chain.reconciliation (network, organization_id, asset, block_number, expected, actual, checked_at)
   select $1, organization_id, asset, $2, expected, actual, clock_timestamp()
     from unnest($3::uuid[], $4::text[], $5::numeric[], $6::numeric[])
          as compared(organization_id, asset, expected, actual)
   on conflict (network, organization_id, asset) do update
      set block_number = excluded.block_number, expected = excluded.expected, actual = excluded.actual,
          checked_at = excluded.checked_at`,
);

const OPEN_DIFFERENCES = statement(
  'chain.open_differences',
  `insert into chain.difference as known (id, network, organization_id, kind, asset, expected, actual, detail, block_number)
   select uuidv7(), $1, organization_id, 'BALANCE', asset, expected, actual,
          format('the books say %s, the chain has %s (minor units)', expected, actual), $2
     from unnest($3::uuid[], $4::text[], $5::numeric[], $6::numeric[])
          as compared(organization_id, asset, expected, actual)
    where expected <> actual
   on conflict (network, organization_id, kind, asset, address) where closed_at is null do update
      set expected = excluded.expected, actual = excluded.actual, detail = excluded.detail,
          block_number = excluded.block_number
   returning 1`,
);

/** One that agrees again is closed, and so is one of an organization that has nothing left on either side. */
const CLOSE_DIFFERENCES = statement(
  'chain.close_differences',
  `update chain.difference set closed_at = clock_timestamp()
    where network = $1 and kind = 'BALANCE' and closed_at is null
      and not exists (
        select from unnest($2::uuid[], $3::text[], $4::numeric[], $5::numeric[])
                    as compared(organization_id, asset, expected, actual)
         where compared.organization_id = difference.organization_id and compared.asset = difference.asset
           and expected <> actual)`,
);

const OPEN_UNSEEN = statement(
  'chain.open_unseen',
  `insert into chain.difference as known
     (id, network, organization_id, kind, asset, address, expected, actual, detail, block_number)
   select uuidv7(), $1, organization_id, 'INCOMING_UNSEEN', asset, address, expected, actual,
          format('%s has %s, of which %s came by nothing that was seen (minor units)',
                 address, actual, actual - expected), $2
     from unnest($3::uuid[], $4::text[], $5::text[], $6::numeric[], $7::numeric[])
          as found(organization_id, asset, address, expected, actual)
   on conflict (network, organization_id, kind, asset, address) where closed_at is null do update
      set expected = excluded.expected, actual = excluded.actual, detail = excluded.detail,
          block_number = excluded.block_number
   returning 1`,
);

const CLOSE_UNSEEN = statement(
  'chain.close_unseen',
  `update chain.difference set closed_at = clock_timestamp()
    where network = $1 and kind = 'INCOMING_UNSEEN' and closed_at is null
      and not exists (
        select from unnest($2::uuid[], $3::text[], $4::text[]) as found(organization_id, asset, address)
         where found.organization_id = difference.organization_id and found.asset = difference.asset
           and found.address = difference.address)`,
);

/**
 * Stores what was compared: the newest comparison of each holding, and a named item for each that differs, which closes
 * by itself when a later comparison agrees; likewise for each address at which something came unseen. Gives how many
 * holdings differ. Safe to retry.
 */
export async function keepResults(
  tx: Tx,
  network: string,
  reconciliation: Reconciliation,
  unseen: readonly Unseen[],
): Promise<number> {
  const { blockNumber, comparisons } = reconciliation;
  const columns = [
    arrayOf(comparisons, ({ organizationId }) => organizationId),
    arrayOf(comparisons, ({ asset }) => asset),
    arrayOf(comparisons, ({ expectedMinor }) => expectedMinor),
    arrayOf(comparisons, ({ actualMinor }) => actualMinor),
  ];
  const addresses = [
    arrayOf(unseen, ({ organizationId }) => organizationId),
    arrayOf(unseen, ({ asset }) => asset),
    arrayOf(unseen, ({ address }) => address),
  ];
  const amounts = [
    arrayOf(unseen, ({ explainedMinor }) => explainedMinor),
    arrayOf(unseen, ({ actualMinor }) => actualMinor),
  ];
  const [, opened] = await Promise.all([
    tx.rows(KEEP_COMPARISONS, [network, blockNumber, ...columns]),
    tx.rows(OPEN_DIFFERENCES, [network, blockNumber, ...columns]),
    tx.rows(CLOSE_DIFFERENCES, [network, ...columns]),
    tx.rows(OPEN_UNSEEN, [network, blockNumber, ...addresses, ...amounts]),
    tx.rows(CLOSE_UNSEEN, [network, ...addresses]),
  ]);
  return opened.length;
}
