import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { invariant, present } from '../../platform/invariant.ts';
import type { Operation } from '../operation/operation.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { collectSelections, type Occurrence } from './collectSelections.ts';
import { type Formula, maximum, product, quotient, SATURATED, shared, sum } from './formula.ts';
import type { InputCosts } from './inputCost.ts';
import { isList, type ListRule } from './listRules.ts';
import { listSizeOf } from './listSize.ts';
import type { Weights } from './weights.ts';

type Composite = GraphQLObjectType | GraphQLInterfaceType;

/** What formulas are made from, the same for all operations of a supergraph. */
export interface CostModel {
  readonly supergraph: Supergraph;
  readonly weights: Weights;
  readonly inputs: InputCosts;
  readonly listRule: (parent: Composite, field: GraphQLField<unknown, unknown>) => ListRule;
  /** Lists of introspection, by `Type.field`. */
  readonly schemaLists: ReadonlyMap<string, number>;
  readonly listSize: number;
  readonly onFault: (message: string) => void;
}

/** The lists that a field sizes of the object it returns. */
interface Sized {
  readonly fields: ReadonlySet<string>;
  readonly size: Formula;
}

/** Far beyond what the limits of a document let through: without them, work still ends. */
const STEPS_MAX = 100_000;

/**
 * So many objects of `__schema` cost what one object of an answer costs: they are in the router's memory, where the
 * others have been fetched, and every tool reads all of them at once, however large the schema grows.
 */
const SCHEMA_OBJECTS_PER_COST = 10;

/**
 * The cost of an operation as a formula of its variables: for each field its own weight, its arguments', and for each
 * object that it may return the weight of the type and the cost of what is selected of it.
 *
 * Selections of one response key are merged first, as execution does, so that nothing is counted twice. Of fragments on
 * several object types the dearest counts, because an object is of one type only.
 *
 * @param isIncluded decides `@skip` and `@include`
 */
export function costFormula(
  operation: Operation,
  model: CostModel,
  isIncluded: (selection: Occurrence) => boolean,
): Formula {
  const compiler = new Compiler(operation, model, isIncluded);
  const root = present(
    model.supergraph.schema.getRootType(operation.kind),
    `root type of a ${operation.kind}`,
  );
  const formula = compiler.ofSets([operation.definition.selectionSet], root, null);
  return compiler.isExhausted ? SATURATED : formula;
}

class Compiler {
  readonly #model: CostModel;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #isIncluded: (selection: Occurrence) => boolean;
  /** Of sets that are selected alone: a fragment's fields are the same wherever it is spread. */
  readonly #known = new Map<SelectionSetNode, Formula>();
  #stepsLeft = STEPS_MAX;

  constructor(operation: Operation, model: CostModel, isIncluded: (selection: Occurrence) => boolean) {
    this.#model = model;
    this.#isIncluded = isIncluded;
    this.#fragments = new Map(
      operation.document.definitions.flatMap((definition) =>
        definition.kind === 'FragmentDefinition' ? [[definition.name.value, definition]] : [],
      ),
    );
  }

  get isExhausted(): boolean {
    return this.#stepsLeft < 0;
  }

  ofSets(sets: readonly SelectionSetNode[], parent: GraphQLCompositeType, sized: Sized | null): Formula {
    const [only] = sets;
    const isKeepable = sized === null && sets.length === 1 && only !== undefined;
    const known = isKeepable ? this.#known.get(only) : undefined;
    if (known !== undefined) return known;
    const formula = shared(this.#work(sets, parent, sized));
    if (isKeepable) this.#known.set(only, formula);
    return formula;
  }

  #work(sets: readonly SelectionSetNode[], parent: GraphQLCompositeType, sized: Sized | null): Formula {
    const { schema } = this.#model.supergraph;
    const selected = collectSelections(sets, parent.name, this.#fragments, this.#isIncluded);
    const always: Formula[] = [];
    const byObject = new Map<string, Formula[]>();
    for (const { typeName, fields } of selected) {
      this.#stepsLeft -= fields.length;
      if (this.isExhausted) return SATURATED;
      const type = present(schema.getType(typeName), `type ${typeName}`);
      const cost = this.#ofField(type, fields, sized);
      if (type === parent || !isObjectType(type)) always.push(cost);
      else byObject.set(typeName, [...(byObject.get(typeName) ?? []), cost]);
    }
    return sum([...always, maximum([...byObject.values()].map(sum))]);
  }

  #ofField(parent: GraphQLNamedType, nodes: readonly FieldNode[], sized: Sized | null): Formula {
    const [node] = nodes as readonly [FieldNode];
    const name = node.name.value;
    if (name === '__typename') return 0;
    invariant(isObjectType(parent) || isInterfaceType(parent), `${parent.name} has no fields`);
    const field = definitionOf(parent, name);
    const rule = this.#ruleOf(parent, field);
    const given = node.arguments ?? [];
    const { weights, inputs, listSize, onFault } = this.#model;
    const size = listSizeOf(rule, field, given, `${parent.name}.${name}`, onFault);

    const returned = getNamedType(field.type);
    const isMeta = returned.name.startsWith('__');
    const weight = isMeta ? (isList(field.type) ? 1 : 0) : weights.ofType(returned.name);
    const below = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const childSized = rule.sizedFields === null ? null : { fields: rule.sizedFields, size };
    const inner =
      isCompositeType(returned) && below.length > 0 ? this.ofSets(below, returned, childSized) : 0;

    const ownSize = rule.sizedFields === null ? size : listSize;
    const length = sized?.fields.has(name) ? sized.size : ownSize;
    const count = countOf(field.type, length, listSize);
    const own = isMeta ? 0 : weights.ofField(parent.name, name);
    const objects = product(count, sum([weight, inner]));
    const asked = name === '__schema' ? quotient(objects, SCHEMA_OBJECTS_PER_COST) : objects;
    return sum([own, inputs.of(field, given), asked]);
  }

  #ruleOf(parent: Composite, field: GraphQLField<unknown, unknown>): ListRule {
    const length = this.#model.schemaLists.get(`${parent.name}.${field.name}`);
    if (length === undefined) return this.#model.listRule(parent, field);
    return { slicing: [], otherwise: length, sizedFields: null, requiresOne: false };
  }
}

/** How many values a field has. A list in a list is as long as any of which nothing is said. */
function countOf(type: GraphQLOutputType, length: Formula, innerLength: number): Formula {
  const nullable = getNullableType(type);
  if (!isListType(nullable)) return 1;
  return product(length, countOf(nullable.ofType, innerLength, innerLength));
}

function definitionOf(parent: Composite, name: string): GraphQLField<unknown, unknown> {
  if (name === '__schema') return SchemaMetaFieldDef;
  if (name === '__type') return TypeMetaFieldDef;
  return present(parent.getFields()[name], `field ${parent.name}.${name}`);
}
