import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { type Conditions, isIncluded } from '../conditions.ts';
import { responseKey } from '../names.ts';

export interface CollectOptions {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly conditions: Conditions;
}

/**
 * The fields that are selected of an object of `type`, by response key, in the order of the answer. Section 6.3.2 of the
 * specification, CollectFields. Of an interface when it is not known which object it is.
 */
export function collectFields(
  sets: readonly SelectionSetNode[],
  type: GraphQLCompositeType,
  options: CollectOptions,
): ReadonlyMap<string, readonly FieldNode[]> {
  const groups = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  for (const set of sets) collectInto(groups, set, type, options, visited);
  return groups;
}

function collectInto(
  groups: Map<string, FieldNode[]>,
  set: SelectionSetNode,
  type: GraphQLCompositeType,
  options: CollectOptions,
  visited: Set<string>,
): void {
  for (const node of set.selections) {
    if (!isIncluded(node, options.conditions)) continue;
    if (node.kind === Kind.FIELD) {
      const key = responseKey(node);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [node]);
      else group.push(node);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      const condition = node.typeCondition?.name.value;
      if (condition === undefined || applies(condition, type, options.schema)) {
        collectInto(groups, node.selectionSet, type, options, visited);
      }
    } else if (!visited.has(node.name.value)) {
      visited.add(node.name.value);
      const fragment = options.fragments.get(node.name.value);
      if (fragment !== undefined && applies(fragment.typeCondition.name.value, type, options.schema)) {
        collectInto(groups, fragment.selectionSet, type, options, visited);
      }
    }
  }
}

function applies(condition: string, type: GraphQLCompositeType, schema: GraphQLSchema): boolean {
  if (condition === type.name) return true;
  const conditionType = schema.getType(condition);
  if (!isAbstractType(conditionType)) return false;
  return 'getInterfaces' in type && schema.isSubType(conditionType, type);
}
