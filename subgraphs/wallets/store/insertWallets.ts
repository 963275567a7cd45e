import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

export interface NewWallet {
  /** The uuid of the Account that was opened for it in this tx. */
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly customerId: Uuid | null;
  readonly network: string;
  readonly asset: string;
  readonly name: string | null;
}

const INSERT_WALLETS = statement(
  'wallets.insert_wallets',
  `insert into wallets.wallet (id, organization_id, customer_id, network, asset, name)
   select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[])`,
);

/** Writes new Wallets in one statement. Retry only with the whole tx. */
export async function insertWallets(tx: Tx, wallets: readonly NewWallet[]): Promise<void> {
  if (wallets.length === 0) return;
  await tx.rows(INSERT_WALLETS, [
    wallets.map((wallet) => wallet.id),
    wallets.map((wallet) => wallet.organizationId),
    wallets.map((wallet) => wallet.customerId),
    wallets.map((wallet) => wallet.network),
    wallets.map((wallet) => wallet.asset),
    wallets.map((wallet) => wallet.name),
  ]);
}
