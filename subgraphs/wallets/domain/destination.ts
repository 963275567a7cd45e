import type { LedgerAccount } from '../../../ledger/account.ts';
import { parseId, type Uuid } from '../../../platform/id.ts';

/** What a caller named as the place that money goes to. A Wallet has the uuid of its Account. */
export interface DestinationRef {
  readonly type: 'WALLET' | 'ACCOUNT';
  readonly accountId: Uuid;
}

/** What of an Account decides whether it can be a destination. Only whether it is on a chain can change, once. */
export type DestinationAccount = Pick<
  LedgerAccount,
  'id' | 'organizationId' | 'holderId' | 'kind' | 'asset' | 'backsWallet'
> & {
  /** It backs a Wallet of a connected Network, so that what it holds is on that chain. */
  readonly isOnChain: boolean;
};

/** Reads `wal_...` or `acc_...`; null for anything else. */
export function parseDestination(text: string): DestinationRef | null {
  const walletId = parseId('wal', text);
  if (walletId !== null) return { type: 'WALLET', accountId: walletId };
  const accountId = parseId('acc', text);
  return accountId === null ? null : { type: 'ACCOUNT', accountId };
}

/**
 * True when `organizationId` may send money to `account` under the name it used. System accounts are moved by our
 * own Journals only, and another organization's account must look as if it did not exist.
 */
export function isDestination(
  account: DestinationAccount,
  ref: DestinationRef,
  organizationId: Uuid,
): boolean {
  if (account.organizationId !== organizationId) return false;
  if (account.kind !== 'CUSTOMER' && account.kind !== 'TREASURY') return false;
  return ref.type === 'ACCOUNT' || account.backsWallet;
}
