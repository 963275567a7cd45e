import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';

/** Which runtime types a type condition admits, by the supergraph. */
export class TypeConditions {
  readonly #schema: GraphQLSchema;
  readonly #admitted = new Map<string, ReadonlySet<string>>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /**
   * Names of the types that are of type `name`: itself, its members, and interfaces that implement it, which are
   * runtime types where a subgraph knows an interface as an object (`@interfaceObject`).
   */
  admittedBy(name: string): ReadonlySet<string> {
    const known = this.#admitted.get(name);
    if (known !== undefined) return known;
    const admitted = new Set([name]);
    const type = this.#schema.getType(name);
    if (isAbstractType(type)) {
      for (const { name: member } of this.#schema.getPossibleTypes(type)) admitted.add(member);
      if (isInterfaceType(type)) {
        for (const { name: lower } of this.#schema.getImplementations(type).interfaces) admitted.add(lower);
      }
    }
    this.#admitted.set(name, admitted);
    return admitted;
  }

  admittedByAny(names: readonly string[]): ReadonlySet<string> {
    const [first] = names;
    if (names.length === 1 && first !== undefined) return this.admittedBy(first);
    return new Set(names.flatMap((name) => [...this.admittedBy(name)]));
  }

  /** False for an interface that a subgraph takes for an object: some other subgraph knows better. */
  isConcrete(name: unknown): boolean {
    return typeof name === 'string' && isObjectType(this.#schema.getType(name));
  }
}
