import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { parseId } from '../../../platform/id.ts';
import {
  checkIdempotencyKey,
  checkMetadata,
  checkOptionalText,
  firstFault,
  type MetadataPair,
} from '../../../platform/inputs.ts';
import { parseAmount } from '../../../platform/money.ts';
import type { Party } from '../domain/party.ts';

export const DESCRIPTION_LENGTH_MAX = 500;
export const EXTERNAL_ID_LENGTH_MAX = 255;

/** An Asset as fine as any, for amounts whose own Asset is known only under lock. */
const FINEST = { code: 'any asset', scale: 18 };

/** What inputs that make a Transaction have in common, as it came. */
export interface LabelsRequest {
  readonly idempotencyKey: string;
  readonly description?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly metadata?: readonly MetadataPair[] | null | undefined;
}

export function checkLabels(request: LabelsRequest): FailureView | null {
  return firstFault(
    checkIdempotencyKey(request.idempotencyKey),
    checkOptionalText('description', request.description, 0, DESCRIPTION_LENGTH_MAX),
    checkOptionalText('externalId', request.externalId, 1, EXTERNAL_ID_LENGTH_MAX),
    checkMetadata(request.metadata),
  );
}

/** Minor units of `text` in the Asset called `code`, or what is wrong with either. */
export function readMoney(assets: AssetCatalogue, code: string, text: string): bigint | FailureView {
  const asset = assets.get(code);
  if (!asset) return invalidInput('asset', code, 'the code of an asset that we keep books in');
  const parsed = parseAmount(text, asset);
  return 'fault' in parsed ? invalidInput('amount', text, parsed.expected) : parsed.amountMinor;
}

/** Checks the form of an amount of any Asset. How large it may be is for whoever knows the Asset. */
export function checkAmountForm(text: string | null | undefined): FailureView | null {
  if (text === null || text === undefined) return null;
  const parsed = parseAmount(text, FINEST);
  return 'fault' in parsed && parsed.fault !== 'TOO_LARGE'
    ? invalidInput('amount', text, parsed.expected)
    : null;
}

/** The one way to write an amount that has passed `checkAmountForm`, so that `5`, `5.0` and `5.00` are one input. */
export function canonicalAmount(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The side behind an `acc_` or `wal_` id; null for anything else, which is then told as not found. */
export function readParty(id: string): Party | null {
  const wallet = parseId('wal', id);
  const accountId = wallet ?? parseId('acc', id);
  return accountId === null ? null : { id, accountId, isWallet: wallet !== null };
}
