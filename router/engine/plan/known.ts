import {
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fieldOf } from '../fieldOf.ts';
import type { Joins } from '../join.ts';
import type { TypeConditions } from '../types.ts';

/** What a plan will have brought of the objects of one place, for each type that they may have. */
export class Known {
  readonly types = new Map<string, Map<string, Known | null>>();

  constructor(types: Iterable<string>) {
    this.add(types);
  }

  add(types: Iterable<string>): void {
    for (const type of types) if (!this.types.has(type)) this.types.set(type, new Map());
  }
}

/** Some of the types of a place. */
export interface Place {
  readonly known: Known;
  readonly types: readonly string[];
}

/** Where a fetch is asked, and how its names are rewritten. */
export interface Asked {
  readonly subgraph: string;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly renames: ReadonlyMap<string, string>;
}

/** A plan that needs more steps is not looked into: unions in unions multiply. */
const STEPS_MAX = 20_000;

export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Works out what fetches bring, without asking anyone. */
export class Learner {
  readonly #schema: GraphQLSchema;
  readonly #joins: Joins;
  readonly #conditions: TypeConditions;
  #steps = 0;

  constructor(schema: GraphQLSchema, joins: Joins, conditions: TypeConditions) {
    this.#schema = schema;
    this.#joins = joins;
    this.#conditions = conditions;
  }

  /** @throws {TooLarge} */
  learn({ known, types }: Place, set: SelectionSetNode, asked: Asked): void {
    for (const type of types) this.#learnOf(known, type, set.selections, asked);
  }

  #learnOf(known: Known, type: string, selections: readonly SelectionNode[], asked: Asked): void {
    for (const node of selections) {
      if (++this.#steps > STEPS_MAX) throw new TooLarge();
      if (node.kind === Kind.INLINE_FRAGMENT) {
        const condition = node.typeCondition?.name.value;
        if (condition === undefined || this.#conditions.admittedBy(condition).has(type)) {
          this.#learnOf(known, type, node.selectionSet.selections, asked);
        }
      } else if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = asked.fragments.get(node.name.value);
        if (
          fragment !== undefined &&
          this.#conditions.admittedBy(fragment.typeCondition.name.value).has(type)
        ) {
          this.#learnOf(known, type, fragment.selectionSet.selections, asked);
        }
      } else {
        const alias = (node.alias ?? node.name).value;
        this.#learnField(known, type, asked.renames.get(alias) ?? alias, node, asked);
      }
    }
  }

  #learnField(
    known: Known,
    type: string,
    key: string,
    node: Extract<SelectionNode, { kind: Kind.FIELD }>,
    asked: Asked,
  ): void {
    const fields = known.types.get(type);
    if (fields === undefined) return;
    const before = fields.get(key);
    if (node.selectionSet === undefined) {
      fields.set(key, before ?? null);
      return;
    }
    const inner = this.#typesOf(type, node.name.value, asked.subgraph);
    const child = before ?? new Known(inner);
    child.add(inner);
    fields.set(key, child);
    this.learn({ known: child, types: [...child.types.keys()] }, node.selectionSet, asked);
  }

  #typesOf(typeName: string, fieldName: string, subgraph: string): Iterable<string> {
    const field = fieldOf(this.#schema, typeName, fieldName);
    return field === undefined ? [] : this.#joins.possible(subgraph, getNamedType(field.type).name);
  }
}
