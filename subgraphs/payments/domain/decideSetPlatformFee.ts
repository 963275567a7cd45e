import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Batch } from './batch.ts';
import type { SetPlatformFeeCommand } from './quoteCommand.ts';
import { feeKey, type PlatformFee } from './quoteFacts.ts';
import { feeSet } from './quoteResults.ts';

/** Says what Quotes made from now on are charged; those that are open keep their price. */
export function decideSetPlatformFee(batch: Batch, command: SetPlatformFeeCommand): StoredResult {
  const { organizationId, asset, flatMinor, partsPerMillion } = command;
  const fee: PlatformFee = { organizationId, asset, flatMinor, partsPerMillion };
  const key = feeKey(organizationId, asset);
  batch.quote.platformFees.set(key, fee);
  batch.quote.changedFees.add(key);
  return feeSet(fee);
}
