import type { Address } from 'viem';
import { formatId, newUuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { type Answer, acc, ask } from '../../payments/fixture.ts';
import { ask as askWallets } from '../../wallets/fixture.ts';
import { waitUntil } from '../sending.ts';
import type { Tenant } from './tenant.ts';
import type { Flows } from './world.ts';

const PLACE = `id status address externalId expectedAmount { amount } singleUse isUsed wallet { id } customer { id } network { code } asset { code }
  metadata { key value }`;

const RESULT = `{ __typename ... on DepositAddress { ${PLACE} } ... on Failure { code }
  ... on InvalidInput { field } ... on NotFound { missing: id }`;

/** Runs one of the mutations on deposit addresses and gives its result. */
export async function act(
  flows: Flows,
  viewer: Viewer,
  name: 'create' | 'pause' | 'resume' | 'close',
  input: object,
): Promise<Answer> {
  const isCreate = name === 'create';
  const type = isCreate ? 'CreateDepositAddressInput' : 'ChangeDepositAddressInput';
  const own = isCreate
    ? '... on ExternalIdTaken { existingId }'
    : '... on DepositAddressClosed { depositAddressId }';
  const text = `mutation ($input: ${type}!) { result: ${name}DepositAddress(input: $input) ${RESULT} ${own} } }`;
  const keyed = { idempotencyKey: newUuid(), ...input };
  return (await askWallets(flows.parts.wallets, viewer, text, { input: keyed })).result;
}

/** A new deposit address of the tenant's Wallet, and the tenant as whoever pays there sees it. */
export async function newPlace(
  flows: Flows,
  tenant: Tenant,
  more: object = {},
): Promise<{ readonly id: string; readonly at: Tenant }> {
  const made = await act(flows, tenant.viewer, 'create', {
    walletId: formatId('wal', tenant.walletId),
    ...more,
  });
  expect(made).toMatchObject({ __typename: 'DepositAddress', status: 'ACTIVE' });
  const address = present<Address>(made.address, 'an address').toLowerCase() as Address;
  return { id: made.id, at: { ...tenant, address } };
}

const NODE = `... on DepositAddress { transactions(first: 100) { edges { node { id } } } }`;

/** Ids of the Transactions that came in there, newest first. */
export async function transactionsAt(flows: Flows, viewer: Viewer, id: string): Promise<readonly string[]> {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ${NODE} } }`;
  const of = [{ __typename: 'DepositAddress', id }];
  const { _entities } = await ask(flows.parts.payments(), viewer, query, { of });
  return _entities[0].transactions.edges.map(({ node }: Answer) => node.id);
}

const SOURCE = `query ($id: ID!) { transaction(id: $id) { type status finality
  source { rail address account { id } depositAddress { id } chainTransaction { id } } destination { wallet { id } } } }`;

export async function sourceOf(flows: Flows, viewer: Viewer, id: string): Promise<Answer> {
  return (await ask(flows.parts.payments(), viewer, SOURCE, { id })).transaction;
}

/** Deposits that are nobody's, once there are so many. */
export async function inSuspense(flows: Flows, viewer: Viewer, count: number): Promise<readonly Answer[]> {
  const query = `{ chainTransactions(first: 100, filter: { inSuspense: true }) { edges { node {
    id suspenseReason depositAddress { id } amount { amount } } } } }`;
  let found: readonly Answer[] = [];
  await waitUntil(async () => {
    const { chainTransactions } = await askWallets(flows.parts.wallets, viewer, query);
    found = chainTransactions.edges.map(({ node }: Answer) => node);
    return found.length === count;
  });
  return found;
}

export async function assign(flows: Flows, tenant: Tenant, chainTransactionId: string): Promise<Answer> {
  const query = `mutation ($input: AssignDepositInput!) { result: assignDeposit(input: $input) { __typename
    ... on Transaction { id status finality events { kind } } ... on InvalidInput { field } ... on Failure { code } } }`;
  const input = { idempotencyKey: newUuid(), chainTransactionId, accountId: acc(tenant.walletId) };
  return (await ask(flows.parts.payments(), tenant.viewer, query, { input })).result;
}
