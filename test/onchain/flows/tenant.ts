import { type Address, erc20Abi, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { registerHolders } from '../../../ledger/open.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { localContracts } from '../../../rails/onchain/localContracts.ts';
import { type Answer, ask, keyOf, mutate, succeed, wal } from '../../payments/fixture.ts';
import { createWallet } from '../../wallets/fixture.ts';
import { waitUntil } from '../sending.ts';
import type { Flows } from './world.ts';

type FlowAsset = 'USDC' | 'ETH';

/** An organization with one Wallet on the chain. */
export interface Tenant {
  readonly organizationId: Uuid;
  readonly viewer: Viewer;
  readonly walletId: Uuid;
  readonly asset: FlowAsset;
  /** Where money for the Wallet arrives. */
  readonly address: Address;
}

export async function addTenant(flows: Flows, asset: FlowAsset = 'USDC'): Promise<Tenant> {
  const id = newUuid();
  await flows.books.write((tx) => registerHolders(tx, [{ id, organizationId: id, kind: 'ORGANIZATION' }]));
  return await addWallet(flows, id, asset);
}

/** Of another customer of an organization. */
export async function addWallet(
  flows: Flows,
  organizationId: Uuid,
  asset: FlowAsset = 'USDC',
): Promise<Tenant> {
  const customerId = newUuid();
  await flows.books.write((tx) =>
    registerHolders(tx, [{ id: customerId, organizationId, kind: 'CUSTOMER' }]),
  );
  const viewer = keyOf(organizationId);
  const input = { network: 'LOCAL', asset, customerId: formatId('cus', customerId) };
  const walletId = parseId('wal', await createWallet(flows.parts.wallets, viewer, input)) as Uuid;
  let address: Address | undefined;
  await waitUntil(async () => {
    const [row] = await flows.rows<{ address: Address }>(
      // The custody address of a new organization may come a moment after the first of its Wallets'.
      `select address from chain.address a where wallet_id = $1 and exists (select from chain.address c
         where c.network = a.network and c.organization_id = a.organization_id and c.purpose = 'CUSTODY')`,
      [walletId],
    );
    address = row?.address;
    return address !== undefined;
  });
  return { organizationId, viewer, walletId, asset, address: present(address, 'an address') };
}

/** Somebody outside pays in; the answer comes when a block has it. */
export async function payIn(flows: Flows, tenant: Tenant, amountMinor: bigint): Promise<Hex> {
  const { chain } = flows;
  if (tenant.asset === 'ETH') {
    const holder = await chain.makeHolder();
    return await chain.walletOf(holder).sendTransaction({ to: tenant.address, value: amountMinor });
  }
  const holder = await chain.makeHolder(amountMinor);
  return await chain.walletOf(holder).writeContract({
    address: localContracts.usdc,
    abi: erc20Abi,
    functionName: 'transfer',
    args: [tenant.address, amountMinor],
  });
}

/** A deposit that is final and in the books. Gives its Transaction. */
export async function deposit(flows: Flows, tenant: Tenant, amountMinor: bigint): Promise<Answer> {
  const hash = await payIn(flows, tenant, amountMinor);
  return await arrival(flows, tenant, hash);
}

/** The Transaction that a payment became, once it is COMPLETED. */
export async function arrival(flows: Flows, tenant: Tenant, hash: string): Promise<Answer> {
  let id: Uuid | null = null;
  await waitUntil(async () => {
    const [row] = await flows.rows<{ id: Uuid | null }>(
      `select transaction_id as id from chain.deposit
        where transaction_hash = lower($1) and organization_id = $2 and state = 'FINAL' and settled_version = version`,
      [hash, tenant.organizationId],
    );
    id = row?.id ?? null;
    return id !== null;
  });
  return await timeline(flows, tenant, formatId('txn', present(id as Uuid | null, 'a Transaction')));
}

export const newOutside = (): Address => privateKeyToAddress(generatePrivateKey());

/** @param amount in units of the Wallet's Asset. Gives the id of the Transaction. */
export async function send(flows: Flows, tenant: Tenant, amount: string, to: Address): Promise<string> {
  const { walletId, asset, viewer } = tenant;
  const input = { sourceId: wal(walletId), destinationAddress: to, amount, asset };
  return (await succeed(flows.parts.payments(), viewer, 'createTransaction', input)).id;
}

export async function command(
  flows: Flows,
  tenant: Tenant,
  name: 'cancelTransaction' | 'accelerateTransaction',
  id: string,
): Promise<string> {
  const input = name === 'cancelTransaction' ? { id } : { transactionId: id };
  return (await mutate(flows.parts.payments(), tenant.viewer, name, input)).result.__typename;
}

const TIMELINE = `query ($id: ID!) { transaction(id: $id) {
  id type status finality version
  events { version kind status terminal reason { code } }
} }`;

export async function timeline(flows: Flows, tenant: Tenant, id: string): Promise<Answer> {
  return (await ask(flows.parts.payments(), tenant.viewer, TIMELINE, { id })).transaction;
}

/** Its end, whichever that is. */
export async function ended(flows: Flows, tenant: Tenant, id: string): Promise<Answer> {
  let last: Answer;
  await waitUntil(async () => {
    last = await timeline(flows, tenant, id);
    return last.status !== 'PROCESSING';
  });
  return last;
}

/** Until the row of a send satisfies `condition`, in SQL. */
export async function untilSend(flows: Flows, id: string, condition: string): Promise<void> {
  await waitUntil(async () => {
    const found = await flows.rows(`select 1 from chain.send s where id = $1 and (${condition})`, [
      parseId('txn', id),
    ]);
    return found.length === 1;
  });
}

/** What the Wallet may spend, in minor units. */
export async function available(flows: Flows, tenant: Tenant): Promise<bigint> {
  const [row] = await flows.rows<{ available: string }>(
    'select credits_posted - debits_posted - debits_pending as available from ledger.account where id = $1',
    [tenant.walletId],
  );
  return BigInt(present(row, 'an account').available);
}

/** Posted, on the side that grows, of a system account of the organization on the chain. */
export async function held(
  flows: Flows,
  tenant: Tenant,
  kind: 'FEES' | 'OMNIBUS',
  asset: FlowAsset,
): Promise<bigint> {
  const [row] = await flows.rows<{ held: string }>(
    `select abs(credits_posted - debits_posted) as held from ledger.account
      where organization_id = $1 and kind = $2 and asset = $3 and place = 'LOCAL'`,
    [tenant.organizationId, kind, asset],
  );
  return BigInt(row?.held ?? 0n);
}

/** Coins and tokens lie at the custody address, ready to be sent; one unit of the money has gone. */
export async function stock(flows: Flows, tenant: Tenant, amountMinor: bigint): Promise<void> {
  await deposit(flows, tenant, amountMinor);
  const end = await ended(flows, tenant, await send(flows, tenant, '1', newOutside()));
  expect(end.status).toBe('COMPLETED');
}
