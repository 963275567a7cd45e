import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { Renaming } from './renaming.ts';

type Variables = Readonly<Record<string, unknown>>;

/** An operation as it is with certain values of its variables. */
export interface Resolved {
  /** What planners are given; null when there is nothing to fetch. */
  readonly fetched: DocumentNode | null;
  /** What the answer is shaped by. */
  readonly shaped: DocumentNode;
  readonly renaming: Renaming;
}

/**
 * What `@skip` and `@include` leave out is gone, fragments are in place, and those that always apply are opened.
 *
 * Where what fails depends on what is fetched, planners have to be given what the router's engine gives them, which
 * plans each outcome of the conditions by itself, gives names of its own, and asks for nothing that it knows. And the answer has to be shaped
 * without two faults of Apollo's code: it takes the type of a fragment for that of the object, and the interface's type
 * of a field for that of the object's.
 */
export function resolve(schema: GraphQLSchema, document: DocumentNode, variables: Variables): Resolved {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let operation: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
  }
  const root = operation && schema.getRootType(operation.operation);
  if (operation === undefined || !root) throw new Error('a document has an operation');
  const renaming = new Renaming();
  const parts = { schema, fragments, variables, renaming };
  const fetched = new Resolver(parts, true).selections(operation.selectionSet, root);
  const shaped = new Resolver(parts, false).selections(operation.selectionSet, root);
  return {
    fetched: fetched.length === 0 ? null : documentOf(operation, fetched),
    shaped: documentOf(operation, shaped.length === 0 ? [NOTHING] : shaped),
    renaming,
  };
}

function documentOf(operation: OperationDefinitionNode, selections: readonly SelectionNode[]): DocumentNode {
  const definition: OperationDefinitionNode = {
    ...operation,
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
  return { kind: Kind.DOCUMENT, definitions: [definition] };
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** A selection that is valid and selects nothing. */
const NOTHING: FieldNode = {
  ...TYPENAME,
  directives: [
    {
      kind: Kind.DIRECTIVE,
      name: { kind: Kind.NAME, value: 'skip' },
      arguments: [
        {
          kind: Kind.ARGUMENT,
          name: { kind: Kind.NAME, value: 'if' },
          value: { kind: Kind.BOOLEAN, value: true },
        },
      ],
    },
  ],
};

class Resolver {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variables: Variables;
  readonly #renaming: Renaming;
  readonly #isForFetching: boolean;

  constructor(
    parts: {
      readonly schema: GraphQLSchema;
      readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
      readonly variables: Variables;
      readonly renaming: Renaming;
    },
    isForFetching: boolean,
  ) {
    this.#schema = parts.schema;
    this.#fragments = parts.fragments;
    this.#variables = parts.variables;
    this.#renaming = parts.renaming;
    this.#isForFetching = isForFetching;
  }

  selections(set: SelectionSetNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    return set.selections.flatMap((node): readonly SelectionNode[] => {
      if (!this.#isIncluded(node)) return [];
      if (node.kind === Kind.FIELD) return this.#field(node, parent);
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(node.name.value) : node;
      if (fragment === undefined) return [];
      const { typeCondition, selectionSet } = fragment;
      const type = typeCondition === undefined ? parent : this.#schema.getType(typeCondition.name.value);
      if (!isCompositeType(type)) return [];
      if (isObjectType(parent)) return this.#isA(parent, type) ? this.selections(selectionSet, parent) : [];
      const selections = this.selections(selectionSet, type);
      return selections.length === 0 ? [] : [inlineFragment(type.name, selections)];
    });
  }

  #isA(type: GraphQLCompositeType, other: GraphQLCompositeType): boolean {
    if (type === other) return true;
    return isAbstractType(other) && isObjectType(type) && this.#schema.isSubType(other, type);
  }

  #field(node: FieldNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    const name = node.name.value;
    const { selectionSet, directives: _, ...field } = this.#renaming.rename(node);
    if (name.startsWith('__')) {
      const isKnown = name !== '__typename' || isObjectType(parent);
      return this.#isForFetching && isKnown ? [] : [{ ...field, ...(selectionSet ? { selectionSet } : {}) }];
    }
    if (isUnionType(parent)) return [];
    const definition = parent.getFields()[name];
    const type = definition && getNamedType(definition.type);
    if (!selectionSet || !isCompositeType(type)) return [...this.#stricter(field, parent), field];
    const below = this.selections(selectionSet, type);
    const filler = this.#isForFetching ? TYPENAME : NOTHING;
    // What an abstract type's object promises is known by its type only.
    const needsType = this.#isForFetching && isAbstractType(type);
    const selections = below.length === 0 ? [filler] : needsType ? [TYPENAME, ...below] : below;
    const whole: FieldNode = { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } };
    return [...this.#stricter(whole, parent), whole];
  }

  /** A field of an interface beforehand for each object type that promises more of it than the interface does. */
  #stricter(field: FieldNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    if (this.#isForFetching || !isInterfaceType(parent)) return [];
    const own = String(parent.getFields()[field.name.value]?.type);
    return this.#schema
      .getPossibleTypes(parent)
      .filter((type) => String(type.getFields()[field.name.value]?.type) !== own)
      .map((type) => inlineFragment(type.name, [field]));
  }

  #isIncluded(node: SelectionNode): boolean {
    return (node.directives ?? []).every(({ name, arguments: args }) => {
      const value = args?.find((one) => one.name.value === 'if')?.value;
      const holds =
        value?.kind === Kind.VARIABLE
          ? this.#variables[value.name.value] === true
          : value?.kind === Kind.BOOLEAN && value.value;
      return name.value === 'skip' ? !holds : holds;
    });
  }
}

function inlineFragment(typeName: string, selections: readonly SelectionNode[]): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: typeName } },
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
}
