import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import { type Command, fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import { parseAmount } from '../../../../platform/money.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import { APPROVALS_REQUIRED_MAX, type ApprovalRule } from '../../domain/gates/approval.ts';
import type { ApprovalRuleInput, SetApprovalPolicyInput } from '../../generated/resolvers.ts';
import { readParty } from '../inputs.ts';

export const APPROVAL_RULES_MAX = 20;
export const APPROVAL_SOURCES_MAX = 100;
export const EXPIRY_HOURS_MAX = 720;
export const EXPIRY_HOURS_DEFAULT = 72;

export interface SetApprovalPolicyCommand extends Command {
  readonly operation: 'setApprovalPolicy';
  readonly rules: readonly ApprovalRule[];
  readonly expiryHours: number;
  /** The ApiKey or Member that asks. */
  readonly setBy: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readSetApprovalPolicy(
  viewer: Viewer,
  input: SetApprovalPolicyInput,
  assets: AssetCatalogue,
): SetApprovalPolicyCommand | FailureView {
  const fault = checkIdempotencyKey(input.idempotencyKey);
  if (fault) return fault;
  const expiryHours = input.expiryHours ?? EXPIRY_HOURS_DEFAULT;
  if (expiryHours < 1 || expiryHours > EXPIRY_HOURS_MAX) {
    return invalidInput('expiryHours', expiryHours, `1 to ${EXPIRY_HOURS_MAX} hours`);
  }
  const count = input.rules.length;
  if (count > APPROVAL_RULES_MAX) {
    return invalidInput('rules', `${count} rules`, `at most ${APPROVAL_RULES_MAX} rules`);
  }
  const rules: ApprovalRule[] = [];
  for (const [index, given] of input.rules.entries()) {
    const rule = readRule(`rules.${index}`, given, assets);
    if ('__typename' in rule) return rule;
    rules.push(rule);
  }
  const asked = { rules, expiryHours };
  return {
    ...asked,
    organizationId: viewer.organizationId,
    operation: 'setApprovalPolicy',
    idempotencyKey: input.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    setBy: viewer.subjectId,
  };
}

function readRule(path: string, rule: ApprovalRuleInput, assets: AssetCatalogue): ApprovalRule | FailureView {
  const { approvals: required, minAmount } = rule;
  if (required < 1 || required > APPROVALS_REQUIRED_MAX) {
    return invalidInput(`${path}.approvals`, required, `1 to ${APPROVALS_REQUIRED_MAX}`);
  }
  const asset = rule.asset == null ? null : assets.get(rule.asset);
  if (asset === undefined) {
    return invalidInput(`${path}.asset`, rule.asset, 'the code of an asset that we keep books in');
  }
  let minAmountMinor: string | null = null;
  if (minAmount != null) {
    if (asset === null) return invalidInput(`${path}.minAmount`, minAmount, 'an asset beside it');
    const parsed = parseAmount(minAmount, asset);
    if ('fault' in parsed) return invalidInput(`${path}.minAmount`, minAmount, parsed.expected);
    minAmountMinor = String(parsed.amountMinor);
  }
  const sources = rule.sources ?? [];
  if (sources.length > APPROVAL_SOURCES_MAX) {
    const expected = `at most ${APPROVAL_SOURCES_MAX} accounts or wallets`;
    return invalidInput(`${path}.sources`, `${sources.length} sources`, expected);
  }
  const sourceAccountIds = new Set<Uuid>();
  for (const id of sources) {
    const party = readParty(id);
    if (!party) return notFound(id);
    sourceAccountIds.add(party.accountId);
  }
  return {
    asset: asset?.code ?? null,
    minAmountMinor,
    rails: [...new Set(rule.rails ?? [])],
    newCounterparty: rule.newCounterparty ?? false,
    sourceAccountIds: [...sourceAccountIds],
    required,
  };
}
