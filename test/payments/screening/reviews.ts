import type { Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Payments } from '../../../subgraphs/payments/main.ts';
import { type Answer, ask, keyOf, newKey } from '../fixture.ts';

const REVIEW = `id subject status arrivalId reasons listVersion matches { list entry name scorePercent field }
  transaction { id status }`;

/** A key that may do all that has nothing to do with compliance. */
export const plainOf = (organizationId: Uuid): Viewer =>
  keyOf(organizationId, ['transactions:read', 'transactions:write', 'accounts:read']);

export async function openReviews(payments: Payments, viewer: Viewer): Promise<readonly Answer[]> {
  const query = `{ reviews(first: 50, filter: { statuses: [OPEN] }) { edges { node { ${REVIEW} } } } }`;
  const { reviews } = await ask(payments, viewer, query);
  return reviews.edges.map(({ node }: { node: Answer }) => node);
}

export async function decide(
  payments: Payments,
  viewer: Viewer,
  reviewId: string,
  decision: 'RELEASE' | 'REFUSE',
): Promise<Answer> {
  const query = `mutation ($input: DecideReviewInput!) { result: decideReview(input: $input) { __typename
    ... on Review { ${REVIEW} } ... on Failure { code } } }`;
  const input = { idempotencyKey: newKey(), reviewId, decision, note: 'looked at' };
  return (await ask(payments, viewer, query, { input })).result;
}
