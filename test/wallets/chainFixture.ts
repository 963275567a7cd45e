import type { Address } from 'viem';
import { formatId, parseId, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { ChainRows, newAddress } from '../harness/chainRows.ts';
import { createWallet, type Fixture, openFixture, type Party } from './fixture.ts';

export const MULTISEND: Address = newAddress();
export const USDC: Address = newAddress();

/** What one organization has on the chain POLYGON. */
export interface OnChain {
  /** Kept for its Customer, one for another Customer, and one of its own. */
  readonly walletId: Uuid;
  readonly otherWalletId: Uuid;
  readonly treasuryWalletId: Uuid;
  readonly otherCustomerId: Uuid;
  readonly deposits: readonly Uuid[];
  /** From `walletId` alone; and from it and `otherWalletId` at once. */
  readonly sent: Uuid;
  readonly multisend: Uuid;
  /** From `otherWalletId` alone; gathers deposits. */
  readonly otherSent: Uuid;
  readonly sweep: Uuid;
}

export type ChainFixture = Fixture & {
  readonly chain: ChainRows;
  readonly our: OnChain;
  readonly their: OnChain;
  /** A client token of our Customer. */
  readonly client: Viewer;
};

/** Two organizations with wallets, deposits, sends and differences on a connected network. */
export async function openChainFixture(): Promise<ChainFixture> {
  const fixture = await openFixture();
  const chain = new ChainRows(fixture.rows);
  await chain.connect('POLYGON', {
    chainId: 137,
    nativeAsset: 'POL',
    explorerUrl: 'https://explorer.example',
    multisend: MULTISEND,
    assets: [
      ['USDC', USDC, 6],
      ['POL', null, 18],
    ],
  });
  const our = await furnish(fixture, fixture.ours, chain);
  const their = await furnish(fixture, fixture.theirs, chain);
  const client: Viewer = {
    ...fixture.ours.viewer,
    kind: 'CLIENT',
    scopes: ['wallets:read'],
    customerId: fixture.ours.customerId,
  };
  return { ...fixture, chain, our, their, client };
}

async function furnish(
  fixture: Fixture,
  { organizationId, customerId, viewer }: Party,
  chain: ChainRows,
): Promise<OnChain> {
  const rootId = await chain.addRoot(organizationId);
  await chain.addCustody('POLYGON', organizationId, rootId, newAddress());
  const otherCustomerId = await fixture.addCustomer(organizationId);
  const open = async (customer: Uuid | null): Promise<Uuid> =>
    parseId(
      'wal',
      await createWallet(fixture.wallets, viewer, {
        network: 'POLYGON',
        asset: 'USDC',
        customerId: customer && formatId('cus', customer),
      }),
    ) as Uuid;
  const walletId = await open(customerId);
  const otherWalletId = await open(otherCustomerId);
  const treasuryWalletId = await open(null);
  const deposits = [
    await chain.addDeposit(walletId, { state: 'FINAL', block_number: 90 }),
    await chain.addDeposit(walletId, { state: 'ORPHANED', amount: 500_000_000 }),
    await chain.addDeposit(otherWalletId),
    await chain.addDeposit(treasuryWalletId, { credits: 'SUSPENSE', account_id: null }),
  ];
  const { id: sent, hash } = await chain.addSent([walletId]);
  await fixture.rows(
    `update chain.transaction set state = 'INCLUDED', outcome = 'SUCCEEDED', included_hash = $2, block_number = 118,
        block_hash = $2, block_at = '2026-11-23T10:00:04Z', gas_used = 50000, fee = 1500000000000000 where id = $1`,
    [sent, hash],
  );
  const { id: multisend } = await chain.addSent([walletId, otherWalletId]);
  const { id: otherSent } = await chain.addSent([otherWalletId]);
  const { id: sweep } = await chain.addSent([treasuryWalletId], { kind: 'SWEEP' });
  await fixture.rows(
    `update chain.send set account_id = null, purpose = 'SWEEP' where chain_transaction_id = $1`,
    [sweep],
  );
  const holding = { network: 'POLYGON', organization_id: organizationId, asset: 'USDC', block_number: 100 };
  await chain.insert('reconciliation', {
    ...holding,
    expected: 7_000_000,
    actual: 6_999_999,
    checked_at: '2026-11-23T10:00:00Z',
  });
  for (const closed_at of [null, '2026-11-23T11:00:00Z'])
    await fixture.rows(
      `insert into chain.difference (id, kind, detail, expected, actual, closed_at, network, organization_id, asset, block_number)
       values (uuidv7(), 'BALANCE', 'one unit is missing', 7000000, 6999999, $1, $2, $3, $4, $5)`,
      [closed_at, ...Object.values(holding)],
    );
  return {
    walletId,
    otherWalletId,
    treasuryWalletId,
    otherCustomerId,
    deposits,
    sent,
    multisend,
    otherSent,
    sweep,
  };
}
