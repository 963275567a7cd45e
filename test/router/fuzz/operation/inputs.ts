import {
  type GraphQLInputType,
  GraphQLNonNull,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';
import { scalarLiteral } from '../generate/inputs.ts';
import type { Random } from '../random.ts';

const DEPTH_MAX = 2;

/** A value of the type as JSON, for a variable. */
export function jsonValue(random: Random, type: GraphQLInputType, depth = 0): unknown {
  if (isNonNullType(type)) return present(random, type.ofType, depth);
  return random.chance(depth > DEPTH_MAX ? 0.9 : 0.15) ? null : present(random, type, depth);
}

function present(random: Random, type: GraphQLInputType, depth: number): unknown {
  if (isListType(type)) {
    // One value stands for a list of one, where it is no list itself.
    const item = getNullableType(type.ofType);
    if (!isListType(item) && random.chance(0.1)) return present(random, item, depth + 1);
    return Array.from({ length: random.int(3) }, () => jsonValue(random, type.ofType, depth + 1));
  }
  if (isEnumType(type)) return random.pick(type.getValues()).name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => isRequiredInputField(field) || (depth < DEPTH_MAX && random.chance(0.5)),
    );
    return Object.fromEntries(fields.map((field) => [field.name, jsonValue(random, field.type, depth + 1)]));
  }
  return scalarJson(random, String(type));
}

function scalarJson(random: Random, name: string): unknown {
  switch (name) {
    case 'Int':
      return random.between(-5, 100);
    case 'Float':
      return random.int(100) / 2;
    case 'Boolean':
      return random.chance(0.5);
    case 'ID':
      return random.chance(0.3) ? random.int(20) : `id${random.int(20)}`;
    case 'String':
      return random.pick(['', 'x', '"quoted" \\ \n', 'ümläut 😀', '__proto__']);
    default:
      return random.pick([
        1,
        'any',
        true,
        2.5,
        [1, { a: null }],
        { k: 1 },
        JSON.parse('{"__proto__":{"x":1}}'),
      ]);
  }
}

/** How a literal gets at variables: given a type, the text of one that fits, or undefined to write a literal. */
export type Place = (type: GraphQLInputType, hasDefault: boolean) => string | undefined;

/** Text of a value, with variables inside lists and input objects as well. */
export function literalText(
  random: Random,
  type: GraphQLInputType,
  place: Place,
  depth = 0,
  hasDefault = false,
): string {
  const variable = place(type, hasDefault);
  if (variable !== undefined) return variable;
  if (!isNonNullType(type) && random.chance(depth > DEPTH_MAX ? 0.9 : 0.12)) return 'null';
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) {
    const item = getNullableType(inner.ofType);
    if (!isListType(item) && random.chance(0.1)) {
      return literalText(random, new GraphQLNonNull(item), () => undefined, depth + 1);
    }
    const items = Array.from({ length: random.int(3) }, () =>
      literalText(random, inner.ofType, place, depth + 1),
    );
    return `[${items.join(', ')}]`;
  }
  if (isEnumType(inner)) return random.pick(inner.getValues()).name;
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields()).filter(
      (field) => isRequiredInputField(field) || (depth < DEPTH_MAX && random.chance(0.5)),
    );
    const parts = fields.map(
      (field) =>
        `${field.name}: ${literalText(random, field.type, place, depth + 1, field.defaultValue !== undefined)}`,
    );
    return `{${parts.join(', ')}}`;
  }
  return scalarLiteral(random, String(inner));
}
