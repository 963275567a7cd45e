import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import { present } from '../../platform/invariant.ts';
import { hasScope, type Viewer } from '../../platform/viewer.ts';
import type { FeedEvent } from '../../schema/events.ts';
import { compileMatch, STREAM_RULES } from './rules.ts';

/** A subscription operation as it is served: what to wait for, and what to resolve for each event. */
export interface SubscriptionPlan {
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly field: string;
  readonly after: string | null;
  readonly matches: (event: FeedEvent) => boolean;
  /** Equal for subscriptions whose messages are equal but for who receives them. */
  readonly shareKey: string;
}

export interface SubscriptionRequest {
  /** Valid against the schema. */
  readonly document: DocumentNode;
  readonly text: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly viewer: Viewer;
}

/**
 * @throws {ApiError} FORBIDDEN without the field's scope; BAD_USER_INPUT for variables, ids or an operation that
 *   do not fit
 */
export function planSubscription(schema: GraphQLSchema, request: SubscriptionRequest): SubscriptionPlan {
  const { document, operationName, variables, viewer } = request;
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== 'subscription')
    throw new ApiError('BAD_USER_INPUT', 'There is no such operation.');
  const fieldNode = rootField(operation);
  const rule = STREAM_RULES[fieldNode.name.value];
  if (!rule) throw new ApiError('BAD_USER_INPUT', `${fieldNode.name.value} cannot be subscribed to.`);
  if (!hasScope(viewer, rule.scope)) {
    throw new ApiError('FORBIDDEN', `this needs the scope ${rule.scope}`, { scope: rule.scope });
  }
  const args = argumentsOf(schema, operation, fieldNode, variables);
  const match = compileMatch(rule, args);
  const { customerId } = viewer;
  return {
    document,
    operationName,
    variables,
    field: fieldNode.name.value,
    after: typeof args.after === 'string' ? args.after : null,
    // A client token sees one customer, whatever it asks for.
    matches: (event) => match(event) && (customerId === undefined || event.subjects.includes(customerId)),
    shareKey: shareKeyOf(request, operation, fieldNode),
  };
}

/** Validation allows one root field; a fragment may be round it. */
function rootField(operation: OperationDefinitionNode): FieldNode {
  const [selection] = operation.selectionSet.selections;
  if (selection?.kind === Kind.FIELD) return selection;
  throw new ApiError('BAD_USER_INPUT', 'Write the subscription field itself and not a fragment of it.');
}

function argumentsOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fieldNode: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 5 });
  if (coerced.errors) throw new ApiError('BAD_USER_INPUT', coerced.errors[0]?.message ?? 'bad variables');
  const field = schema.getSubscriptionType()?.getFields()[fieldNode.name.value];
  return getArgumentValues(present(field, 'field of a valid document'), fieldNode, coerced.coerced);
}

/**
 * Who may share a message: the same text, operation and variables (but for `after`, which says where a reader
 * starts and not what it gets), asked by viewers who see the same.
 */
function shareKeyOf(
  request: SubscriptionRequest,
  operation: OperationDefinitionNode,
  fieldNode: FieldNode,
): string {
  const { viewer, variables } = request;
  const ignored = variableOnlyOfAfter(operation, fieldNode, request.document);
  const kept = Object.keys(variables)
    .filter((name) => name !== ignored)
    .sort()
    .map((name) => [name, variables[name]]);
  const identity = [viewer.organizationId, viewer.customerId ?? null, [...viewer.scopes].sort()];
  return JSON.stringify([request.text, request.operationName ?? null, kept, identity]);
}

function variableOnlyOfAfter(
  operation: OperationDefinitionNode,
  fieldNode: FieldNode,
  document: DocumentNode,
): string | null {
  const value = fieldNode.arguments?.find((argument) => argument.name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, { Variable: (node) => void (node.name.value === name && uses++) });
  const declared = operation.variableDefinitions?.some(
    (definition) => definition.variable.name.value === name,
  );
  // Its declaration and this argument.
  return declared && uses === 2 ? name : null;
}
