import { newUuid } from '../../platform/id.ts';
import { controlSimulator } from '../../rails/bank/simulator/client.ts';
import { SECRET, type Tenant, type World } from '../bank/world.ts';
import { type Answer, acc, ask, newKey } from '../payments/fixture.ts';

const ITEM = `id adapter kind status difference { amount asset { code } } detail openedAt closedAt resolution closedBy reason
  reversedAt line: booking { id bankId amount { amount } bookedOn endToEndId counterparty text state
    inSuspense { amount } takenOutBy assignedTransaction { id type status } } transaction { id status }
  receipt { id amount { amount } }`;

const QUERIES = {
  items: `query ($filter: ReconciliationItemFilter) {
    result: reconciliationItems(first: 100, filter: $filter) { edges { node { ${ITEM} } } } }`,
  balances: `{ result: bankBalances { adapter asset { code } theirs { amount } asOf before { amount } ours { amount }
    unexplained { amount } underWay { amount } missing { amount } } }`,
  ageing: '{ result: suspenseAgeing { asset { code } bucket count amount { amount } oldest } }',
  statements: `{ result: bankStatements(first: 100) { edges { node { id adapter statementId asset { code }
    opening { amount } closing { amount } closedOn bookingCount } } } }`,
} as const;

const RESOLVE = `mutation ($input: ResolveReconciliationItemInput!) { result: resolveReconciliationItem(input: $input) {
  __typename ... on ReconciliationItem { ${ITEM} } ... on Failure { code message } ... on InvalidInput { field value expected } } }`;

const ASSIGN = `mutation ($input: AssignBankBookingInput!) { result: assignBankBooking(input: $input) {
  __typename ... on Transaction { id type status source { rail } destination { amount { amount } account { id } } }
  ... on Failure { code message } ... on InvalidInput { field value expected } } }`;

const TAKE = `mutation ($input: TakeBankBookingAsFeeInput!) { result: takeBankBookingAsFee(input: $input) {
  __typename ... on BankBooking { id state inSuspense { amount } takenOutBy } ... on Failure { code message }
  ... on InvalidInput { field value expected } } }`;

const IMPORT = `mutation ($input: ImportBankStatementInput!) { result: importBankStatement(input: $input) {
  __typename ... on ImportedBankStatement { statements lines: bookings repeated } ... on Failure { code message }
  ... on InvalidInput { field value expected } } }`;

/** What a test asks of reconciliation. */
export function createReconciliationAsks(world: World) {
  const { payments, rows } = world.fixture;
  const nodes = ({ edges }: Answer) => edges.map(({ node }: Answer) => node);
  return {
    control: (tenant: Tenant, path: '/control/line' | '/control/line-fault', body: object): Promise<void> =>
      controlSimulator({ url: `http://127.0.0.1:${world.settings.simulatorPort}`, secret: SECRET }, path, {
        key: newUuid(),
        customer: tenant.organizationId,
        ...body,
      }),
    async deposit(tenant: Tenant, amount: string, reference: string): Promise<void> {
      const input = { idempotencyKey: newKey(), rail: 'WIRE', amount, reference };
      const query =
        'mutation ($input: SimulateBankDepositInput!) { simulateBankDeposit(input: $input) { __typename } }';
      await ask(payments, tenant.viewer, query, { input });
    },
    items: async (tenant: Tenant, filter: object = {}): Promise<readonly Answer[]> =>
      nodes((await ask(payments, tenant.viewer, QUERIES.items, { filter })).result),
    statements: async (tenant: Tenant): Promise<readonly Answer[]> =>
      nodes((await ask(payments, tenant.viewer, QUERIES.statements)).result),
    balances: async (tenant: Tenant): Promise<readonly Answer[]> =>
      (await ask(payments, tenant.viewer, QUERIES.balances)).result,
    ageing: async (tenant: Tenant): Promise<readonly Answer[]> =>
      (await ask(payments, tenant.viewer, QUERIES.ageing)).result,
    async resolve(tenant: Tenant, id: string, action: string, more: object = {}): Promise<Answer> {
      const input = { idempotencyKey: newKey(), id, action, ...more };
      return (await ask(payments, tenant.viewer, RESOLVE, { input })).result;
    },
    /** @param accountId the tenant's own when left out */
    async assign(
      tenant: Tenant,
      bookingId: string,
      accountId = acc(tenant.accountId),
      more: object = {},
    ): Promise<Answer> {
      const input = { idempotencyKey: newKey(), bookingId, accountId, ...more };
      return (await ask(payments, tenant.viewer, ASSIGN, { input })).result;
    },
    async takeAsFee(tenant: Tenant, bookingId: string, more: object = {}): Promise<Answer> {
      const input = { idempotencyKey: newKey(), bookingId, ...more };
      return (await ask(payments, tenant.viewer, TAKE, { input })).result;
    },
    async importFile(tenant: Tenant, content: string, more: object = {}): Promise<Answer> {
      const input = { idempotencyKey: newKey(), adapter: 'FILEBANK', content, ...more };
      return (await ask(payments, tenant.viewer, IMPORT, { input })).result;
    },
    lines: (tenant: Tenant): Promise<readonly Answer[]> =>
      rows('select * from bank.statement_line where organization_id = $1 order by id', [
        tenant.organizationId,
      ]),
    events: (tenant: Tenant): Promise<readonly Answer[]> =>
      rows(
        `select type, aggregate_id, version from platform.outbox
          where organization_id = $1 and type like 'Reconciliation%' order by xid, seq`,
        [tenant.organizationId],
      ),
  };
}

export type ReconciliationAsks = ReturnType<typeof createReconciliationAsks>;

export const isInBooks = ({ state, version, settled_version }: Answer): boolean =>
  state !== 'OPEN' && version === settled_version;
