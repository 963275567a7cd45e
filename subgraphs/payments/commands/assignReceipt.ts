import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { type IdPrefix, newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import type { AssignCashReceiptCommand } from '../domain/cash/command.ts';
import type { AssignDepositCommand, AssignLineCommand, AssignReceiptCommand } from '../domain/command.ts';
import type { Party } from '../domain/party.ts';
import { readParty } from './inputs.ts';

interface AssignRequest {
  readonly idempotencyKey: string;
  readonly accountId: string;
}

/** What assignReceipt and assignCashReceipt are asked, as it came. */
export interface AssignReceiptRequest extends AssignRequest {
  readonly receiptId: string;
}

/** What assignDeposit is asked, as it came. */
export interface AssignDepositRequest extends AssignRequest {
  readonly chainTransactionId: string;
}

/** What assignBankBooking is asked, as it came. */
export interface AssignBankBookingRequest extends AssignRequest {
  readonly bookingId: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readAssignReceipt(
  organizationId: Uuid,
  request: AssignReceiptRequest,
): AssignReceiptCommand | FailureView {
  const arrival = { prefix: 'rcp', id: request.receiptId, field: 'receiptId' } as const;
  return readAssign('assignReceipt', arrival, organizationId, request);
}

/** As `readAssignReceipt`, of cash. */
export function readAssignCashReceipt(
  organizationId: Uuid,
  request: AssignReceiptRequest,
): AssignCashReceiptCommand | FailureView {
  const arrival = { prefix: 'crc', id: request.receiptId, field: 'receiptId' } as const;
  return readAssign('assignCashReceipt', arrival, organizationId, request);
}

/** As `readAssignReceipt`, of a deposit on a chain. */
export function readAssignDeposit(
  organizationId: Uuid,
  request: AssignDepositRequest,
): AssignDepositCommand | FailureView {
  const arrival = { prefix: 'chx', id: request.chainTransactionId, field: 'depositId' } as const;
  return readAssign('assignDeposit', arrival, organizationId, request);
}

/** As `readAssignReceipt`, of what a line of a bank put into suspense. */
export function readAssignBankBooking(
  organizationId: Uuid,
  request: AssignBankBookingRequest,
): AssignLineCommand | FailureView {
  const arrival = { prefix: 'bbk', id: request.bookingId, field: 'lineId' } as const;
  return readAssign('assignBankBooking', arrival, organizationId, request);
}

/** @param arrival what is assigned, and the field of its command that names it */
function readAssign<Operation extends string, Field extends string>(
  operation: Operation,
  arrival: { readonly prefix: IdPrefix; readonly id: string; readonly field: Field },
  organizationId: Uuid,
  { idempotencyKey, accountId }: AssignRequest,
) {
  const fault = checkIdempotencyKey(idempotencyKey);
  if (fault) return fault;
  const arrivalId = parseId(arrival.prefix, arrival.id);
  if (arrivalId === null) return notFound(arrival.id);
  const account = readParty(accountId);
  if (!account) return notFound(accountId);
  const named = { [arrival.field]: arrivalId } as { readonly [Name in Field]: Uuid };
  const asked: typeof named & { readonly account: Party } = { ...named, account };
  return {
    ...asked,
    organizationId,
    operation,
    idempotencyKey,
    fingerprint: fingerprintOf(asked),
    transactionId: newUuid(),
    journalId: newUuid(),
  };
}
