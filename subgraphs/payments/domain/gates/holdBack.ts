import type { Uuid } from '../../../../platform/id.ts';
import type { RailName } from '../../../../rails/port.ts';
import { advance, type Batch, open, type StepDetails } from '../batch.ts';
import type { ScreeningVerdict } from '../screening.ts';
import type { Transaction } from '../transaction.ts';
import { type Approval, type ApprovalPolicy, type ApprovalRule, expiryOf, ruleFor } from './approval.ts';
import type { Instruction } from './gate.ts';
import { counterpartyKey, putApproval } from './gatesInBatch.ts';
import { openReview } from './openReview.ts';

/** Who asks, and what screening said of it. */
export interface Asker {
  readonly organizationId: Uuid;
  readonly requestedBy?: string;
  readonly screening?: ScreeningVerdict;
  /** Items of a PayoutBatch are approved with the batch. */
  readonly paysItem?: boolean;
}

/** Why a payment is not handed to its rail at once. */
export interface Waiting {
  readonly approval: { readonly rule: ApprovalRule; readonly policy: ApprovalPolicy } | null;
  readonly screening: ScreeningVerdict | null;
}

export interface AskedSpending {
  readonly sourceAccountId: Uuid;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly rail: RailName;
  /** An Account, an address, or the digest of an account at a bank; null for one that paid us before. */
  readonly counterparty: string | null;
}

/** Whoever makes a payment without a name: our own workers. */
const NOBODY = 'system';

/** What a payment has to wait for, or null. Changes nothing. */
export function waitingFor({ gates }: Batch, asker: Asker, spending: AskedSpending): Waiting | null {
  const { organizationId, screening, paysItem = false } = asker;
  const policy = paysItem ? undefined : gates.policies.get(organizationId);
  const rule =
    policy === undefined
      ? null
      : ruleFor(policy, {
          ...spending,
          rails: [spending.rail],
          isNewCounterparty:
            spending.counterparty !== null &&
            !gates.known.has(counterpartyKey(organizationId, spending.counterparty)),
        });
  const approval = policy === undefined || rule === null ? null : { policy, rule };
  const mustReview = screening?.outcome === 'REVIEW';
  return approval === null && !mustReview ? null : { approval, screening: mustReview ? screening : null };
}

/** The step with which a Transaction's held money is told of. */
export interface HeldStep {
  readonly change: Pick<Transaction, 'holdId'> & Partial<Transaction>;
  readonly details: StepDetails;
}

/**
 * Hands a payment whose money is held to its rail, or keeps the instruction until nothing is waited for. Under review it
 * is told as if the rail had it already: nobody may learn of a review by what is missing.
 */
export function submitOrWait(
  batch: Batch,
  opened: Transaction,
  asked: { readonly asker: Asker; readonly waiting: Waiting | null; readonly instruction: Instruction },
  { change, details }: HeldStep,
): void {
  const { asker, waiting, instruction } = asked;
  if (waiting === null) {
    advance(batch, opened, 'SUBMITTED', change, details);
    handOver(batch, instruction);
    return;
  }
  if (waiting.approval) {
    askApproval(batch, opened, asker, waiting.approval, { change, details });
  } else {
    advance(batch, opened, 'SUBMITTED', change, details);
  }
  wait(batch, opened, asker, waiting, instruction);
}

/** As `submitOrWait`, for what moves between our own Accounts and waits: there is no rail that could have it. */
export function openWaiting(
  batch: Batch,
  draft: Parameters<typeof open>[1],
  asked: { readonly asker: Asker; readonly waiting: Waiting; readonly instruction: Instruction },
  { change, details }: HeldStep,
): Transaction {
  const { asker, waiting, instruction } = asked;
  const { approval } = waiting;
  const opened = open(batch, draft, approval ? undefined : { change, touched: details.touched ?? [] });
  if (approval) askApproval(batch, opened, asker, approval, { change, details });
  wait(batch, opened, asker, waiting, instruction);
  return opened;
}

function askApproval(
  batch: Batch,
  opened: Transaction,
  asker: Asker,
  { rule, policy }: NonNullable<Waiting['approval']>,
  { change, details }: HeldStep,
): void {
  const asked = { subject: 'TRANSACTION', subjectId: opened.id, asker, rule, policy } as const;
  const approval = newApproval(batch.newId(), asked, batch.now);
  const { leg = 'SOURCE', amountMinor = opened.sourceAmountMinor, touched = [] } = details;
  const next = { nextAction: 'APPROVE', expectedBy: approval.expiresAt } as const;
  advance(batch, opened, 'APPROVAL_REQUESTED', change, { leg, amountMinor, touched, ...next });
  putApproval(batch.gates, batch.newId(), 'ApprovalRequested', approval);
}

/** A question as it begins, with what of the policy applies. */
export function newApproval(
  id: Uuid,
  asked: Pick<Approval, 'subject' | 'subjectId' | 'rule'> & {
    readonly asker: Asker;
    readonly policy: ApprovalPolicy;
  },
  now: Date,
): Approval {
  const { subject, subjectId, rule, asker, policy } = asked;
  return {
    id,
    organizationId: asker.organizationId,
    subject,
    subjectId,
    status: 'OPEN',
    version: 1,
    required: rule.required,
    rule,
    policyVersion: policy.version,
    requestedBy: asker.requestedBy ?? NOBODY,
    requestedAt: now,
    expiresAt: expiryOf(policy, now),
    endedAt: null,
  };
}

function wait(
  batch: Batch,
  opened: Transaction,
  asker: Asker,
  waiting: Waiting,
  instruction: Instruction,
): void {
  const { id: transactionId, organizationId } = opened;
  const { screening } = waiting;
  batch.gates.gates.set(transactionId, {
    transactionId,
    organizationId,
    instruction,
    state: 'WAITING',
    awaitsApproval: waiting.approval !== null,
    awaitsReview: screening !== null,
    isCancelAsked: false,
  });
  if (screening === null) return;
  openReview(batch, {
    ...{ organizationId, subject: 'TRANSACTION', subjectId: transactionId, reasons: ['SCREENING'] },
    ...{
      matches: screening.matches,
      listVersion: screening.listVersion,
      openedBy: asker.requestedBy ?? NOBODY,
    },
  });
}

/** Gives a rail what it is to do, in the tx that decides so. */
export function handOver(batch: Batch, instruction: Instruction): void {
  if (instruction.kind === 'SEND') batch.chain.newSends.push(instruction.send);
  if (instruction.kind === 'ORDER') batch.bank.newOrders.push(instruction.order);
  if (instruction.kind === 'PICKUP') batch.cash.newOrders.push(instruction.order);
}
