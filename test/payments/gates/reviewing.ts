import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { loadAssets } from '../../../ledger/assets.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import {
  type CreateTransactionRequest,
  readCreateTransaction,
} from '../../../subgraphs/payments/commands/createTransaction.ts';
import type { PaymentsCommand } from '../../../subgraphs/payments/domain/command.ts';
import type { ScreeningVerdict } from '../../../subgraphs/payments/domain/screening.ts';
import { type Answer, ask, type Fixture, newKey, run } from '../fixture.ts';

/** What screening says of somebody who resembles an entry of a list. */
export const SUSPICIOUS: ScreeningVerdict = {
  outcome: 'REVIEW',
  listVersion: 'lists of a test',
  matches: [{ list: 'watched', entry: '7', name: 'SOMEBODY ELSE', scorePercent: 91, field: 'NAME' }],
};

export const REVIEW = `id status version subject reasons matches { list entry name scorePercent field } listVersion
  openedBy assignedTo decidedBy note ageSeconds transaction { id status }`;

export async function assetsOf({ url }: Pick<Fixture, 'url'>): Promise<AssetCatalogue> {
  const reads = await openDatabase({ url, role: 'omsx_payments', poolMax: 1 });
  try {
    return await loadAssets(reads);
  } finally {
    await reads.close();
  }
}

/** Sends a payment down the lane as it is after screening, and answers its Transaction's id. */
export async function payScreened(
  fixture: Fixture,
  viewer: Viewer,
  request: Omit<CreateTransactionRequest, 'idempotencyKey'> & { readonly idempotencyKey?: string },
  screening: ScreeningVerdict = SUSPICIOUS,
): Promise<string> {
  const whole = { idempotencyKey: newKey(), ...request };
  const command = readCreateTransaction(viewer.organizationId, whole, await assetsOf(fixture));
  if ('__typename' in command) throw new Error(command.message);
  return submitScreened(fixture, { ...command, requestedBy: viewer.subjectId, screening });
}

export async function submitScreened(fixture: Fixture, command: PaymentsCommand): Promise<string> {
  const { result } = await fixture.payments.lane.submit(command);
  expect(result).toMatchObject({ type: 'Transaction' });
  return formatId('txn', result.transactionId as Uuid);
}

/** The Reviews that a Viewer sees, newest first. */
export async function reviews(fixture: Fixture, viewer: Viewer, filter: object = {}): Promise<Answer[]> {
  const document = `query ($filter: ReviewFilter) { reviews(first: 20, filter: $filter) { edges { node { ${REVIEW} } } } }`;
  const { reviews: page } = await ask(fixture.payments, viewer, document, { filter });
  return page.edges.map(({ node }: Answer) => node);
}

export async function reviewOf(fixture: Fixture, viewer: Viewer, id: string): Promise<Answer> {
  const document = `query ($id: ID!) { transaction(id: $id) { status review { ${REVIEW} } } }`;
  return (await ask(fixture.payments, viewer, document, { id })).transaction.review;
}

export async function callReview(
  fixture: Fixture,
  viewer: Viewer,
  name: 'openReview' | 'decideReview' | 'assignReview',
  input: object,
): Promise<Answer> {
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { result: ${name}(input: $input) { __typename ... on Review { ${REVIEW} }
    ... on Failure { code message } } }`;
  const answer = await run(fixture.payments, viewer, document, {
    input: { idempotencyKey: newKey(), ...input },
  });
  expect(answer.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(answer.data)).result;
}

/** Decides the open Review of a Transaction. */
export async function decideOn(
  fixture: Fixture,
  viewer: Viewer,
  transactionId: string,
  decision: 'RELEASE' | 'REFUSE',
): Promise<Answer> {
  const { id: reviewId } = await reviewOf(fixture, viewer, transactionId);
  return callReview(fixture, viewer, 'decideReview', { reviewId, decision, note: 'looked at it' });
}

const VARIES =
  /\b(?:[a-z]{3}_[0-9a-z]{26}|[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]{40,64}|\d{4}-\d\d-\d\dT[\d:.]+Z|azow[\w-]{40,60})\b/g;

/** What is the same of two histories, whatever their ids, addresses and instants are: those are numbered as they come. */
export function shapeOf(value: unknown): string {
  const names = new Map<string, string>();
  return JSON.stringify(value).replace(VARIES, (text) => {
    const name = names.get(text) ?? `#${text.length}-${names.size}`;
    names.set(text, name);
    return name;
  });
}
