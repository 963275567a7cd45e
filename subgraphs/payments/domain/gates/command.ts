import type { Command } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { SaidVerdict } from './giveVerdict.ts';
import type { ReviewSubject } from './review.ts';

interface GateCommandBase extends Command {
  /** Of the one Journal that the command may post. */
  readonly journalId: Uuid;
}

/** Approves or rejects a Transaction that waits. */
export interface DecideApprovalCommand extends GateCommandBase, SaidVerdict {
  readonly operation: 'approveTransaction' | 'rejectTransaction';
  readonly transactionId: Uuid;
}

/** Sent by our own worker, without a key: ends what nobody approved in time, and what was asked to be called off. */
export interface EndWaitingCommand extends GateCommandBase {
  readonly operation: 'endWaiting';
  readonly transactionId: Uuid;
}

/** Puts a Transaction that its rail has not been told of yet before those who review. */
export interface OpenReviewCommand extends GateCommandBase {
  readonly operation: 'openReview';
  readonly transactionId: Uuid;
  readonly reason: string;
  readonly openedBy: string;
}

/** Lets money go on, or not. */
export interface DecideReviewCommand extends GateCommandBase {
  readonly operation: 'decideReview';
  readonly reviewId: Uuid;
  readonly subject: ReviewSubject;
  /** What the Review is about, where that is a Transaction: it is locked before the Review. */
  readonly transactionId: Uuid | null;
  readonly decision: 'RELEASE' | 'REFUSE';
  readonly note: string | null;
  readonly decidedBy: string;
}

/** Says who looks at it. */
export interface AssignReviewCommand extends GateCommandBase {
  readonly operation: 'assignReview';
  readonly reviewId: Uuid;
  readonly transactionId: Uuid | null;
  readonly assignedTo: string | null;
}

export type GateCommand =
  | DecideApprovalCommand
  | EndWaitingCommand
  | OpenReviewCommand
  | DecideReviewCommand
  | AssignReviewCommand;
