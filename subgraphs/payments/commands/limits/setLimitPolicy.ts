import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import { type Command, fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import { type AssetScale, parseAmount } from '../../../../platform/money.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import type { LimitPolicy } from '../../domain/limits/limitPolicy.ts';

export const LIMIT_COUNT_MAX = 1_000_000;

/** What setLimitPolicy is asked, as it came. */
export interface SetLimitPolicyRequest {
  readonly idempotencyKey: string;
  readonly customerId?: string | null | undefined;
  readonly asset: string;
  readonly perTransaction?: string | null | undefined;
  readonly perDay?: string | null | undefined;
  readonly perThirtyDays?: string | null | undefined;
  readonly countPerDay?: number | null | undefined;
}

export interface SetLimitPolicyCommand extends Command {
  readonly operation: 'setLimitPolicy';
  /** Its id is that of a new one; one that is there keeps its own. */
  readonly policy: LimitPolicy;
  /** The ApiKey or Member that asks. */
  readonly setBy: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readSetLimitPolicy(
  viewer: Viewer,
  request: SetLimitPolicyRequest,
  assets: AssetCatalogue,
): SetLimitPolicyCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const asset = assets.get(request.asset);
  if (!asset) return invalidInput('asset', request.asset, 'the code of an asset that we keep books in');
  const customerId = request.customerId == null ? null : parseId('cus', request.customerId);
  if (customerId === null && request.customerId != null) return notFound(request.customerId);
  const { countPerDay = null } = request;
  const isCount = countPerDay === null || (countPerDay >= 1 && countPerDay <= LIMIT_COUNT_MAX);
  if (!isCount) return invalidInput('countPerDay', countPerDay, `1 to ${LIMIT_COUNT_MAX}`);
  const amounts: (bigint | null)[] = [];
  for (const field of ['perTransaction', 'perDay', 'perThirtyDays'] as const) {
    const amount = readLimit(field, request[field], asset);
    if (amount !== null && typeof amount !== 'bigint') return amount;
    amounts.push(amount);
  }
  const [perTransactionMinor = null, perDayMinor = null, perThirtyDaysMinor = null] = amounts;
  const asked = {
    customerId,
    asset: asset.code,
    perTransactionMinor,
    perDayMinor,
    perThirtyDaysMinor,
    countPerDay,
  };
  const { organizationId } = viewer;
  return {
    organizationId,
    operation: 'setLimitPolicy',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    policy: { ...asked, id: newUuid(), organizationId },
    setBy: viewer.subjectId,
  };
}

function readLimit(
  field: string,
  text: string | null | undefined,
  asset: AssetScale,
): bigint | null | FailureView {
  if (text == null) return null;
  const parsed = parseAmount(text, asset);
  return 'fault' in parsed ? invalidInput(field, text, parsed.expected) : parsed.amountMinor;
}
