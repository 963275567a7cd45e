import { Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { Variables } from './formula.ts';

export function hasVariable(value: ValueNode): boolean {
  if (value.kind === Kind.VARIABLE) return true;
  if (value.kind === Kind.LIST) return value.values.some(hasVariable);
  return value.kind === Kind.OBJECT && value.fields.some((field) => hasVariable(field.value));
}

/** An argument as JavaScript; undefined for a variable that was not given, whatever objects inherit by its name. */
export function argumentValue(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) {
    return Object.hasOwn(variables, node.name.value) ? variables[node.name.value] : undefined;
  }
  if (node.kind === Kind.LIST) return node.values.map((item) => argumentValue(item, variables));
  if (node.kind !== Kind.OBJECT) return valueFromASTUntyped(node);
  return Object.fromEntries(
    node.fields.map(({ name, value }) => [name.value, argumentValue(value, variables)]),
  );
}

/** The own property of something that may be an object. */
export function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
