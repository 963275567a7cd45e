import { arrayOf, arrayOfText } from '../../../../platform/arrays.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import { feeKey, type PlatformFee } from '../../domain/quoteFacts.ts';

const READ_FEES = statement(
  'payments.read_platform_fees',
  `select fee.organization_id as "organizationId", fee.asset, fee.flat as "flatMinor",
          fee.parts_per_million::bigint as "partsPerMillion"
     from payments.platform_fee fee
    where (fee.organization_id, fee.asset) in (select * from unnest($1::uuid[], $2::text[]))`,
);

/** What organizations charge, by `feeKey`; none where nothing was set. Takes no lock: a change counts from then on. */
export async function readPlatformFees(
  tx: Tx,
  asked: readonly Pick<PlatformFee, 'organizationId' | 'asset'>[],
): Promise<ReadonlyMap<string, PlatformFee>> {
  if (asked.length === 0) return new Map();
  const rows = await tx.rows<PlatformFee>(READ_FEES, [
    arrayOf(asked, ({ organizationId }) => organizationId),
    arrayOfText(asked, ({ asset }) => asset),
  ]);
  return new Map(rows.map((fee) => [feeKey(fee.organizationId, fee.asset), fee]));
}

const WRITE_FEES = statement(
  'payments.write_platform_fees',
  `insert into payments.platform_fee (organization_id, asset, flat, parts_per_million, updated_at)
   select organization_id, asset, flat, parts_per_million, clock_timestamp()
     from unnest($1::uuid[], $2::text[], $3::numeric[], $4::int[]) as changed(organization_id, asset, flat, parts_per_million)
    order by organization_id, asset
   on conflict (organization_id, asset) do update set flat = excluded.flat,
     parts_per_million = excluded.parts_per_million, updated_at = excluded.updated_at`,
);

/** Retry only with the whole tx. */
export async function writePlatformFees(tx: Tx, changed: readonly PlatformFee[]): Promise<void> {
  if (changed.length === 0) return;
  await tx.rows(WRITE_FEES, [
    arrayOf(changed, ({ organizationId }) => organizationId),
    arrayOfText(changed, ({ asset }) => asset),
    arrayOf(changed, ({ flatMinor }) => flatMinor),
    arrayOf(changed, ({ partsPerMillion }) => partsPerMillion),
  ]);
}
