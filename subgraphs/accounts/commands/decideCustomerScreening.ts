import type { FailureView } from '../../../platform/failures.ts';
import { checkIdempotencyKey, checkText, firstFault } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import type { DecideCustomerScreeningInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer, findNamed, isFailure } from './answerCustomer.ts';
import { commandOf } from './command.ts';

const NOTE_LENGTH_MAX = 500;

/** What somebody in compliance decides about whom a Customer resembles. Safe to retry with the same key. */
export async function decideCustomerScreening(
  context: Context,
  input: DecideCustomerScreeningInput,
): Promise<CustomerRow | FailureView> {
  const fault = firstFault(
    checkIdempotencyKey(input.idempotencyKey),
    checkText('note', input.note, 1, NOTE_LENGTH_MAX),
  );
  if (fault) return fault;
  const customer = await findNamed(context, input.customerId);
  if (isFailure(customer)) return customer;
  return await answerCustomer(context, {
    ...commandOf(context, 'decideCustomerScreening', input),
    customerId: customer.id,
    decided: { decision: input.decision, note: input.note, decidedBy: context.viewer.subjectId },
  });
}
