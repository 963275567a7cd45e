import { lockCustomersOf, restrictHolders } from '../../../ledger/restrict.ts';
import type { Outcome } from '../../../platform/commandLane.ts';
import type { FailureView } from '../../../platform/failures.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Context } from '../context.ts';
import { type EndorsementPolicy, restrictionsOf } from '../domain/endorsement.ts';
import { failureOf } from '../errors.ts';
import type { SetEndorsementPolicyInput } from '../generated/resolvers.ts';
import { readRefused } from '../store/customerScreenings.ts';
import { readActive } from '../store/endorsementWrites.ts';
import { setPolicy } from '../store/organizations.ts';
import type { OrganizationRow } from '../store/rows.ts';
import { commandOf, type SetEndorsementPolicy, submit } from './command.ts';

/** Says whether Endorsements bind the organization's payments. Safe to retry with the same key. */
export async function setEndorsementPolicy(
  context: Context,
  input: SetEndorsementPolicyInput,
): Promise<OrganizationRow | FailureView> {
  const fault = checkIdempotencyKey(input.idempotencyKey);
  if (fault) return fault;
  const result = await submit(context, {
    ...commandOf(context, 'setEndorsementPolicy', input),
    policy: input.policy,
  });
  const failure = failureOf(result);
  if (failure) return failure;
  return present(await context.loaders.organization.load(context.viewer.organizationId), 'organization');
}

/** Decides a batch in order. A policy that is there already changes nothing and locks no Account. */
export async function decideSetPolicies(
  tx: Tx,
  commands: readonly SetEndorsementPolicy[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { organizationId, policy } of commands) {
    if (await setPolicy(tx, organizationId, policy)) await restrictAll(tx, organizationId, policy);
    outcomes.push({ result: { type: 'Organization', id: formatId('org', organizationId) }, events: [] });
  }
  return outcomes;
}

/** Every customer in one go: payments of the organization wait meanwhile, which is what makes the change one instant. */
async function restrictAll(tx: Tx, organizationId: Uuid, policy: EndorsementPolicy): Promise<void> {
  const customerIds = await lockCustomersOf(tx, organizationId);
  const [active, refused] = await Promise.all([
    readActive(tx, organizationId),
    readRefused(tx, organizationId),
  ]);
  const namesOf = new Map(active.map(({ customerId, names }) => [customerId, new Set(names)]));
  await restrictHolders(
    tx,
    customerIds.map((id) => restrictionsOf(id, policy, namesOf.get(id) ?? new Set(), refused.has(id))),
  );
}
