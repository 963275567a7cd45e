import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { parseId } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { hasScope } from '../../../platform/viewer.ts';
import type { Context } from '../context.ts';
import { ENDORSEMENT_KINDS, findKind } from '../domain/endorsementKind.ts';
import { endorsementNotPossible, failureOf } from '../errors.ts';
import type { CustomerRow } from '../store/rows.ts';
import { type CustomerCommand, submit } from './command.ts';

/** The Customer that an input names, if the Viewer may see it. */
export async function findNamed(context: Context, id: string): Promise<CustomerRow | FailureView> {
  const customerId = parseId('cus', id);
  return (customerId && (await context.loaders.customer.load(customerId))) || notFound(id);
}

export function isFailure(found: object): found is FailureView {
  return '__typename' in found;
}

/** Null for the name of a kind of Endorsement. */
export function checkEndorsementName(name: string): FailureView | null {
  if (findKind(name)) return null;
  return invalidInput('name', name, `one of ${ENDORSEMENT_KINDS.map((kind) => kind.name).join(', ')}`);
}

/** Sends a command about a Customer through the lane and answers with it as it is then, or why not. */
export async function answerCustomer(
  context: Context,
  command: CustomerCommand,
): Promise<CustomerRow | FailureView> {
  const result = await submit(context, command);
  if (result.type === 'EndorsementNotPossible') {
    return endorsementNotPossible(result, hasScope(context.viewer, 'compliance:read'));
  }
  const failure = failureOf(result);
  if (failure) return failure;
  return present(await context.loaders.customer.load(command.customerId), 'customer of a command');
}
