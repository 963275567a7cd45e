import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import type { SubgraphText } from '../generate/print.ts';

/** What a field gives, by everything that the subgraphs promise of it together. */
export interface Spec {
  readonly isNonNull: boolean;
  readonly item?: Spec;
  /** Names of object types, for composite fields. */
  readonly members?: readonly string[];
  /** Name of the leaf type, and for an enum the values that every subgraph has. */
  readonly leaf?: { readonly name: string; readonly values?: readonly string[] };
}

export interface FieldFacts {
  /** The type whose field it is: the interface, for what an `@interfaceObject` adds. */
  readonly owner: string;
  readonly name: string;
  readonly spec: Spec;
  /** Part of a key: its value tells which object it is. */
  readonly isIdentity: boolean;
  /** Every subgraph declares the same type, so that an error has the same reach wherever it happens. */
  readonly isUniform: boolean;
  readonly requires: SelectionSetNode | undefined;
}

/** What subgraph schemas say, read from their text alone. */
export interface Facts {
  field(type: string, name: string): FieldFacts;
  /** Types that share their ids as implementers of an interface with a key; the type by itself otherwise. */
  family(type: string): readonly string[];
  /** For an interface with a key, what implements it. */
  implementersOf(name: string): readonly string[] | undefined;
  /** By `@override`, the field is another subgraph's while these labels hold. */
  isElsewhere(subgraph: string, type: string, field: string, labels: readonly string[]): boolean;
}

interface Read {
  readonly identity: Set<string>;
  readonly requires: Map<string, SelectionSetNode>;
  /** By subgraph and field: the label that the field's being there depends on, and whether it is there while it holds. */
  readonly overrides: Map<string, { readonly label: string | null; readonly isTaker: boolean }>;
  /** By subgraph: names of types that are an `@interfaceObject` there. */
  readonly objectInterfaces: Map<string, Set<string>>;
  readonly keyedInterfaces: Set<string>;
}

/** @param schemas by subgraph name, built from the same text */
export function readFacts(
  subgraphs: readonly SubgraphText[],
  schemas: ReadonlyMap<string, GraphQLSchema>,
  supergraph: GraphQLSchema,
): Facts {
  const read = readDirectives(subgraphs, schemas);
  const families = new Map<string, readonly string[]>();
  for (const name of read.keyedInterfaces) {
    const type = supergraph.getType(name);
    if (!isInterfaceType(type)) continue;
    const members = supergraph
      .getPossibleTypes(type)
      .map((one) => one.name)
      .sort();
    families.set(name, members);
    for (const member of members) families.set(member, members);
  }
  const known = new Map<string, FieldFacts>();
  const field = (type: string, name: string): FieldFacts => {
    const key = `${type}.${name}`;
    const facts = known.get(key) ?? fieldFacts(type, name, read, schemas, families);
    known.set(key, facts);
    return facts;
  };
  return {
    field,
    family: (type) => families.get(type) ?? [type],
    implementersOf: (name) => (read.keyedInterfaces.has(name) ? families.get(name) : undefined),
    isElsewhere: (subgraph, type, name, labels) => {
      const override = read.overrides.get(`${subgraph}/${type}.${name}`);
      if (override === undefined) return false;
      return (override.label === null || labels.includes(override.label)) !== override.isTaker;
    },
  };
}

function readDirectives(
  subgraphs: readonly SubgraphText[],
  schemas: ReadonlyMap<string, GraphQLSchema>,
): Read {
  const read: Read = {
    identity: new Set(),
    requires: new Map(),
    overrides: new Map(),
    objectInterfaces: new Map(),
    keyedInterfaces: new Set(),
  };
  for (const { name, sdl } of subgraphs) {
    const schema = schemas.get(name) as GraphQLSchema;
    const objects = new Set<string>();
    read.objectInterfaces.set(name, objects);
    for (const definition of parse(sdl, { noLocation: true }).definitions) {
      if (!('fields' in definition) || definition.kind.startsWith('Input')) continue;
      const type = definition.name.value;
      for (const directive of definition.directives ?? []) {
        if (directive.name.value === 'interfaceObject') objects.add(type);
        if (directive.name.value !== 'key') continue;
        if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) read.keyedInterfaces.add(type);
        markIdentity(read.identity, schema, type, selectionOf(directive, 'fields'));
      }
      for (const field of definition.fields ?? []) {
        for (const directive of (field.directives ?? []) as readonly ConstDirectiveNode[]) {
          const key = `${type}.${field.name.value}`;
          if (directive.name.value === 'requires') read.requires.set(key, selectionOf(directive, 'fields'));
          if (directive.name.value !== 'override') continue;
          const label = textArgument(directive, 'label') || null;
          read.overrides.set(`${name}/${key}`, { label, isTaker: true });
          read.overrides.set(`${textArgument(directive, 'from')}/${key}`, { label, isTaker: false });
        }
      }
    }
  }
  return read;
}

function selectionOf(directive: ConstDirectiveNode, argument: string): SelectionSetNode {
  const document: DocumentNode = parse(`{ ${textArgument(directive, argument)} }`, { noLocation: true });
  const [definition] = document.definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('a field set is a selection');
  return definition.selectionSet;
}

function textArgument(directive: ConstDirectiveNode, name: string): string {
  const value = directive.arguments?.find((one) => one.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : '';
}

function markIdentity(
  identity: Set<string>,
  schema: GraphQLSchema,
  type: string,
  set: SelectionSetNode,
): void {
  const parent = schema.getType(type);
  if (!isObjectType(parent) && !isInterfaceType(parent)) return;
  for (const selection of set.selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const field = parent.getFields()[selection.name.value];
    if (field === undefined) continue;
    identity.add(`${type}.${field.name}`);
    if (isInterfaceType(parent)) {
      for (const member of schema.getPossibleTypes(parent)) identity.add(`${member.name}.${field.name}`);
    }
    if (selection.selectionSet)
      markIdentity(identity, schema, getNamedType(field.type).name, selection.selectionSet);
  }
}

function fieldFacts(
  type: string,
  name: string,
  read: Read,
  schemas: ReadonlyMap<string, GraphQLSchema>,
  families: ReadonlyMap<string, readonly string[]>,
): FieldFacts {
  let owner = type;
  let variants = declarations(type, name, schemas);
  if (variants.length === 0) {
    // Not a field of the type in any subgraph, so an interface brought it.
    owner = [...read.keyedInterfaces].find((one) => families.get(one)?.includes(type)) ?? type;
    variants = declarations(owner, name, schemas);
  }
  const isIdentity = read.identity.has(`${type}.${name}`) || read.identity.has(`${owner}.${name}`);
  const types = variants.map((variant) => variant.type);
  return {
    owner,
    name,
    spec: specOf(variants, read, families),
    isIdentity,
    isUniform: new Set(types.map(String)).size === 1,
    requires: read.requires.get(`${owner}.${name}`),
  };
}

interface Variant {
  readonly subgraph: string;
  readonly schema: GraphQLSchema;
  readonly type: GraphQLOutputType;
}

function declarations(
  type: string,
  name: string,
  schemas: ReadonlyMap<string, GraphQLSchema>,
): readonly Variant[] {
  return [...schemas].flatMap(([subgraph, schema]) => {
    const parent = schema.getType(type);
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    return field ? [{ subgraph, schema, type: field.type }] : [];
  });
}

function specOf(
  variants: readonly Variant[],
  read: Read,
  families: ReadonlyMap<string, readonly string[]>,
): Spec {
  const isNonNull = variants.some(({ type }) => isNonNullType(type));
  const inner = variants.map((variant) => ({
    ...variant,
    type: getNullableType(variant.type) as GraphQLOutputType,
  }));
  const lists = inner.flatMap((variant) =>
    isListType(variant.type) ? [{ ...variant, type: variant.type.ofType }] : [],
  );
  if (lists.length > 0) return { isNonNull, item: specOf(lists, read, families) };
  const sets = inner.flatMap((variant) => {
    const members = membersOf(variant, read, families);
    return members ? [members] : [];
  });
  const [first] = inner;
  if (first === undefined) throw new Error('a field is declared somewhere');
  if (sets.length > 0) {
    const common = (sets[0] ?? []).filter((member) => sets.every((set) => set.includes(member)));
    return { isNonNull, members: common };
  }
  const name = getNamedType(first.type).name;
  const enums = inner.flatMap(({ type }) =>
    isEnumType(type) ? [type.getValues().map((value) => value.name)] : [],
  );
  const values = enums[0]?.filter((value) => enums.every((set) => set.includes(value)));
  return { isNonNull, leaf: { name, ...(values ? { values } : {}) } };
}

function membersOf(
  { subgraph, schema, type }: Variant,
  read: Read,
  families: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const named = getNamedType(type) as GraphQLNamedType;
  const expand = (name: string) =>
    read.objectInterfaces.get(subgraph)?.has(name) ? (families.get(name) ?? []) : [name];
  if (isObjectType(named)) return expand(named.name);
  return isAbstractType(named)
    ? schema.getPossibleTypes(named).flatMap((one) => expand(one.name))
    : undefined;
}
