import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { findInsideAddresses } from '../../../../rails/onchain/sends.ts';
import type { Batch } from '../../domain/batch.ts';
import { isPickup } from '../../domain/cash/command.ts';
import { isPayout, isSend, type PaymentsCommand } from '../../domain/command.ts';
import type { ApprovalPolicy } from '../../domain/gates/approval.ts';
import type { Gate } from '../../domain/gates/gate.ts';
import { counterpartyKey, type GateFacts, NO_GATES } from '../../domain/gates/gatesInBatch.ts';
import { counterpartyOf, type Quote } from '../../domain/quote.ts';
import { readApprovalFacts, readApprovalPolicies } from '../../store/gates/readApprovals.ts';
import { type AskedCounterparty, findKnown, lockReviews, readGates } from '../../store/gates/readGates.ts';
import { insertApprovals, insertDecisions, updateApprovals } from '../../store/gates/writeApprovals.ts';
import {
  insertCounterparties,
  insertGates,
  insertReviews,
  updateGates,
  updateReviews,
} from '../../store/gates/writeGates.ts';

/** What a batch has to do with gates. */
interface GateIds {
  /** Transactions that may wait for something. */
  readonly transactionIds: readonly Uuid[];
  readonly reviewIds: readonly Uuid[];
  readonly keyIds: readonly Uuid[];
  readonly counterparties: readonly AskedCounterparty[];
}

/**
 * What deciding about gates needs, after Transactions and PayoutBatches are locked and before Accounts are: one statement
 * for a batch in which nobody waits.
 */
export async function readGateFacts(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  quotes: ReadonlyMap<Uuid, Quote>,
): Promise<GateFacts> {
  const { transactionIds, reviewIds, keyIds, counterparties } = gateIdsOf(commands, quotes);
  const spenders = [...new Set(counterparties.map(({ organizationId }) => organizationId))];
  const touches = transactionIds.length + reviewIds.length > 0;
  const [policies, gates, reviews, said] = await Promise.all([
    readApprovalPolicies(tx, spenders),
    readGates(tx, transactionIds),
    lockReviews(tx, reviewIds, transactionIds),
    touches ? readApprovalFacts(tx, transactionIds, keyIds) : NO_GATES,
  ]);
  const asked = counterparties.filter(({ organizationId }) => asksForNew(policies.get(organizationId)));
  const addresses = [...gates.values()].flatMap(addressOf);
  if (asked.length + addresses.length === 0) {
    return { ...NO_GATES, policies, gates, reviews, ...saidOf(said) };
  }
  const [known, inside] = await Promise.all([
    asked.length === 0 ? [] : findKnown(tx, asked),
    addresses.length === 0 ? [] : findInsideAddresses(tx, addresses),
  ]);
  const keys = known.map(({ organizationId, where }) => counterpartyKey(organizationId, where));
  return { policies, gates, reviews, ...saidOf(said), known: new Set(keys), inside };
}

function saidOf({
  approvals,
  decisions,
  revokedKeys,
}: Pick<GateFacts, 'approvals' | 'decisions' | 'revokedKeys'>) {
  return { approvals, decisions, revokedKeys };
}

function asksForNew(policy: ApprovalPolicy | undefined): boolean {
  return policy?.rules.some(({ newCounterparty }) => newCounterparty) ?? false;
}

function addressOf({ state, instruction }: Gate): readonly string[] {
  return state === 'WAITING' && instruction.kind === 'SEND' ? [instruction.send.toAddress] : [];
}

function gateIdsOf(commands: readonly PaymentsCommand[], quotes: ReadonlyMap<Uuid, Quote>): GateIds {
  const [transactionIds, reviewIds, keyIds]: [Uuid[], Uuid[], Uuid[]] = [[], [], []];
  const counterparties: AskedCounterparty[] = [];
  for (const command of commands) {
    switch (command.operation) {
      case 'refundTransaction':
      case 'retryRefund':
      case 'createTransaction':
      case 'acceptQuote': {
        const where = whereOf(command, quotes);
        if (where !== null) counterparties.push({ organizationId: command.organizationId, where });
        break;
      }
      case 'decideReview':
      case 'assignReview':
        reviewIds.push(command.reviewId);
        if (command.transactionId !== null) transactionIds.push(command.transactionId);
        break;
      case 'approveTransaction':
      case 'rejectTransaction':
        if (command.keyId !== null) keyIds.push(command.keyId);
        transactionIds.push(command.transactionId);
        break;
      case 'endWaiting':
      case 'openReview':
      case 'cancelTransaction':
      case 'accelerateTransaction':
        transactionIds.push(command.transactionId);
        break;
    }
  }
  return { transactionIds, reviewIds, keyIds, counterparties };
}

function whereOf(
  command: Extract<
    PaymentsCommand,
    { operation: 'createTransaction' | 'acceptQuote' | 'refundTransaction' | 'retryRefund' }
  >,
  quotes: ReadonlyMap<Uuid, Quote>,
): string | null {
  if (command.operation === 'acceptQuote') {
    const quote = quotes.get(command.quoteId);
    return quote === undefined ? null : counterpartyOf(quote);
  }
  // Whoever paid us is not new; its Transaction stands for it.
  if ('route' in command) {
    const { toBank, toPickup, toAddress } = command.route;
    return toBank?.counterparty ?? toPickup?.counterparty ?? toAddress ?? command.transactionId;
  }
  if (isPickup(command)) return command.pickup.counterparty;
  if (isPayout(command)) return command.counterparty;
  if (isSend(command)) return command.toAddress;
  return 'destination' in command ? command.destination.accountId : null;
}

/** Writes what a batch did to gates, after its Transactions. Once, at its end; retry only with the whole tx. */
export async function writeGatesOf(tx: Tx, { gates }: Batch): Promise<void> {
  const { stored } = gates;
  const [newGates, changedGates] = split(gates.gates, stored.gates);
  const [newApprovals, changedApprovals] = split(gates.approvals, stored.approvals);
  const [newReviews, changedReviews] = split(gates.reviews, stored.reviews);
  await Promise.all([
    insertGates(tx, newGates),
    updateGates(tx, changedGates),
    insertApprovals(tx, newApprovals),
    updateApprovals(tx, changedApprovals),
    insertDecisions(tx, gates.newDecisions),
    insertReviews(tx, newReviews),
    updateReviews(tx, changedReviews),
    insertCounterparties(tx, gates.counterparties),
  ]);
}

/** What is new, and what is not as it was read. */
function split<Row>(
  now: ReadonlyMap<Uuid, Row>,
  before: ReadonlyMap<Uuid, Row>,
): [made: readonly Row[], changed: readonly Row[]] {
  const [made, changed]: [Row[], Row[]] = [[], []];
  for (const [id, row] of now) {
    if (!before.has(id)) made.push(row);
    else if (before.get(id) !== row) changed.push(row);
  }
  return [made, changed];
}
