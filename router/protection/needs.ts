import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { invariant, present } from '../../platform/invariant.ts';
import type { Operation } from '../operation/operation.ts';
import type { Condition } from './condition.ts';
import type { Requirements } from './requirements.ts';

/** What the fields of one operation need. */
export interface Needs {
  /** All that any field needs, each once. */
  readonly conditions: readonly Condition[];
  /** A field's need is the same wherever its fragment is spread, since a fragment names its own type. */
  readonly byField: ReadonlyMap<FieldNode, Need>;
}

export interface Need {
  /** `Type.field`, for the message. */
  readonly coordinate: string;
  readonly conditions: readonly Condition[];
}

/**
 * Null when everyone may have all of it. Whether a field is skipped is not looked at: what may not be asked for may not
 * be asked for under a condition either.
 *
 * `__typename` needs nothing by itself. Where an object type is restricted so is every field that returns it, and below
 * a union or an interface the name of a type says nothing beyond what the field that returns it may say. Clients add
 * `__typename` to each selection, and since it cannot be null, denying it would take the whole object.
 */
export function needsOf(
  operation: Operation,
  schema: GraphQLSchema,
  requirements: Requirements,
): Needs | null {
  const byField = new Map<FieldNode, Need>();
  const fragments = fragmentsOf(operation);
  const walk = (set: SelectionSetNode, parent: GraphQLNamedType): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        walkField(selection, parent);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition, selectionSet } = selection;
        walk(selectionSet, typeCondition ? typeNamed(schema, typeCondition.name.value) : parent);
      } else {
        const fragment = fragments.get(selection.name.value);
        fragments.delete(selection.name.value);
        if (fragment) walk(fragment.selectionSet, typeNamed(schema, fragment.typeCondition.name.value));
      }
    }
  };
  const walkField = (node: FieldNode, parent: GraphQLNamedType): void => {
    const name = node.name.value;
    if (name.startsWith('__')) return;
    invariant(isObjectType(parent) || isInterfaceType(parent), `${parent.name} has no fields`);
    const conditions = requirements.of(parent, name);
    if (conditions.length > 0) byField.set(node, { coordinate: `${parent.name}.${name}`, conditions });
    const field = present(parent.getFields()[name], `field ${parent.name}.${name}`);
    if (node.selectionSet) walk(node.selectionSet, getNamedType(field.type));
  };
  const root = present(schema.getRootType(operation.kind), `root type of a ${operation.kind}`);
  walk(operation.definition.selectionSet, root);
  if (byField.size === 0) return null;
  const conditions = new Set([...byField.values()].flatMap((need) => need.conditions));
  return { conditions: [...conditions], byField };
}

/** Calls `visit` with each field of the operation that is reached; what is below a field only when it says so. */
export function visitFields(operation: Operation, visit: (field: FieldNode) => boolean): void {
  const fragments = fragmentsOf(operation);
  const walk = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        if (visit(selection) && selection.selectionSet) walk(selection.selectionSet);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet);
      } else {
        // Once is enough, however often it is spread.
        const fragment = fragments.get(selection.name.value);
        fragments.delete(selection.name.value);
        if (fragment) walk(fragment.selectionSet);
      }
    }
  };
  walk(operation.definition.selectionSet);
}

function fragmentsOf({ document }: Operation): Map<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
}

function typeNamed(schema: GraphQLSchema, name: string): GraphQLNamedType {
  return present(schema.getType(name), `type ${name}`);
}
