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
  return select(schema, type, depth, { depthMax: DEPTH_MAX, leaves: null });
}

/** As `selectAll`, of `levels` levels and ids only: what is known of an object where it is referred to, without asking its owner. */
export function selectIds(schema: GraphQLSchema, type: GraphQLOutputType, levels: number): string {
  return select(schema, type, 0, { depthMax: levels, leaves: (name) => name === 'id' });
}

interface Wanted {
  readonly depthMax: number;
  /** Null for all, and for a hint of what lies below the last level. */
  readonly leaves: ((name: string) => boolean) | null;
}

/** @param above types on the way here, of which nothing is selected a second time, but where a chain of ids is asked for */
function select(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  depth: number,
  wanted: Wanted,
  above: readonly string[] = [],
): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (depth >= wanted.depthMax) return ' { __typename }';
  if (wanted.leaves === null && above.includes(named.name)) return ' { __typename }';
  const below = [...above, named.name];
  if (isUnionType(named) || isInterfaceType(named)) {
    const parts = schema
      .getPossibleTypes(named)
      .map((member) => `... on ${member.name}${select(schema, member, depth, wanted, above)}`);
    return ` { __typename ${parts.join(' ')} }`;
  }
  if (!isObjectType(named)) return '';
  const fields = Object.values(named.getFields()).flatMap((field) => {
    const paged = field.args.some((arg) => arg.name === 'first');
    if (!paged && field.args.some((arg) => isNonNullType(arg.type))) return [];
    if (wanted.leaves !== null) {
      const isLeaf = isLeafType(getNamedType(field.type));
      if (isLeaf ? !wanted.leaves(field.name) : depth + 1 >= wanted.depthMax) return [];
    }
    // An alias for each type keeps fields of one name and two types apart in unions.
    return [
      `${named.name}_${field.name}: ${field.name}${paged ? '(first: 3)' : ''}${select(schema, field.type, depth + 1, wanted, below)}`,
    ];
  });
  return ` { __typename ${fields.join(' ')} }`;
}
