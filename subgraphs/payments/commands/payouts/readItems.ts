import { type FailureView, invalidInput } from '../../../../platform/failures.ts';
import { newUuid } from '../../../../platform/id.ts';
import { checkMetadata, checkOptionalText, firstFault, metadataObject } from '../../../../platform/inputs.ts';
import type { AssetScale } from '../../../../platform/money.ts';
import { parseAmount } from '../../../../platform/money.ts';
import { parseAddress } from '../../../../rails/onchain/address.ts';
import type { Party } from '../../domain/party.ts';
import type { NewPayoutItem } from '../../domain/payouts/payoutItem.ts';
import type { PayoutFault, PayoutItemRequest } from '../../domain/payouts/payoutRequest.ts';
import { DESCRIPTION_LENGTH_MAX, EXTERNAL_ID_LENGTH_MAX, readParty } from '../inputs.ts';
import { type OutsideWish, readWish } from './readWish.ts';

/** What reading items came to: those without a fault, and every fault of the others. */
export interface ReadItems {
  readonly items: readonly NewPayoutItem[];
  readonly faults: readonly PayoutFault[];
  /** Ways outside that have to be found yet, by the items' numbers. */
  readonly wishes: ReadonlyMap<number, OutsideWish>;
}

type Destination = Pick<NewPayoutItem, 'destinationAccountId' | 'destinationIsWallet' | 'destinationAddress'>;

/** Checks what needs no database of each item, one fault a field. */
export function readItems(
  requests: readonly PayoutItemRequest[],
  source: Party,
  asset: AssetScale,
): ReadItems {
  const faults: PayoutFault[] = [];
  const items: NewPayoutItem[] = [];
  const wishes = new Map<number, OutsideWish>();
  const firstWith = new Map<string, number>();
  for (const [index, request] of requests.entries()) {
    const number = index + 1;
    const found: FailureView[] = [];
    const amount = parseAmount(request.amount, asset);
    if ('fault' in amount) found.push(invalidInput('amount', request.amount, amount.expected));
    const wish = readWish(request);
    const destination =
      wish === null ? readDestination(request, source) : '__typename' in wish ? wish : OUTSIDE;
    if ('__typename' in destination) found.push(destination);
    for (const fault of labelFaults(request)) if (fault) found.push(fault);
    const { externalId } = request;
    if (externalId != null) {
      const first = firstWith.get(externalId);
      if (first === undefined) firstWith.set(externalId, number);
      else found.push(invalidInput('externalId', externalId, `another than that of item ${first}`));
    }
    if (found.length > 0 || 'fault' in amount || '__typename' in destination) {
      faults.push(...found.map((fault) => itemFault(number, request, fault)));
      continue;
    }
    if (wish !== null && !('__typename' in wish)) wishes.set(number, wish);
    items.push({
      ...destination,
      ...NO_ORDER,
      id: newUuid(),
      number,
      amountMinor: amount.amountMinor,
      description: request.description ?? null,
      externalId: externalId ?? null,
      metadata: metadataObject(request.metadata),
    });
  }
  return { items, faults, wishes };
}

/** Until it is known what is there. */
const OUTSIDE: Destination = {
  destinationAccountId: null,
  destinationIsWallet: false,
  destinationAddress: null,
};

const NO_ORDER = { destinationExternalAccountId: null, rail: null, payout: null, sealed: null } as const;

function labelFaults({
  description,
  externalId,
  metadata,
}: PayoutItemRequest): readonly (FailureView | null)[] {
  return [
    checkOptionalText('description', description, 0, DESCRIPTION_LENGTH_MAX),
    checkOptionalText('externalId', externalId, 1, EXTERNAL_ID_LENGTH_MAX),
    firstFault(checkMetadata(metadata)),
  ];
}

function readDestination(
  { destinationId, destinationAddress }: PayoutItemRequest,
  source: Party,
): Destination | FailureView {
  if (destinationAddress != null) {
    if (destinationId != null) {
      return invalidInput('destinationAddress', destinationAddress, 'nothing beside destinationId');
    }
    const parsed = parseAddress(destinationAddress);
    if ('expected' in parsed) return invalidInput('destinationAddress', destinationAddress, parsed.expected);
    return {
      destinationAccountId: null,
      destinationIsWallet: false,
      destinationAddress: parsed.address,
    };
  }
  const expected = 'an account (acc_) or wallet (wal_), or another destination instead';
  const party = destinationId == null ? null : readParty(destinationId);
  if (!party) return invalidInput('destinationId', destinationId, expected);
  if (party.accountId === source.accountId) {
    return invalidInput('destinationId', party.id, 'another account than the source');
  }
  return {
    destinationAccountId: party.accountId,
    destinationIsWallet: party.isWallet,
    destinationAddress: null,
  };
}

/** A failure of an input as a fault of an item. */
export function itemFault(item: number, { row }: PayoutItemRequest, failure: FailureView): PayoutFault {
  const { field, value, expected } = failure as ReturnType<typeof invalidInput>;
  return { item, row: row ?? null, field, value, expected, code: failure.code };
}
