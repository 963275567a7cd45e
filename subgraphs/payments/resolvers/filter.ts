import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { ApiError } from '../../../platform/errors.ts';
import type { Uuid } from '../../../platform/id.ts';
import { type AssetScale, parseAmount } from '../../../platform/money.ts';
import type { AmountRange, InputMaybe, TransactionFilter } from '../generated/resolvers.ts';
import type { Conditions } from '../store/listTransactions.ts';
import type { PartyKind } from '../store/listTransactionsOf.ts';
import { filterId } from './ids.ts';

/**
 * What the filter asks for; null when nothing can meet it, such as an id that is none of ours.
 *
 * @throws {ApiError} BAD_USER_INPUT for an amount that is none
 */
export function readFilter(
  filter: InputMaybe<TransactionFilter> | undefined,
  assets: AssetCatalogue,
): Conditions | null {
  if (!filter) return {};
  const parties: { kind: PartyKind; id: Uuid }[] = [];
  const asked = [
    ['account', filterId('acc', filter.accountId)],
    ['account', filterId('wal', filter.walletId)],
    ['customer', filterId('cus', filter.customerId)],
  ] as const;
  for (const [kind, id] of asked) {
    if (id === null) return null;
    if (id !== undefined) parties.push({ kind, id });
  }
  const externalAccountId = filterId('xac', filter.externalAccountId);
  if (externalAccountId === null) return null;
  const texts = [filter.externalId, filter.metadata?.key, filter.metadata?.value];
  if (texts.some((text) => text?.includes('\0') || text?.isWellFormed() === false)) return null;
  return {
    parties,
    ...(filter.statuses ? { statuses: filter.statuses } : {}),
    ...(filter.types ? { types: filter.types } : {}),
    ...(filter.amount ? readAmounts(filter.amount, assets) : {}),
    ...(filter.createdAt?.from ? { createdFrom: filter.createdAt.from } : {}),
    ...(filter.createdAt?.to ? { createdBefore: filter.createdAt.to } : {}),
    ...(filter.externalId ? { externalId: filter.externalId } : {}),
    ...(externalAccountId === undefined ? {} : { externalAccountId }),
    ...(filter.metadata ? { metadata: filter.metadata } : {}),
  };
}

function readAmounts({ asset: code, min, max }: AmountRange, assets: AssetCatalogue): Conditions {
  const asset = assets.get(code);
  if (!asset)
    throw new ApiError('BAD_USER_INPUT', `filter.amount.asset is ${code.slice(0, 40)}: not an asset`);
  return {
    asset: code,
    ...(min ? { amountMinorMin: readBound('min', min, asset) } : {}),
    ...(max ? { amountMinorMax: readBound('max', max, asset) } : {}),
  };
}

function readBound(name: 'min' | 'max', text: string, asset: AssetScale): bigint {
  const parsed = parseAmount(text, asset);
  if (!('fault' in parsed)) return parsed.amountMinor;
  if (parsed.fault === 'ZERO') return 0n;
  const shown = JSON.stringify(text.slice(0, 40));
  throw new ApiError('BAD_USER_INPUT', `filter.amount.${name} is ${shown}: expected ${parsed.expected}`);
}
