import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { parseId, type Uuid } from '../../../../platform/id.ts';
import { checkOptionalText } from '../../../../platform/inputs.ts';
import { isBankRail } from '../../../../rails/bank/catalog/bankRails.ts';
import { SPEED_CODES, type SpeedCode } from '../../../../rails/bank/catalog/rail.ts';
import type { BankAccountDetails } from '../../../../rails/bank/details.ts';
import type { BankRailName } from '../../../../rails/port.ts';
import type { PayoutItemRequest } from '../../domain/payouts/payoutRequest.ts';
import type { ReturnPolicy } from '../../domain/refunds/returnPolicy.ts';
import { REFERENCE_LENGTH_MAX, readDetails } from '../readPayout.ts';
import { readReturnPolicy } from '../refunds/readReturnPolicy.ts';

/** Where an item goes outside, before it is known what is there: an external account, or a bank account that is used once. */
export interface OutsideWish {
  readonly externalAccountId: Uuid | null;
  readonly details: BankAccountDetails | null;
  /** Null where the external account has to say. */
  readonly rail: BankRailName | null;
  readonly speed: SpeedCode | null;
  readonly reference: string | null;
  /** Left out where nothing is declared, so that what was asked before is still the same. */
  readonly returnPolicy?: ReturnPolicy;
}

/** What an item asks of the way outside; null where it stays with us or names an address. Pure. */
export function readWish(request: PayoutItemRequest): OutsideWish | FailureView | null {
  const { destinationExternalAccountId: id, destinationBankAccount: account } = request;
  const { rail, speed, reference } = request;
  if (id == null && account == null) return checkBeside(request);
  const others = [request.destinationId, request.destinationAddress, id, account].filter(
    (one) => one != null,
  );
  const field = id == null ? 'destinationBankAccount' : 'destinationExternalAccountId';
  if (others.length > 1) return invalidInput(field, id ?? '(not shown)', 'no other destination beside it');
  const fault = checkOptionalText('reference', reference, 1, REFERENCE_LENGTH_MAX);
  if (fault) return fault;
  const speedCode = speed == null ? null : SPEED_CODES.find((code) => code === speed);
  if (speedCode === undefined) return invalidInput('speed', speed, `one of ${SPEED_CODES.join(', ')}`);
  const returnPolicy = readReturnPolicy(request.returnPolicy);
  if (returnPolicy !== null && '__typename' in returnPolicy) return returnPolicy;
  const declared = returnPolicy === null ? {} : { returnPolicy };
  const how = { speed: speedCode, reference: reference ?? null, ...declared };
  if (account != null) return readAccount(request, how);
  const externalAccountId = parseId('xac', String(id));
  if (externalAccountId === null) return notFoundPlace(String(id));
  if (rail != null && !isBankRail(rail)) return invalidInput('rail', rail, 'a rail between banks');
  return { ...how, externalAccountId, details: null, rail: rail ?? null };
}

/** An item's faults name its fields, which what is not found elsewhere does not. */
export function notFoundPlace(id: string): FailureView {
  const { code } = notFound(id);
  const expected = 'an external account (xac_) of the organization';
  return { ...invalidInput('destinationExternalAccountId', id, expected), code };
}

function readAccount(
  { destinationBankAccount: account, rail: named }: PayoutItemRequest,
  how: Pick<OutsideWish, 'speed' | 'reference' | 'returnPolicy'>,
): OutsideWish | FailureView {
  const rail = account?.rail ?? named ?? '';
  if (!isBankRail(rail)) return invalidInput('rail', rail, 'the rail of the bank account');
  if (account?.rail != null && named != null) {
    return invalidInput('rail', named, 'nothing, as destinationBankAccount has its own');
  }
  const details = readDetails({ ...account, rail, accountHolderName: account?.accountHolderName ?? '' });
  return '__typename' in details ? details : { ...how, externalAccountId: null, details, rail };
}

/** What goes with a bank only. */
function checkBeside({ rail, speed, reference, returnPolicy }: PayoutItemRequest): FailureView | null {
  if (returnPolicy != null) return invalidInput('returnPolicy', '(given)', 'nothing but to a bank');
  for (const [field, value] of Object.entries({ rail, speed, reference })) {
    if (value != null) return invalidInput(field, value, 'nothing but to a bank');
  }
  return null;
}
