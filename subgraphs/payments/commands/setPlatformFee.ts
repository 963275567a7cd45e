import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import { parseAmount } from '../../../platform/money.ts';
import { readPercent } from '../../../platform/percent.ts';
import type { SetPlatformFeeCommand } from '../domain/quoteCommand.ts';

/** What setPlatformFee is asked, as it came. */
export interface SetPlatformFeeRequest {
  readonly idempotencyKey: string;
  readonly asset: string;
  readonly flat?: string | null | undefined;
  readonly percent?: string | null | undefined;
}

const PARTS_MAX = 200_000n;
const PERCENT_EXPECTED = 'a percentage from 0.0001 to 20 with at most four decimals, or nothing';

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readSetPlatformFee(
  organizationId: Uuid,
  request: SetPlatformFeeRequest,
  assets: AssetCatalogue,
): SetPlatformFeeCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const { asset, flat, percent } = request;
  const counted = assets.get(asset);
  if (!counted) return invalidInput('asset', asset, 'the code of an asset that we keep books in');
  let flatMinor = 0n;
  if (flat != null) {
    const parsed = parseAmount(flat, counted);
    if ('fault' in parsed) return invalidInput('flat', flat, parsed.expected);
    flatMinor = parsed.amountMinor;
  }
  const partsPerMillion = percent == null ? 0n : readPercent(percent);
  if (partsPerMillion === null || partsPerMillion > PARTS_MAX) {
    return invalidInput('percent', percent, PERCENT_EXPECTED);
  }
  const asked = { asset, flatMinor, partsPerMillion };
  return {
    ...asked,
    organizationId,
    operation: 'setPlatformFee',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
  };
}
