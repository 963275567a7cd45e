import {
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

const DEPTH_MAX = 4;

/** A selection of everything below `type` that needs no argument but a page size, down to four levels. */
export function selectAll(schema: GraphQLSchema, type: GraphQLOutputType, depth = 0): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (depth >= DEPTH_MAX) return ' { __typename }';
  if (isUnionType(named) || isInterfaceType(named)) {
    const parts = schema
      .getPossibleTypes(named)
      .map((member) => `... on ${member.name}${selectAll(schema, member, depth)}`);
    return ` { __typename ${parts.join(' ')} }`;
  }
  if (!isObjectType(named)) return '';
  const fields = Object.values(named.getFields()).flatMap((field) => {
    const paged = field.args.some((arg) => arg.name === 'first');
    if (!paged && field.args.some((arg) => isNonNullType(arg.type))) return [];
    // An alias for each type keeps fields of one name and two types apart in unions.
    return [
      `${named.name}_${field.name}: ${field.name}${paged ? '(first: 3)' : ''}${selectAll(schema, field.type, depth + 1)}`,
    ];
  });
  return ` { __typename ${fields.join(' ')} }`;
}
