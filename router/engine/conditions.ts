import {
  type DirectiveNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  visit,
} from 'graphql';

/** Values of the variables that `@skip` and `@include` look at. Each combination is planned and compiled by itself. */
export type Conditions = ReadonlyMap<string, boolean>;

const NONE: Conditions = new Map();

/** Names of the variables that decide what is in the answer, in the order of the document. */
export function conditionVariables(
  definition: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly string[] {
  const names = new Set<string>();
  const visited = new Set<string>();
  const pending: (OperationDefinitionNode | FragmentDefinitionNode)[] = [definition];
  for (let root = pending.pop(); root !== undefined; root = pending.pop()) {
    visit(root, {
      Directive(node) {
        const value = conditionOf(node);
        if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
      },
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || visited.has(name.value)) return;
        visited.add(name.value);
        pending.push(fragment);
      },
    });
  }
  return [...names];
}

/** @throws {GraphQLError} BAD_USER_INPUT for null, which the type of a condition admits only through a default */
export function readConditions(
  names: readonly string[],
  variables: Readonly<Record<string, unknown>>,
): Conditions {
  if (names.length === 0) return NONE;
  const values = new Map<string, boolean>();
  for (const name of names) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (typeof value !== 'boolean') {
      throw new GraphQLError(`Variable "$${name}" decides what is included: expected true or false.`, {
        extensions: { code: 'BAD_USER_INPUT', retryable: false },
      });
    }
    values.set(name, value);
  }
  return values;
}

/** Section 3.13.1 and 3.13.2 of the specification: `@skip` wins. */
export function isIncluded(node: SelectionNode, conditions: Conditions): boolean {
  for (const directive of node.directives ?? []) {
    const value = conditionOf(directive);
    if (value === undefined) continue;
    const holds =
      value.kind === Kind.VARIABLE
        ? conditions.get(value.name.value) === true
        : value.kind === Kind.BOOLEAN && value.value;
    if (holds === (directive.name.value === 'skip')) return false;
  }
  return true;
}

function conditionOf(
  directive: DirectiveNode,
): NonNullable<DirectiveNode['arguments']>[number]['value'] | undefined {
  const name = directive.name.value;
  if (name !== 'skip' && name !== 'include') return undefined;
  return directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
}
