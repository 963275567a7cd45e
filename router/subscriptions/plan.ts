import { type FieldNode, getArgumentValues } from 'graphql';
import type { Position } from '../../platform/cursor.ts';
import { ApiError } from '../../platform/errors.ts';
import { readCursor } from '../../platform/feed/cursorCheck.ts';
import type { Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import type { FeedEvent } from '../../schema/events.ts';
import { viewerOf } from '../identity.ts';
import type { Admitted } from '../pipeline.ts';
import { rootFieldOf } from './rootField.ts';
import { compileMatch, requireOwnFilter, STREAM_RULES } from './rules.ts';
import { afterVariableOf, shareKeyOf } from './shareKey.ts';

/** A subscription as it is served to everyone who shares its messages. */
export interface StreamPlan {
  readonly admitted: Admitted;
  /** The root field. */
  readonly field: string;
  /** Equal for subscriptions whose messages are equal but for who receives them. */
  readonly shareKey: string;
  /** Not part of what is shared. */
  readonly afterVariable: string | null;
  /** Which of our events it tells of; null where the subgraph itself serves the stream. */
  readonly events: EventSelection | null;
}

export interface EventSelection {
  readonly organizationId: Uuid;
  readonly matches: (event: FeedEvent) => boolean;
}

/**
 * What an admitted subscription waits for, and where this one begins.
 *
 * @param hasFeed whether our events can be had; without them every stream is its subgraph's own
 * @param lastCursor of a client that resumes and says so beside its operation; `after` in the operation goes before it
 * @throws {ApiError} FORBIDDEN without the field's scope; BAD_USER_INPUT for arguments that do not fit
 */
export function planSubscription(
  admitted: Admitted,
  hasFeed: boolean,
  lastCursor: string | null = null,
): { readonly plan: StreamPlan; readonly after: Position | null } {
  const { operation, caller, cost } = admitted;
  const fieldNode = rootFieldOf(operation);
  const field = fieldNode.name.value;
  refuseDenied(admitted, fieldNode);
  const isOurs = hasFeed && Object.hasOwn(STREAM_RULES, field);
  const args = isOurs ? argumentsOf(admitted, fieldNode) : {};
  const cursor = typeof args.after === 'string' ? args.after : isOurs ? lastCursor : null;
  const afterVariable = isOurs ? afterVariableOf(operation, fieldNode) : null;
  const plan: StreamPlan = {
    // The text as it was sent is let go in favour of the one that is kept anyway, and so is what belongs to one request;
    // what is left of a budget is nobody's business but the payer's.
    admitted: {
      ...admitted,
      request: { query: operation.text, operationName: operation.name },
      caller: { identity: caller.identity, headers: caller.headers, requestId: '' },
      cost: cost === null ? null : { estimated: cost.estimated, remaining: null },
    },
    field,
    shareKey: shareKeyOf(admitted, afterVariable),
    afterVariable,
    events: isOurs ? selectEvents(admitted, field, args) : null,
  };
  return { plan, after: cursor === null ? null : readCursor(cursor) };
}

function refuseDenied({ mask }: Admitted, fieldNode: FieldNode): void {
  const denial = mask?.denied.get(fieldNode);
  if (denial !== undefined) throw new ApiError(denial.code, denial.message, denial.extensions);
}

function argumentsOf(admitted: Admitted, fieldNode: FieldNode): Readonly<Record<string, unknown>> {
  const fields = admitted.graph.supergraph.apiSchema.getSubscriptionType()?.getFields();
  const field = present(fields?.[fieldNode.name.value], 'field of a valid document');
  return getArgumentValues(field, fieldNode, admitted.variables);
}

function selectEvents(
  { caller }: Admitted,
  field: string,
  args: Readonly<Record<string, unknown>>,
): EventSelection {
  const { organizationId, customerId } = viewerOf(caller.identity);
  const rule = present(STREAM_RULES[field], `rule of ${field}`);
  if (!caller.identity.hasScope(rule.scope)) {
    throw new ApiError('FORBIDDEN', `this needs the scope ${rule.scope}`, { scope: rule.scope });
  }
  if (customerId !== undefined) requireOwnFilter(args, customerId);
  const match = compileMatch(rule, args);
  return {
    organizationId,
    // A client token sees one customer, whatever it asks for.
    matches: (event) => match(event) && (customerId === undefined || event.subjects.includes(customerId)),
  };
}
