import {
  type ConstDirectiveNode,
  type GraphQLNamedType,
  isAbstractType,
  isInterfaceType,
  Kind,
  valueFromASTUntyped,
} from 'graphql';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { fieldOf } from './fieldOf.ts';

/** What the supergraph says about how its subgraphs know a type. */
export type JoinDirective = 'type' | 'implements' | 'unionMember';

/** @see https://specs.apollo.dev/join/v0.5/ */
export class Joins {
  readonly #supergraph: Supergraph;
  readonly #prefix: string;
  /** Names that plans use, by the values of the enum that the supergraph uses. */
  readonly #graphs: ReadonlyMap<string, string>;
  readonly #possible = new Map<string, ReadonlySet<string>>();

  constructor(supergraph: Supergraph) {
    this.#supergraph = supergraph;
    this.#prefix = supergraph.links.find(({ identity }) => identity.endsWith('/join'))?.prefix ?? 'join';
    this.#graphs = graphNames(supergraph, this.#prefix);
  }

  /** Arguments of each such directive that a type has for a subgraph. */
  of(
    subgraph: string,
    type: GraphQLNamedType,
    directive: JoinDirective,
  ): readonly Readonly<Record<string, unknown>>[] {
    return (type.astNode?.directives ?? []).flatMap((node) => {
      if (node.name.value !== `${this.#prefix}__${directive}`) return [];
      const args = argumentsOf(node);
      return this.#graphs.get(String(args.graph)) === subgraph ? [args] : [];
    });
  }

  /** The type of a field as the text that a subgraph knows it by; undefined where there is no such field. */
  fieldType(subgraph: string, typeName: string, fieldName: string): string | undefined {
    const field = fieldOf(this.#supergraph.schema, typeName, fieldName);
    for (const node of field?.astNode?.directives ?? []) {
      if (node.name.value !== `${this.#prefix}__field`) continue;
      const { graph, type: own } = argumentsOf(node);
      if (this.#graphs.get(String(graph)) === subgraph && typeof own === 'string') return own;
    }
    return field === undefined ? undefined : String(field.type);
  }

  /** Names of the object types that a subgraph can answer with where it says `typeName`. */
  possible(subgraph: string, typeName: string): ReadonlySet<string> {
    const key = `${subgraph} ${typeName}`;
    const known = this.#possible.get(key);
    if (known !== undefined) return known;
    const names = new Set(this.#possibleNames(subgraph, typeName));
    this.#possible.set(key, names);
    return names;
  }

  #possibleNames(subgraph: string, typeName: string): readonly string[] {
    const { schema } = this.#supergraph;
    const type = schema.getType(typeName);
    if (!isAbstractType(type)) return [typeName];
    const all = schema.getPossibleTypes(type);
    if (isInterfaceType(type)) {
      // Any of them, in the eyes of the others.
      const isObject = this.of(subgraph, type, 'type').some(
        ({ isInterfaceObject }) => isInterfaceObject === true,
      );
      const own = all.filter((one) =>
        this.of(subgraph, one, 'implements').some((args) => args.interface === typeName),
      );
      return (isObject ? all : own).map(({ name }) => name);
    }
    const members = this.of(subgraph, type, 'unionMember').map(({ member }) => String(member));
    return members.length === 0 ? all.map(({ name }) => name) : members;
  }
}

function graphNames({ document }: Supergraph, prefix: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== `${prefix}__Graph`)
      continue;
    for (const { name, directives } of definition.values ?? []) {
      const graph = directives?.find((directive) => directive.name.value === `${prefix}__graph`);
      names.set(name.value, String((graph && argumentsOf(graph).name) ?? name.value));
    }
  }
  return names;
}

function argumentsOf(directive: ConstDirectiveNode): Readonly<Record<string, unknown>> {
  const pairs = directive.arguments?.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]);
  return Object.fromEntries(pairs ?? []);
}
