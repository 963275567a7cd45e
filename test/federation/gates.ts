import type { Viewer } from '../../platform/viewer.ts';
import type { Inventory, World } from './world.ts';

/** What an organization has besides when somebody has to decide on its payments. */
export interface Gated {
  /** An approval that is waited for. */
  readonly apr: string;
  /** A review of the same payment. */
  readonly rev: string;
}

const PAY = `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) {
  ... on Transaction { id approval { id } } ... on Failure { message } } }`;
const POLICY = `mutation ($input: SetApprovalPolicyInput!) { result: setApprovalPolicy(input: $input) {
  ... on ApprovalPolicy { version } ... on Failure { message } } }`;
const REVIEW = `mutation ($input: OpenReviewInput!) { result: openReview(input: $input) {
  ... on Review { id } ... on Failure { message } } }`;

/** Gives an organization a payment that waits for an approval and is under review. */
export async function furnishGates(world: World, viewer: Viewer, own: Inventory): Promise<Gated> {
  async function mutate(text: string, input: object): Promise<Record<string, unknown>> {
    const { data, errors } = await world.run(viewer, text, { input });
    const { result } = (data ?? {}) as { readonly result?: Record<string, unknown> };
    if (errors || !result || 'message' in result) throw new Error(JSON.stringify(errors ?? result));
    return result;
  }
  await mutate(POLICY, { idempotencyKey: 'furnish-policy', rules: [{ approvals: 1 }] });
  const sides = { sourceId: own.treasuryId, destinationId: own.acc };
  const paid = await mutate(PAY, { idempotencyKey: 'furnish-gated', ...sides, amount: '1.00', asset: 'USD' });
  await mutate(POLICY, { idempotencyKey: 'furnish-no-policy', rules: [] });
  const about = { transactionId: paid.id, reason: 'a look' };
  const review = await mutate(REVIEW, { idempotencyKey: 'furnish-review', ...about });
  return { apr: (paid.approval as { readonly id: string }).id, rev: String(review.id) };
}
