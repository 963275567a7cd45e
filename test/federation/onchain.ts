import pg from 'pg';
import { formatId, parseId, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { ChainClient } from '../../rails/onchain/rpc/chainReader.ts';
import { ChainRows, newAddress, type Rows } from '../harness/chainRows.ts';
import type { Inventory, World } from './world.ts';

/** What an organization has besides when it is on a chain as well. */
export type OnchainInventory = Inventory & {
  readonly chx: string;
  readonly sentId: string;
  readonly onchainWalletId: string;
  readonly dep: string;
};

/** A chain at which everybody has one minor unit. */
export const richChain = {
  tags: async () => ({ headNumber: 120n }),
  balances: async (_: unknown, owners: readonly unknown[]) => owners.map(() => 1n),
} as unknown as ChainClient;

/** Connects POLYGON, once for a world. */
export async function connectChain(world: World): Promise<void> {
  await asOwner(world, (rows) =>
    new ChainRows(rows).connect('POLYGON', {
      chainId: 137,
      nativeAsset: 'POL',
      assets: [
        ['USDC', newAddress(), 6],
        ['POL', null, 18],
      ],
    }),
  );
}

/** Gives an organization a wallet on POLYGON, a deposit, a send, and a difference between books and chain. */
export async function furnishChain(world: World, viewer: Viewer, own: Inventory): Promise<OnchainInventory> {
  const { organizationId } = viewer;
  const input = { idempotencyKey: 'furnish-chain', customerId: own.cus, network: 'POLYGON', asset: 'USDC' };
  const text =
    'mutation ($input: CreateWalletInput!) { createWallet(input: $input) { ... on Wallet { id } } }';
  return await asOwner(world, async (rows) => {
    const chain = new ChainRows(rows);
    await chain.addCustody('POLYGON', organizationId, await chain.addRoot(organizationId), newAddress());
    const { data } = await world.run(viewer, text, { input });
    const onchainWalletId = (data as unknown as { createWallet: { id: string } }).createWallet.id;
    const walletId = parseId('wal', onchainWalletId) as Uuid;
    const deposit = await chain.addDeposit(walletId);
    const { id: sent } = await chain.addSent([walletId]);
    const holding = { network: 'POLYGON', organization_id: organizationId, asset: 'USDC', block_number: 100 };
    const amounts = { expected: 2_000_000, actual: 1_000_000 };
    await chain.insert('reconciliation', { ...holding, ...amounts, checked_at: '2026-11-23T10:00:00Z' });
    await rows(
      `insert into chain.difference (id, kind, detail, network, organization_id, asset, block_number)
       values (uuidv7(), 'BALANCE', 'a difference', $1, $2, $3, $4)`,
      Object.values(holding),
    );
    const dep = await makeDepositAddress(world, viewer, onchainWalletId);
    return { ...own, chx: formatId('chx', deposit), sentId: formatId('chx', sent), onchainWalletId, dep };
  });
}

async function makeDepositAddress(world: World, viewer: Viewer, walletId: string): Promise<string> {
  const text = `mutation ($input: CreateDepositAddressInput!) {
    createDepositAddress(input: $input) { ... on DepositAddress { id } } }`;
  const input = { idempotencyKey: 'furnish-place', walletId, externalId: 'a place' };
  const { data } = await world.run(viewer, text, { input });
  return (data as unknown as { createDepositAddress: { id: string } }).createDepositAddress.id;
}

/** Runs SQL as superuser. */
export async function asOwner<T>(world: World, work: (rows: Rows) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    return await work(async (sql, values = []) => (await client.query(sql, [...values])).rows);
  } finally {
    await client.end();
  }
}
