import type { LedgerAccount } from '../../../ledger/account.ts';
import type { Uuid } from '../../../platform/id.ts';
import { ONCHAIN } from '../../../rails/onchain/onchain.ts';
import type { DepositRow } from '../../../rails/onchain/settlements.ts';
import type { open } from './batch.ts';
import { creditedSide } from './transaction.ts';

/** The Transaction that a deposit begins: from what the organization has on the Network to the Wallet. */
export function depositDraft(
  id: Uuid,
  { organizationId, asset, amountMinor }: DepositRow,
  account: LedgerAccount,
  omnibusId: Uuid,
): Parameters<typeof open>[1] {
  return {
    id,
    organizationId,
    type: 'CRYPTO_TO_CRYPTO',
    finality: ONCHAIN.finality.open,
    captureMethod: 'AUTOMATIC',
    sourceRail: ONCHAIN.name,
    sourceAccountId: omnibusId,
    sourceIsWallet: false,
    sourceCustomerId: null,
    sourceAsset: asset,
    sourceAmountMinor: amountMinor,
    ...creditedSide(account),
    destinationAmountMinor: amountMinor,
    refundOf: null,
    description: null,
    externalId: null,
    metadata: {},
  };
}
