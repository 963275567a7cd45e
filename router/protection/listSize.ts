import type { ArgumentNode, GraphQLField } from 'graphql';
import type { Formula, Variables } from './formula.ts';
import type { ListRule } from './listRules.ts';
import { argumentValue, hasVariable, propertyOf } from './values.ts';

/**
 * The length of a field's lists as its arguments say. A number that is negative or no integer says nothing: the
 * subgraph refuses it, or takes it for none at all, and then the list is as long as without it.
 *
 * @param coordinate `Type.field`, for the message
 * @param onFault told of arguments of which not exactly one is given where that is asked for; it may throw
 */
export function listSizeOf(
  rule: ListRule,
  field: GraphQLField<unknown, unknown>,
  given: readonly ArgumentNode[],
  coordinate: string,
  onFault: (message: string) => void,
): Formula {
  if (rule.slicing.length === 0) return rule.otherwise;
  const readers = rule.slicing.map((path) => readerOf(path, field, given));
  const measure = (variables: Variables) => {
    const said = readers.map((read) => read(variables));
    const sizes = said.flatMap(({ value }) => sizesIn(value));
    const count = countGiven(said);
    return {
      size: sizes.length === 0 ? rule.otherwise : Math.max(...sizes),
      fault: rule.requiresOne && count !== 1 ? faultOf(rule, coordinate, count) : null,
    };
  };
  const known = given.some(({ value }) => hasVariable(value)) ? null : measure({});
  if (known?.fault === null) return known.size;
  return ({ variables }) => {
    const { size, fault } = known ?? measure(variables);
    if (fault !== null) onFault(fault);
    return size;
  };
}

interface Said {
  readonly value: unknown;
  /** By the schema and not by the client. */
  readonly isDefault: boolean;
}

function readerOf(
  [name, ...below]: readonly string[],
  field: GraphQLField<unknown, unknown>,
  given: readonly ArgumentNode[],
): (variables: Variables) => Said {
  const definition = field.args.find((argument) => argument.name === name);
  const node = given.find((argument) => argument.name.value === name)?.value;
  return (variables) => {
    const value = node === undefined ? undefined : argumentValue(node, variables);
    const isDefault = value === undefined;
    return { value: below.reduce(propertyOf, isDefault ? definition?.defaultValue : value), isDefault };
  };
}

/** Defaults count where the client says nothing itself. */
function countGiven(said: readonly Said[]): number {
  const all = said.filter(({ value }) => value !== undefined && value !== null);
  return all.filter(({ isDefault }) => !isDefault).length || all.length;
}

/** A list asks for as many as it has. */
function sizesIn(value: unknown): readonly number[] {
  if (Array.isArray(value)) return [value.length];
  return Number.isInteger(value) && (value as number) >= 0 ? [value as number] : [];
}

function faultOf(rule: ListRule, coordinate: string, count: number): string {
  const names = rule.slicing.map((path) => path.join('.')).join(', ');
  return `${coordinate} needs exactly one of its arguments ${names}; ${count} are given.`;
}
