import { readUuidPage, toConnection } from '../../../../platform/connection.ts';
import { ApiError } from '../../../../platform/errors.ts';
import { type FailureView, notFound } from '../../../../platform/failures.ts';
import { formatId, parseId, type Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { assignReviewOf, decideReviewOf, readOpenReview } from '../../commands/gates/readGateCommands.ts';
import type { Context } from '../../context.ts';
import type { PaymentsCommand } from '../../domain/command.ts';
import type { Review } from '../../domain/gates/review.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { failureOf } from '../../errors.ts';
import type { MutationResolvers, QueryResolvers, ReviewResolvers } from '../../generated/resolvers.ts';
import { seesReviews } from '../../loaders/gates.ts';
import { findReviews, listReviews } from '../../store/gates/findReviews.ts';

const AGE_SECONDS_MAX = 31_536_000;

export const reviewQueries: Pick<QueryResolvers, 'review' | 'reviews'> = {
  review: (_, { id }, context) => find(id, context),
  reviews: async (_, { filter, ...args }, { reads, viewer }) => {
    const page = readUuidPage(args);
    const minAgeSeconds = filter?.minAgeSeconds ?? undefined;
    if (minAgeSeconds !== undefined && (minAgeSeconds < 0 || minAgeSeconds > AGE_SECONDS_MAX)) {
      throw new ApiError(
        'BAD_USER_INPUT',
        `filter.minAgeSeconds is ${minAgeSeconds}: 0 to ${AGE_SECONDS_MAX}`,
      );
    }
    const assignedTo = filter?.assignedTo ?? undefined;
    const isNone = !seesReviews(viewer) || assignedTo?.includes('\0') || assignedTo?.isWellFormed() === false;
    const conditions = {
      ...(filter?.statuses ? { statuses: filter.statuses } : {}),
      ...(filter?.subject ? { subject: filter.subject } : {}),
      ...(assignedTo === undefined ? {} : { assignedTo }),
      ...(minAgeSeconds === undefined ? {} : { minAgeSeconds }),
    };
    const rows = isNone ? [] : await listReviews(reads, viewer.organizationId, conditions, page);
    return toConnection(rows, page, ({ id }) => id);
  },
};

export const reviewMutations: Pick<MutationResolvers, 'openReview' | 'decideReview' | 'assignReview'> = {
  openReview: (_, { input }, context) => submit(context, readOpenReview(context.viewer, input)),
  decideReview: async (_, { input }, context) => {
    const review = await named(input.reviewId, context);
    return '__typename' in review ? review : submit(context, decideReviewOf(context.viewer, review, input));
  },
  assignReview: async (_, { input }, context) => {
    const review = await named(input.reviewId, context);
    return '__typename' in review ? review : submit(context, assignReviewOf(context.viewer, review, input));
  },
};

/** What a Review is about never changes, so that it is read before the lane locks that first. */
async function named(id: string, { reads, viewer }: Context): Promise<Review | FailureView> {
  const uuid = parseId('rev', id);
  const [review] = uuid === null ? [] : await findReviews(reads, viewer.organizationId, [uuid]);
  return review ?? notFound(id);
}

async function submit(
  context: Context,
  command: PaymentsCommand | FailureView,
): Promise<(Review & { readonly __typename: 'Review' }) | FailureView> {
  if ('__typename' in command) return command;
  const { lane, loaders, gates, assets, reads, viewer } = context;
  const { result, replayed } = await lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'Review') return failureOf(result, assets);
  loaders.renew(null);
  gates.loaders.renew();
  const [review] = await findReviews(reads, viewer.organizationId, [result.reviewId as Uuid]);
  return { ...present(review, 'the review of a result'), __typename: 'Review' };
}

/** The Review behind a public id. To whoever lacks the scope none is there. */
async function find(id: string, { gates }: Context): Promise<Review | null> {
  const uuid = parseId('rev', id);
  return uuid === null ? null : gates.loaders.findReview(uuid);
}

/**
 * Where a Transaction stands for this Viewer. The table never says UNDER_REVIEW: whoever lacks the scope is answered from
 * it alone, so that there is nothing to hide in lists, streams, errors or cursors.
 */
export async function shownStatusOf(
  { id, status }: Transaction,
  { gates }: Context,
): Promise<Transaction['status'] | 'UNDER_REVIEW'> {
  if (status !== 'PROCESSING') return status;
  const review = await gates.loaders.findReviewOf(id);
  return review?.status === 'OPEN' ? 'UNDER_REVIEW' : status;
}

export const reviewResolvers: ReviewResolvers = {
  __resolveReference: ({ id }, context) => find(id, context),
  id: ({ id }) => formatId('rev', id),
  transaction: ({ subject, subjectId }, _, { loaders }) =>
    subject === 'TRANSACTION' ? loaders.findTransaction(subjectId) : null,
  arrivalId: ({ subject, subjectId }) => {
    if (subject === 'TRANSACTION') return null;
    return subject === 'RECEIPT' ? formatId('rcp', subjectId) : subjectId;
  },
  reasons: ({ reasons }) => [...reasons],
  matches: ({ matches }) => [...matches],
  ageSeconds: ({ openedAt, decidedAt }) =>
    Math.max(0, Math.floor(((decidedAt?.getTime() ?? Date.now()) - openedAt.getTime()) / 1_000)),
};
