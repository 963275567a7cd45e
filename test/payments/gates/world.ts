import { checkLedger } from '../../../ledger/check.ts';
import { formatId, newUuid, type Uuid } from '../../../platform/id.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { createPayoutsLane } from '../../../subgraphs/payments/commands/payouts/lane.ts';
import type { Payments } from '../../../subgraphs/payments/main.ts';
import { endDue } from '../../../subgraphs/payments/workers/endWaits.ts';
import { type Answer, acc, ask, type Fixture, newKey, run } from '../fixture.ts';

export const TRANSACTION = `id status version capturedAmount { amount }
  events { version kind status nextAction expectedBy terminal reason { code message retryable } }
  approval { id status version required requestedBy expiresAt endedAt decisions { decidedBy verdict note } rule { approvals } }`;

const FAILURE = `... on Failure { code message retryable } ... on InvalidInput { field value }
  ... on ApprovalNotOpen { approvalId approvalStatus } ... on ApproverNotAllowed { approvalId reason }`;

/** A server's key of an organization, with an id of its own. */
export function keyFor(organizationId: Uuid, scopes: readonly string[] = ['*']): Viewer {
  return { organizationId, kind: 'KEY', subjectId: formatId('key', newUuid()), scopes };
}

export async function setPolicy(
  payments: Payments,
  viewer: Viewer,
  rules: readonly object[],
  more: object = {},
): Promise<Answer> {
  const document = `mutation ($input: SetApprovalPolicyInput!) { result: setApprovalPolicy(input: $input) { __typename
    ... on ApprovalPolicy { version expiryHours setBy rules { approvals newCounterparty rails asset { code }
      minAmount { amount } sources { id } } } ... on Failure { code message } ... on InvalidInput { field } } }`;
  const input = { idempotencyKey: newKey(), rules, ...more };
  return (await ask(payments, viewer, document, { input })).result;
}

/** Sends what moves 1.00 or `amount` from one account to another, and answers the Transaction or the failure. */
export async function pay(
  payments: Payments,
  viewer: Viewer,
  sides: { readonly source: Uuid; readonly destination: Uuid },
  more: object = {},
): Promise<Answer> {
  const document = `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) { __typename
    ... on Transaction { ${TRANSACTION} } ... on Failure { code message } } }`;
  const input = {
    ...{ idempotencyKey: newKey(), sourceId: acc(sides.source), destinationId: acc(sides.destination) },
    ...{ amount: '1.00', asset: 'USD', ...more },
  };
  return (await ask(payments, viewer, document, { input })).result;
}

export async function decide(
  payments: Payments,
  viewer: Viewer,
  name: 'approveTransaction' | 'rejectTransaction',
  id: string,
  more: object = {},
): Promise<Answer> {
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { result: ${name}(input: $input) { __typename
    ... on Transaction { ${TRANSACTION} } ${FAILURE} } }`;
  const answer = await run(payments, viewer, document, { input: { idempotencyKey: newKey(), id, ...more } });
  expect(answer.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(answer.data)).result;
}

export async function read(payments: Payments, viewer: Viewer, id: string, more = ''): Promise<Answer> {
  const document = `query ($id: ID!) { transaction(id: $id) { ${TRANSACTION} ${more} } }`;
  return (await ask(payments, viewer, document, { id })).transaction;
}

/** One round of the worker that ends what waits too long. */
export async function endWaits(
  fixture: Fixture,
  { lane }: Pick<Payments, 'lane'> = fixture.payments,
): Promise<void> {
  const database = await openDatabase({ url: fixture.url, role: 'omsx_payments_writer', poolMax: 2 });
  const payoutsLane = createPayoutsLane(database);
  try {
    await endDue({ database, lane, payoutsLane });
  } finally {
    await payoutsLane.drain();
    await database.close();
  }
}

/** Promises of the books that do not hold; empty where all is well. */
export async function brokenPromises(fixture: Fixture): Promise<readonly string[]> {
  const database = await openDatabase({ url: fixture.url, role: 'omsx_check', poolMax: 1 });
  try {
    const results = await checkLedger(database);
    return results.flatMap(({ promise, faulty, first }) =>
      faulty === 0n ? [] : [`${promise}: ${first.join('; ')}`],
    );
  } finally {
    await database.close();
  }
}

/** Takes the end of an approval to `seconds` from now, behind the back of all that is allowed. */
export async function setExpiry(fixture: Fixture, approvalIdOf: Uuid, seconds: number): Promise<void> {
  await fixture.rows(
    `update payments.approval set expires_at = clock_timestamp() + make_interval(secs => $2) where subject_id = $1`,
    [approvalIdOf, seconds],
  );
}
