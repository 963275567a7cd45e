import { type Answer, acc, ask, newKey } from '../payments/fixture.ts';
import { WIRE } from './asks.ts';
import type { Tenant as TenantOfBank, World } from './world.ts';

/** Who asks: a tenant of this world, or of another with refunds over rails. */
type Tenant = Pick<TenantOfBank, 'organizationId' | 'viewer' | 'accountId'>;

const TRANSACTION = `id type status version refundOf { id } refundedAmount { amount } refundingAmount { amount }
  source { rail account { id } } destination { rail bankAccount reference orderId cashPickup { network recipientName } }
  refundRecovery { state attempt retries nextAttemptAt reasonCode retriedById }
  returnPolicy { onReturn retries accountId } suspendedReturn { reason assignedAccountId }
  events { version kind status relatedTransaction { id } reason { code message retryable } expectedBy }`;

const RESULT = `__typename ... on Transaction { ${TRANSACTION} } ... on Failure { code message }
  ... on InvalidInput { field value expected }`;

/** What tests of refunds over rails ask. */
export interface RefundAsks {
  /** Money that arrives for the tenant's account, and the id of its Transaction. */
  arrival(tenant: Tenant, amount: string, more?: object): Promise<string>;
  refund(tenant: Tenant, id: string, more?: object): Promise<Answer>;
  retry(tenant: Tenant, id: string, more?: object): Promise<Answer>;
  dismiss(tenant: Tenant, id: string, reason: string): Promise<Answer>;
  assign(tenant: Tenant, id: string, accountId: string, more?: object): Promise<Answer>;
  read(tenant: Tenant, id: string): Promise<Answer>;
  /** Ids of what somebody has to do something about. */
  open(tenant: Tenant, field: 'escalatedRefunds' | 'suspendedReturns'): Promise<readonly string[]>;
  untilStatus(tenant: Tenant, id: string, status: string): Promise<Answer>;
}

export function createRefundAsks(world: Pick<World, 'fixture' | 'eventually'>): RefundAsks {
  const { payments, rows } = world.fixture;
  async function change(tenant: Tenant, name: string, input: object, more = ''): Promise<Answer> {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { result: ${name}(input: $input) { ${RESULT} ${more} } }`;
    const answer = await ask(payments, tenant.viewer, text, {
      input: { idempotencyKey: newKey(), ...input },
    });
    return answer.result;
  }
  const asks: RefundAsks = {
    async arrival(tenant, amount, more = {}) {
      const before = await rows('select 1 from payments.transaction where organization_id = $1', [
        tenant.organizationId,
      ]);
      const text = `mutation ($input: SimulateBankDepositInput!) { result: simulateBankDeposit(input: $input) {
        __typename ... on Failure { message } } }`;
      const input = {
        idempotencyKey: newKey(),
        rail: 'WIRE',
        amount,
        reference: acc(tenant.accountId),
        payer: WIRE,
        ...more,
      };
      const { result } = await ask(payments, tenant.viewer, text, { input });
      expect(result).toMatchObject({ __typename: 'SandboxDone' });
      const list = `{ transactions(first: 1) { edges { node { id } } } }`;
      await world.eventually(
        () => rows('select 1 from payments.transaction where organization_id = $1', [tenant.organizationId]),
        (now) => now.length === before.length + 1,
      );
      return (await ask(payments, tenant.viewer, list)).transactions.edges[0].node.id;
    },
    refund: (tenant, id, more = {}) =>
      change(
        tenant,
        'refundTransaction',
        { id, ...more },
        '... on RefundExceedsCaptured { refundable { amount } }',
      ),
    retry: (tenant, id, more = {}) => change(tenant, 'retryRefund', { id, ...more }),
    dismiss: (tenant, id, reason) => change(tenant, 'dismissRefund', { id, reason }),
    assign: (tenant, id, accountId, more = {}) => change(tenant, 'assignReturn', { id, accountId, ...more }),
    async read(tenant, id) {
      const text = `query ($id: ID!) { transaction(id: $id) { ${TRANSACTION} } }`;
      return (await ask(payments, tenant.viewer, text, { id })).transaction;
    },
    async open(tenant, field) {
      const answer = await ask(
        payments,
        tenant.viewer,
        `{ list: ${field}(first: 50) { edges { node { id } } } }`,
      );
      return answer.list.edges.map(({ node }: Answer) => node.id);
    },
    untilStatus: (tenant, id, status) =>
      world.eventually(
        () => asks.read(tenant, id),
        (now) => now.status === status,
      ),
  };
  return asks;
}
