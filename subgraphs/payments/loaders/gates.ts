import DataLoader from 'dataloader';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { hasScope, isClient, type Viewer } from '../../../platform/viewer.ts';
import type { Approval, ApprovalDecision } from '../domain/gates/approval.ts';
import type { Review } from '../domain/gates/review.ts';
import { findApprovals, findDecisions } from '../store/gates/findApprovals.ts';
import { findLatestReviews, findReviews } from '../store/gates/findReviews.ts';

const LOAD_SIZE_MAX = 1_000;

/** Batched reads of one request. To whoever may not see something it is not there. */
export interface GateLoaders {
  /** By its own id or by the id of what it is about. Null for client tokens. */
  findApproval(id: Uuid): Promise<Approval | null>;
  listDecisions(approvalId: Uuid): Promise<readonly ApprovalDecision[]>;
  /** Null without the scope `compliance:read`. */
  findReview(id: Uuid): Promise<Review | null>;
  /** The latest of a Transaction; null without the scope `compliance:read`, and then nothing is asked. */
  findReviewOf(transactionId: Uuid): Promise<Review | null>;
  /** Forgets what was read, because a mutation has changed it. */
  renew(): void;
}

/** True for whoever may know of reviews. */
export function seesReviews(viewer: Viewer): boolean {
  return !isClient(viewer) && hasScope(viewer, 'compliance:read');
}

/** New for each request: a Loader remembers what it read. */
export function createGateLoaders(reads: Database, viewer: Viewer): GateLoaders {
  const { organizationId } = viewer;
  const sized = { maxBatchSize: LOAD_SIZE_MAX };
  const approvals = new DataLoader(
    (ids: readonly Uuid[]) => findApprovals(reads, organizationId, ids),
    sized,
  );
  const decisions = new DataLoader(
    (ids: readonly Uuid[]) => findDecisions(reads, organizationId, ids),
    sized,
  );
  const reviews = new DataLoader((ids: readonly Uuid[]) => findReviews(reads, organizationId, ids), sized);
  const latest = new DataLoader(
    (ids: readonly Uuid[]) => findLatestReviews(reads, organizationId, ids),
    sized,
  );
  const sees = seesReviews(viewer);
  return {
    findApproval: async (id) => (isClient(viewer) ? null : approvals.load(id)),
    listDecisions: (id) => decisions.load(id),
    findReview: async (id) => (sees ? reviews.load(id) : null),
    findReviewOf: async (id) => (sees ? latest.load(id) : null),
    renew() {
      for (const loader of [approvals, decisions, reviews, latest]) loader.clearAll();
    },
  };
}
