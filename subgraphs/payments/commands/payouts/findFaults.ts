import type { LedgerAccount } from '../../../../ledger/account.ts';
import { balanceOf } from '../../../../ledger/balance.ts';
import { findAccounts } from '../../../../ledger/reads.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { assetOfRail } from '../../../../rails/bank/catalog/bankRails.ts';
import { findSendingWallets } from '../../../../rails/onchain/sends.ts';
import type { NewPayoutItem } from '../../domain/payouts/payoutItem.ts';
import type { PayoutFault } from '../../domain/payouts/payoutRequest.ts';
import { placeFault } from '../../domain/payTo.ts';
import { mismatched, missing, notOnChain } from '../../domain/results.ts';
import { findExternalIds } from '../../store/findExternalIds.ts';
import type { ReadPayoutBatch } from './createPayoutBatch.ts';
import type { ResolvedBatch } from './resolveOutside.ts';

/** What a look at the database found; it takes no lock, so that each item is decided once more when it is paid. */
export interface Found {
  /** Why nothing can be paid from the source at all. */
  readonly refusal: StoredResult | null;
  readonly faults: readonly PayoutFault[];
  /** What the source could spend, in minor units. */
  readonly availableMinor: bigint;
}

/**
 * Checks all items against what there is: accounts, Assets, externalIds, the way to addresses. Safe to retry.
 *
 * @param reads role omsx_payments
 * @param writes role omsx_payments_writer, for what only that may read
 */
export async function findFaults(reads: Database, writes: Database, read: ResolvedBatch): Promise<Found> {
  const { organizationId, source, items, asset } = read.command;
  const destinationIds = [...new Set(items.flatMap((item) => item.destinationAccountId ?? []))];
  const policyIds = [...read.wishes.values()].flatMap(({ returnPolicy }) => returnPolicy?.accountId ?? []);
  const [[sourceAccount], others] = await Promise.all([
    findAccounts(reads, organizationId, [source.accountId]),
    findAccounts(reads, organizationId, [...new Set([...destinationIds, ...policyIds])]),
  ]);
  const refuse = (refusal: StoredResult): Found => ({ refusal, faults: [], availableMinor: 0n });
  if (!isUsable(sourceAccount, source.isWallet)) return refuse(missing(source.id));
  if (sourceAccount.asset !== asset) return refuse(mismatched(sourceAccount.asset, asset));
  if (sourceAccount.closedAt !== null) return refuse({ type: 'AccountClosed', accountId: sourceAccount.id });

  const sends = items.some(({ destinationAddress }) => destinationAddress !== null);
  const { taken, isSending } = await writes.write(async (tx) => {
    const [rows, wallets] = await Promise.all([
      findExternalIds(
        tx,
        items.flatMap(({ externalId }) => (externalId === null ? [] : { organizationId, externalId })),
      ),
      sends ? findSendingWallets(tx, [sourceAccount.id]) : new Map(),
    ]);
    return { taken: new Map(rows.map((row) => [row.externalId, row.id])), isSending: wallets.size > 0 };
  });
  if (sends && !isSending) return refuse(notOnChain(sourceAccount.id));
  const known = new Map(others.flatMap((account) => (account ? [[account.id, account] as const] : [])));
  return {
    refusal: null,
    faults: items.flatMap((item) => [
      ...faultsOf(read, item, known, taken),
      ...placeFaults(read, item, sourceAccount),
    ]),
    availableMinor: balanceOf(sourceAccount).available,
  };
}

function isUsable(
  account: LedgerAccount | null | undefined,
  mustBackWallet: boolean,
): account is LedgerAccount {
  if (!account || (account.kind !== 'CUSTOMER' && account.kind !== 'TREASURY')) return false;
  return !mustBackWallet || account.backsWallet;
}

function faultsOf(
  { command, requests, wishes }: ReadPayoutBatch,
  item: NewPayoutItem,
  known: ReadonlyMap<Uuid, LedgerAccount>,
  taken: ReadonlyMap<string, Uuid>,
): readonly PayoutFault[] {
  const request = requests[item.number - 1];
  const fault = (
    field: string,
    value: string | null | undefined,
    { code, expected }: Pick<PayoutFault, 'code' | 'expected'>,
  ): PayoutFault => ({
    item: item.number,
    row: request?.row ?? null,
    field,
    value: value?.slice(0, 100) ?? null,
    expected,
    code,
  });
  const faults: PayoutFault[] = [];
  const { destinationAccountId, externalId, destinationIsWallet } = item;
  const look = (field: string, value: string | null | undefined, id: Uuid, mustBackWallet: boolean): void => {
    const wrong = accountFault(known.get(id), command.asset, mustBackWallet);
    if (wrong !== null) faults.push(fault(field, value, wrong));
  };
  if (destinationAccountId !== null) {
    look('destinationId', request?.destinationId, destinationAccountId, destinationIsWallet);
  }
  const creditedId = wishes.get(item.number)?.returnPolicy?.accountId ?? null;
  if (creditedId !== null) {
    look('returnPolicy.accountId', request?.returnPolicy?.accountId, creditedId, false);
  }
  const existingId = externalId === null ? undefined : taken.get(externalId);
  if (existingId !== undefined) {
    const expected = `one that no transaction has: ${formatId('txn', existingId)} does`;
    faults.push(fault('externalId', externalId, { code: 'EXTERNAL_ID_TAKEN', expected }));
  }
  return faults;
}

/** Why an Account of the organization cannot be credited in an Asset; null when it can. */
function accountFault(
  account: LedgerAccount | undefined,
  asset: string,
  mustBackWallet: boolean,
): Pick<PayoutFault, 'code' | 'expected'> | null {
  if (!isUsable(account, mustBackWallet)) {
    return { code: 'NOT_FOUND', expected: 'an account or wallet of the organization' };
  }
  if (account.asset !== asset) {
    return { code: 'ASSET_MISMATCH', expected: `one that counts ${asset}, not ${account.asset}` };
  }
  return account.closedAt === null ? null : { code: 'ACCOUNT_CLOSED', expected: 'an account that is open' };
}

/** Whether the external account may be paid to now; when the item is paid, it is asked once more under its lock. */
function placeFaults(
  { places, command, requests }: ResolvedBatch,
  { number, destinationExternalAccountId: id, rail }: NewPayoutItem,
  source: LedgerAccount,
): readonly PayoutFault[] {
  const row = requests[number - 1]?.row ?? null;
  const value = requests[number - 1]?.destinationExternalAccountId?.slice(0, 100) ?? null;
  const carried = rail === null ? command.asset : assetOfRail(rail);
  if (carried !== command.asset) {
    const expected = `one that counts ${command.asset}, not ${carried}`;
    return [{ item: number, row, field: 'rail', value: rail, expected, code: 'ASSET_MISMATCH' }];
  }
  const place = id === null ? undefined : places.get(id);
  const fault = place === undefined ? null : placeFault(place, source, command.asset);
  if (fault === null) return [];
  const isMismatch = fault.type === 'AssetMismatch';
  const expected = isMismatch
    ? `one that takes ${command.asset}`
    : `one that can be paid from there: ${String(fault.why)}`;
  const code = isMismatch ? 'ASSET_MISMATCH' : 'EXTERNAL_ACCOUNT_NOT_USABLE';
  return [{ item: number, row, field: 'destinationExternalAccountId', value, expected, code }];
}
