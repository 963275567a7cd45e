import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { checkIdempotencyKey, checkOptionalText, checkText, firstFault } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import type { DecideEndorsementInput, EndorsementReasonInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer, checkEndorsementName, findNamed, isFailure } from './answerCustomer.ts';
import { commandOf } from './command.ts';

const REASONS_MAX = 10;
const TEXT_LENGTH_MAX = 500;
const CODE_PATTERN = /^[A-Z][A-Z0-9_]{1,39}$/;

/** What somebody in compliance decides of an Endorsement, whatever a provider said. Safe to retry with the same key. */
export async function decideEndorsement(
  context: Context,
  input: DecideEndorsementInput,
): Promise<CustomerRow | FailureView> {
  const reasons = input.reasons ?? [];
  const fault = firstFault(
    checkIdempotencyKey(input.idempotencyKey),
    checkEndorsementName(input.name),
    reasons.length > REASONS_MAX
      ? invalidInput('reasons', `${reasons.length} reasons`, `at most ${REASONS_MAX}`)
      : firstFault(...reasons.map(checkReason)),
  );
  if (fault) return fault;
  const customer = await findNamed(context, input.customerId);
  if (isFailure(customer)) return customer;
  return await answerCustomer(context, {
    ...commandOf(context, 'decideEndorsement', input),
    customerId: customer.id,
    name: input.name,
    decision: input.decision,
    reasons: reasons.map(({ code, message, internal }) => ({
      code,
      message,
      internal: internal ?? null,
      field: null,
    })),
  });
}

function checkReason({ code, message, internal }: EndorsementReasonInput, index: number): FailureView | null {
  const at = `reasons.${index}`;
  return firstFault(
    CODE_PATTERN.test(code)
      ? null
      : invalidInput(`${at}.code`, code, 'a word in capitals such as DOCUMENT_EXPIRED'),
    checkText(`${at}.message`, message, 1, TEXT_LENGTH_MAX),
    checkOptionalText(`${at}.internal`, internal, 0, TEXT_LENGTH_MAX),
  );
}
