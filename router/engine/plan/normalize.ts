import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { present } from '../../../platform/invariant.ts';
import { type Conditions, isIncluded } from '../conditions.ts';
import type { PlannedNames } from '../names.ts';

export interface NormalizeOptions {
  readonly apiSchema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly conditions: Conditions;
  readonly isDenied: (node: FieldNode) => boolean;
  readonly names: PlannedNames;
}

/** With fragments written out. The limits on documents are lower; this one holds without them. */
const FIELDS_MAX = 50_000;

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** Names of object types. */
type Types = ReadonlySet<string>;

/** The fields of one type condition, by planned name. */
type Group = Map<string, FieldNode[]>;

/** Where fields are being gathered: below which conditions, and which objects that leaves. */
interface Scope {
  readonly conditions: readonly GraphQLCompositeType[];
  readonly types: Types;
}

/**
 * Writes selections in the one form that planners get to see: fields, then fragments on types with nothing but fields in
 * them, then nothing that is left out, denied, or known to the router. Planners were seen to lose fields in fragments
 * inside fragments and to change the order of mutations in them, and no two of them in the same places.
 */
export class Normalizer {
  readonly #options: NormalizeOptions;
  readonly #possible = new Map<string, Types>();
  #fields = 0;

  constructor(options: NormalizeOptions) {
    this.#options = options;
  }

  /**
   * Null when nothing is left to ask for.
   *
   * @throws {GraphQLError} BAD_USER_INPUT for an operation that is too large with its fragments written out
   */
  normalize(sets: readonly SelectionSetNode[], type: GraphQLCompositeType): SelectionSetNode | null {
    const gathering = new Gathering(type);
    const scope: Scope = { conditions: [type], types: this.#typesOf(type) };
    for (const set of sets) this.#gather(set, scope, gathering);
    const selections: SelectionNode[] = [];
    // Objects of one type need not be asked which they are of.
    if (gathering.tellsTypes && isAbstractType(type)) selections.push(TYPENAME);
    for (const [name, group] of gathering.groups) {
      const fields = [...group].map(([planned, nodes]) => this.#field(planned, nodes, this.#type(name)));
      if (name === type.name) selections.push(...fields);
      else selections.push(fragmentOn(name, fields));
    }
    return selections.length === 0 ? null : { kind: Kind.SELECTION_SET, selections };
  }

  #gather(set: SelectionSetNode, scope: Scope, gathering: Gathering): void {
    for (const node of set.selections) {
      if (!isIncluded(node, this.#options.conditions)) continue;
      if (node.kind === Kind.FIELD) this.#gatherField(node, scope, gathering);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const inner = this.#narrowed(scope, node.typeCondition?.name.value, gathering);
        if (inner !== null) this.#gather(node.selectionSet, inner, gathering);
      } else {
        const fragment = present(this.#options.fragments.get(node.name.value), `fragment ${node.name.value}`);
        const inner = this.#narrowed(scope, fragment.typeCondition.name.value, gathering);
        if (inner === null || !gathering.isFirstVisit(node.name.value, inner.types)) continue;
        this.#gather(fragment.selectionSet, inner, gathering);
      }
    }
  }

  #gatherField(node: FieldNode, scope: Scope, gathering: Gathering): void {
    const name = node.name.value;
    if (name === '__typename') gathering.tellsTypes = true;
    if (name.startsWith('__') || this.#options.isDenied(node)) return;
    if (++this.#fields > FIELDS_MAX) {
      throw new GraphQLError(`The operation has more than ${FIELDS_MAX} fields with its fragments.`, {
        extensions: { code: 'BAD_USER_INPUT', retryable: false },
      });
    }
    const planned = this.#options.names.ofField(node);
    // The widest type that stands for the same objects and has the field; Apollo's planner was seen to give up on an
    // interface that stands for one type only.
    const home = scope.conditions.find(
      (type) =>
        hasField(type, name) &&
        (type === gathering.type || scope.types.size > 1) &&
        this.#isOfSameObjects(type, scope, gathering),
    );
    // Some of the objects may promise more than their interface does, so that a null has to be passed up.
    if (home !== undefined && this.#isStricterBelow(home, name, scope.types)) gathering.tellsTypes = true;
    if (home !== undefined) gathering.add(home.name, planned, node);
    else for (const type of scope.types) gathering.add(type, planned, node);
  }

  #isSame(condition: GraphQLCompositeType, type: GraphQLCompositeType): boolean {
    if (condition === type) return true;
    return (
      isAbstractType(condition) && isInterfaceType(type) && this.#options.apiSchema.isSubType(condition, type)
    );
  }

  #isStricterBelow(home: GraphQLCompositeType, field: string, types: Types): boolean {
    const promised = String(fieldsOf(home)[field]?.type);
    return [...types].some((name) => String(fieldsOf(this.#type(name))[field]?.type) !== promised);
  }

  #isOfSameObjects(type: GraphQLCompositeType, { types }: Scope, { type: base }: Gathering): boolean {
    const [own, all] = [this.#typesOf(type), this.#typesOf(base)];
    let count = 0;
    for (const name of own) {
      if (!all.has(name)) continue;
      if (!types.has(name)) return false;
      count++;
    }
    return count === types.size;
  }

  /** Null when no object is left. */
  #narrowed(scope: Scope, condition: string | undefined, gathering: Gathering): Scope | null {
    if (condition === undefined) return scope;
    const type = this.#type(condition);
    const admitted = this.#typesOf(type);
    const types = new Set([...scope.types].filter((name) => admitted.has(name)));
    // Whether the fragment applies has to be known even if nothing in it is asked for, and even if it always does: only
    // of a type that the field's own implements can that be told without the object's.
    if (types.size < scope.types.size || !this.#isSame(type, gathering.type)) gathering.tellsTypes = true;
    return types.size === 0 ? null : { conditions: [...scope.conditions, type], types };
  }

  #field(planned: string, nodes: readonly FieldNode[], parent: GraphQLCompositeType): FieldNode {
    const { name, arguments: args = [] } = present(nodes[0], 'node of a field');
    const field: FieldNode = {
      kind: Kind.FIELD,
      name,
      arguments: args,
      ...(planned === name.value ? {} : { alias: { kind: Kind.NAME, value: planned } }),
    };
    const type = getNamedType(
      present(fieldsOf(parent)[name.value], `field ${parent.name}.${name.value}`).type,
    );
    if (!isCompositeType(type)) return field;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    // Whether the object is there has to be known even when nothing is asked of it.
    const selectionSet = this.normalize(sets, type) ?? { kind: Kind.SELECTION_SET, selections: [TYPENAME] };
    return { ...field, selectionSet };
  }

  #type(name: string): GraphQLCompositeType {
    return present(this.#options.apiSchema.getType(name), `type ${name}`) as GraphQLCompositeType;
  }

  #typesOf(type: GraphQLCompositeType): Types {
    const known = this.#possible.get(type.name);
    if (known !== undefined) return known;
    const types = isAbstractType(type) ? this.#options.apiSchema.getPossibleTypes(type) : [type];
    const names = new Set(types.map(({ name }) => name));
    this.#possible.set(type.name, names);
    return names;
  }
}

/** What is selected of the objects of one field. */
class Gathering {
  readonly type: GraphQLCompositeType;
  /** By the type that the fields are asked of; that of the field itself first. */
  readonly groups: Map<string, Group>;
  readonly #visits = new Set<string>();
  tellsTypes = false;

  constructor(type: GraphQLCompositeType) {
    this.type = type;
    this.groups = new Map([[type.name, new Map()]]);
  }

  add(type: string, planned: string, node: FieldNode): void {
    const group = this.groups.get(type) ?? new Map<string, FieldNode[]>();
    this.groups.set(type, group);
    const nodes = group.get(planned);
    if (nodes === undefined) group.set(planned, [node]);
    else nodes.push(node);
  }

  isFirstVisit(fragment: string, types: Types): boolean {
    const visit = `${fragment} ${[...types].join()}`;
    if (this.#visits.has(visit)) return false;
    this.#visits.add(visit);
    return true;
  }
}

function fragmentOn(name: string, selections: readonly SelectionNode[]): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
}

function fieldsOf(
  type: GraphQLCompositeType,
): Readonly<Record<string, { readonly type: GraphQLOutputType }>> {
  return 'getFields' in type ? type.getFields() : {};
}

function hasField(type: GraphQLCompositeType, name: string): boolean {
  return Object.hasOwn(fieldsOf(type), name);
}
