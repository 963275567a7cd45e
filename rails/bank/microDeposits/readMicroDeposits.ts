import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ExternalAccountType } from '../externalAccounts/externalAccount.ts';
import { MICRO_DEPOSIT_COLUMNS, type MicroDepositRow } from './microDeposit.ts';

/** What sending to an ExternalAccount needs, sealed as it is kept. */
export interface SealedPlace {
  readonly id: Uuid;
  readonly type: ExternalAccountType;
  readonly asset: string;
  readonly bankCode: string | null;
  readonly sealed: Uint8Array;
  readonly microSealed: Uint8Array;
}

const FIND_SEALED = statement(
  'bank.find_sealed_place',
  `select id, type, assets[1] as asset, bank_code as "bankCode", sealed, micro_sealed as "microSealed"
     from bank.external_account where organization_id = $1 and id = $2 and micro_sealed is not null`,
);

/** Null for one that is not this organization's, or has no amounts. Role omsx_payments. Safe to retry. */
export async function findSealedPlace(
  reads: Database,
  organizationId: Uuid,
  id: Uuid,
): Promise<SealedPlace | null> {
  const [row] = await reads.readRows<SealedPlace>(organizationId, FIND_SEALED, [organizationId, id]);
  return row ?? null;
}

const FIND = statement(
  'bank.find_micro_deposits',
  `select ${MICRO_DEPOSIT_COLUMNS} from bank.micro_deposit micro
    where micro.organization_id = $1 and micro.external_account_id = any($2::uuid[])`,
);

/** In the order of the ids, null where nothing was sent. Role omsx_payments. Safe to retry. */
export async function findMicroDeposits(
  reads: Database,
  organizationId: Uuid,
  externalAccountIds: readonly Uuid[],
): Promise<readonly (MicroDepositRow | null)[]> {
  const rows = await reads.readRows<MicroDepositRow>(organizationId, FIND, [
    organizationId,
    arrayOf(externalAccountIds, (id) => id),
  ]);
  const found = new Map(rows.map((row) => [row.externalAccountId, row]));
  return externalAccountIds.map((id) => found.get(id) ?? null);
}
