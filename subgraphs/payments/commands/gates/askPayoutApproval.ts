import { newUuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import type { RailName } from '../../../../rails/port.ts';
import { type Approval, type ApprovalPolicy, ruleFor } from '../../domain/gates/approval.ts';
import { newApproval } from '../../domain/gates/holdBack.ts';
import type { CreatePayoutBatchCommand } from '../../domain/payouts/command.ts';
import { readApprovalPolicies } from '../../store/gates/readApprovals.ts';
import { findKnown } from '../../store/gates/readGates.ts';

/**
 * The question that a batch begins with; null where it needs no approval. It is looked at as a whole, by the sum of its
 * items: who splits a payment into many asks for no less.
 */
export async function askPayoutApproval(
  tx: Tx,
  command: CreatePayoutBatchCommand,
  now: Date,
): Promise<Approval | null> {
  const { organizationId, batchId: subjectId, source, asset, totalMinor, createdBy } = command;
  const policy = (await readApprovalPolicies(tx, [organizationId])).get(organizationId);
  if (!policy) return null;
  const rule = ruleFor(policy, {
    sourceAccountId: source.accountId,
    asset,
    amountMinor: totalMinor,
    rails: railsOf(command),
    isNewCounterparty: await paysSomebodyNew(tx, policy, command),
  });
  if (rule === null) return null;
  const asker = { organizationId, requestedBy: createdBy };
  return newApproval(newUuid(), { subject: 'PAYOUT_BATCH', subjectId, rule, asker, policy }, now);
}

function railsOf({ items }: CreatePayoutBatchCommand): readonly RailName[] {
  const isSend = items.map(({ destinationAddress }) => destinationAddress !== null);
  const rails: RailName[] = [];
  if (isSend.includes(true)) rails.push('ONCHAIN');
  if (isSend.includes(false)) rails.push('BOOK');
  return rails;
}

async function paysSomebodyNew(
  tx: Tx,
  { rules }: ApprovalPolicy,
  { organizationId, items }: CreatePayoutBatchCommand,
): Promise<boolean> {
  if (!rules.some(({ newCounterparty }) => newCounterparty)) return false;
  const places = new Set(items.flatMap((item) => item.destinationAddress ?? item.destinationAccountId ?? []));
  const known = await findKnown(
    tx,
    [...places].map((where) => ({ organizationId, where })),
  );
  return known.length < places.size;
}
