import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { sealBytes } from '../../../../platform/vault/sealedBytes.ts';
import { type BankAccountDetails, encodeDetails, maskOf } from '../../../../rails/bank/details.ts';
import { type ExternalAccountDetails, openDetails } from '../../../../rails/bank/externalAccounts/details.ts';
import { openAmounts } from '../../../../rails/bank/externalAccounts/microDeposits.ts';
import { bankRailsOf, orderDetailsOf } from '../../../../rails/bank/externalAccounts/orderDetails.ts';
import { findSealedPlace, type SealedPlace } from '../../../../rails/bank/microDeposits/readMicroDeposits.ts';
import type { MicroOrderDraft, SendMicroDepositsCommand } from '../../domain/microDeposits/command.ts';
import { readParty } from '../inputs.ts';
import { adapterFor, type BankConnection } from '../places.ts';

/** What sendMicroDeposits is asked, as it came. */
export interface SendMicroDepositsRequest {
  readonly idempotencyKey: string;
  readonly externalAccountId: string;
  readonly sourceId: string;
}

/**
 * Opens what is sealed of the ExternalAccount and seals it for two orders, which asks the vault: not within a tx. A failure
 * found here is not kept: its key may be used again.
 *
 * @param bank null where no bank is connected
 */
export async function readSendMicroDeposits(
  organizationId: Uuid,
  request: SendMicroDepositsRequest,
  reads: Database,
  bank: BankConnection | null,
): Promise<SendMicroDepositsCommand | FailureView> {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const externalAccountId = parseId('xac', request.externalAccountId);
  if (externalAccountId === null) return notFound(request.externalAccountId);
  if (bank === null) {
    return invalidInput(
      'externalAccountId',
      request.externalAccountId,
      'nothing, as no bank is connected here',
    );
  }
  const place = await findSealedPlace(reads, organizationId, externalAccountId);
  if (place === null) return notFound(request.externalAccountId);
  const details = detailsOf(place, await openDetails(bank.vault, place));
  const [first, second] = await openAmounts(bank.vault, place.id, place.microSealed);
  const adapter = adapterFor(bank, details.rail, organizationId, 'externalAccountId');
  if (typeof adapter !== 'string') return adapter;
  const asked = { externalAccountId, source };
  return {
    ...asked,
    rail: details.rail,
    adapter,
    orders: [
      await orderOf(bank, details, present(first, 'the first amount')),
      await orderOf(bank, details, present(second, 'the second amount')),
    ],
    organizationId,
    operation: 'sendMicroDeposits',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    journalId: newUuid(),
  };
}

async function orderOf(
  { vault }: BankConnection,
  details: BankAccountDetails,
  amountMinor: bigint,
): Promise<MicroOrderDraft> {
  const id = newUuid();
  const sealed = await sealBytes(vault, encodeDetails(details), { purpose: 'omsx-bank-order', id });
  return { id, amountMinor, accountMask: maskOf(details), sealed };
}

/** By the first rail that leads there, which is the cheapest. */
function detailsOf(place: SealedPlace, opened: ExternalAccountDetails): BankAccountDetails {
  const [rail] = bankRailsOf(place.type);
  return orderDetailsOf(place, opened, present(rail, `a rail to a ${place.type}`));
}
