import {
  type GraphQLField,
  GraphQLInt,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql';
import { appliedArguments } from '../supergraph/applied.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';

/** How long the lists of a field are taken to be. */
export interface ListRule {
  /** Paths to the arguments that say it: `first`, `input.first`. Of several the largest counts. */
  readonly slicing: readonly (readonly string[])[];
  /** When none of them does. */
  readonly otherwise: number;
  /** Fields of the returned object that are the lists; null when the field is one itself. */
  readonly sizedFields: ReadonlySet<string> | null;
  /** Exactly one of the arguments has to be given. */
  readonly requiresOne: boolean;
}

export interface ListSizes {
  /** Of a list of which nothing is said. */
  readonly list: number;
  /** Of a page of a connection, when the arguments do not say. */
  readonly page: number;
}

/** What subgraphs give without being asked for a number is short. */
export const LIST_SIZES: ListSizes = { list: 10, page: 20 };

type Composite = GraphQLObjectType | GraphQLInterfaceType;
type Field = GraphQLField<unknown, unknown>;

/** Arguments that cut lists by custom: those of Relay's connections, and identifiers of what is wanted. */
const CUSTOMARY_ARGUMENTS: readonly string[] = ['first', 'last', 'ids'];
const CUSTOMARY_LISTS: readonly string[] = ['edges', 'nodes'];

/**
 * The rule of a field: its `@listSize`, that of an implementation when an interface's field has none, else by custom: a
 * field that returns a `...Connection` sizes its `edges` and `nodes` by `first` or `last`.
 *
 * @see https://ibm.github.io/graphql-specs/cost-spec.html#sec-The-List-Size-Directive
 * @see https://relay.dev/graphql/connections.htm
 */
export function listRuleOf(
  supergraph: Supergraph,
  parent: Composite,
  field: Field,
  sizes: ListSizes,
): ListRule {
  const declared = declaredRule(supergraph, field, sizes);
  if (declared !== null) return declared;
  if (isInterfaceType(parent)) {
    for (const object of supergraph.schema.getPossibleTypes(parent)) {
      const implemented = object.getFields()[field.name];
      const rule = implemented === undefined ? null : declaredRule(supergraph, implemented, sizes);
      if (rule !== null) return rule;
    }
  }
  return customaryRule(field, sizes);
}

function declaredRule(supergraph: Supergraph, field: Field, sizes: ListSizes): ListRule | null {
  const [applied] = appliedArguments([field.astNode], supergraph.directives.listSize);
  if (applied === undefined) return null;
  const { assumedSize, slicingArguments, sizedFields, requireOneSlicingArgument } = applied;
  const slicing = strings(slicingArguments).map((path) => path.split('.'));
  const sized = strings(sizedFields);
  const isAssumed = typeof assumedSize === 'number' && assumedSize >= 0;
  return {
    slicing,
    otherwise: isAssumed ? assumedSize : sized.length > 0 ? sizes.page : sizes.list,
    sizedFields: sized.length > 0 ? new Set(sized) : null,
    requiresOne: slicing.length > 0 && requireOneSlicingArgument !== false,
  };
}

function customaryRule(field: Field, sizes: ListSizes): ListRule {
  const slicing = CUSTOMARY_ARGUMENTS.filter((name) => cutsLists(field, name)).map((name) => [name]);
  const returned = getNamedType(field.type);
  const isPage =
    (isObjectType(returned) || isInterfaceType(returned)) &&
    returned.name.endsWith('Connection') &&
    !isList(field.type);
  if (!isPage) return { slicing, otherwise: sizes.list, sizedFields: null, requiresOne: false };
  const lists = CUSTOMARY_LISTS.filter((name) => {
    const list = returned.getFields()[name];
    return list !== undefined && isList(list.type);
  });
  return { slicing, otherwise: sizes.page, sizedFields: new Set(lists), requiresOne: false };
}

function cutsLists(field: Field, argumentName: string): boolean {
  const type = field.args.find(({ name }) => name === argumentName)?.type;
  if (type === undefined || isInputObjectType(type)) return false;
  const nullable = getNullableType(type);
  return argumentName === 'ids' ? isListType(nullable) : nullable === GraphQLInt;
}

export function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}

function strings(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
