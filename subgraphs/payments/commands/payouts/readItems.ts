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

/** What reading items came to: those without a fault, and every fault of the others. */
export interface ReadItems {
  readonly items: readonly NewPayoutItem[];
  readonly faults: readonly PayoutFault[];
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
  const firstWith = new Map<string, number>();
  for (const [index, request] of requests.entries()) {
    const number = index + 1;
    const found: FailureView[] = [];
    const amount = parseAmount(request.amount, asset);
    if ('fault' in amount) found.push(invalidInput('amount', request.amount, amount.expected));
    const destination = readDestination(request, source);
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
    items.push({
      ...destination,
      id: newUuid(),
      number,
      amountMinor: amount.amountMinor,
      description: request.description ?? null,
      externalId: externalId ?? null,
      metadata: metadataObject(request.metadata),
    });
  }
  return { items, faults };
}

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
  { destinationId, destinationAddress, destinationBankAccount }: PayoutItemRequest,
  source: Party,
): Destination | FailureView {
  if (destinationBankAccount != null) {
    const expected = 'the id of an account or wallet: items of batches do not go to banks';
    return invalidInput('destinationBankAccount', '(not shown)', expected);
  }
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
  const expected = 'an account (acc_) or wallet (wal_), or a destinationAddress instead';
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
