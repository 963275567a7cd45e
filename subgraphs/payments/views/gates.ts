import type { Connection } from '../../../platform/connection.ts';
import type { Approval } from '../domain/gates/approval.ts';
import type { Review } from '../domain/gates/review.ts';

export type ApprovalConnectionView = Connection<Approval>;
export type ReviewConnectionView = Connection<Review>;
