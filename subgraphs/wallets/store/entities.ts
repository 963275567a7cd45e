import { EntitySchema } from 'typeorm';
import type { NetworkAssetRow, NetworkRow } from '../domain/catalogue.ts';
import type { WalletRow } from './rows.ts';

/** How TypeORM reads our tables. No relations: a join that nobody wrote cannot become a query that nobody sees. */
export const WalletEntity = new EntitySchema<WalletRow>({
  name: 'Wallet',
  schema: 'wallets',
  tableName: 'wallet',
  columns: {
    id: { type: 'uuid', primary: true },
    organizationId: { type: 'uuid', name: 'organization_id' },
    customerId: { type: 'uuid', name: 'customer_id', nullable: true },
    network: { type: 'text' },
    asset: { type: 'text' },
    name: { type: 'text', nullable: true },
    status: { type: 'text' },
    version: { type: 'integer' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export const NetworkEntity = new EntitySchema<NetworkRow>({
  name: 'Network',
  schema: 'wallets',
  tableName: 'network',
  columns: {
    code: { type: 'text', primary: true },
    name: { type: 'text' },
    kind: { type: 'text' },
  },
});

export const NetworkAssetEntity = new EntitySchema<NetworkAssetRow>({
  name: 'NetworkAsset',
  schema: 'wallets',
  tableName: 'network_asset',
  columns: {
    network: { type: 'text', primary: true },
    asset: { type: 'text', primary: true },
  },
});
