import { LessThan, MoreThan } from 'typeorm';
import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { WalletEntity } from './entities.ts';
import type { WalletRow } from './rows.ts';

/** All conditions hold at once; one that is left out does not matter. */
export interface WalletConditions {
  readonly customerId?: Uuid;
  readonly network?: string;
  readonly asset?: string;
}

/**
 * Up to `limit + 1` Wallets in walking direction. TypeORM writes the statement because the conditions differ from
 * call to call: one text with `$1 is null or ...` for each would get a generic plan that fits none of them.
 * Walks wallet_organization, or wallet_customer when a Customer is given. Safe to retry.
 */
export function listWallets(
  reads: Database,
  organizationId: Uuid,
  conditions: WalletConditions,
  page: Page & { readonly from: Uuid | null },
): Promise<readonly WalletRow[]> {
  const beyond = page.forward ? LessThan : MoreThan;
  return reads.read(organizationId, (tx) =>
    tx.manager.find(WalletEntity, {
      where: { organizationId, ...conditions, ...(page.from === null ? {} : { id: beyond(page.from) }) },
      order: { id: page.forward ? 'DESC' : 'ASC' },
      take: page.limit + 1,
    }),
  );
}
