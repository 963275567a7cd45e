import { type FieldNode, type GraphQLSchema, isInterfaceType, isObjectType, print } from 'graphql';

/** What a field is called in the client's answer. */
export function responseKey(node: FieldNode): string {
  return (node.alias ?? node.name).value;
}

/**
 * What fields and variables of one operation are called between the router and its subgraphs. A field with an alias, or
 * one that takes arguments, gets a name of ours, so that it never takes the place of a field that a key or `@requires`
 * needs, and no client chooses a name such as `__proto__` for us.
 */
export class PlannedNames {
  readonly #naming: Naming;
  readonly #names = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  readonly #variables = new Map<string, string>();

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  ofField(node: FieldNode): string {
    const name = node.name.value;
    if (name === '__typename') return name;
    const key = responseKey(node);
    const args = node.arguments ?? [];
    if (key === name && !this.#naming.withArguments.has(name)) return name;
    const identity = `${key}:${name}(${args.map(print).sort().join()})`;
    const known = this.#names.get(identity);
    if (known !== undefined) return known;
    const planned = `${this.#naming.prefix}${this.#names.size}`;
    this.#names.set(identity, planned);
    this.#keys.set(planned, key);
    return planned;
  }

  /** A name of the client's variables, which planners use beside names of their own. */
  ofVariable(name: string): string {
    if (!name.startsWith('_') && name !== 'representations' && !(name in Object.prototype)) return name;
    const known = this.#variables.get(name);
    if (known !== undefined) return known;
    const planned = `${this.#naming.prefix}v${this.#variables.size}`;
    this.#variables.set(name, planned);
    return planned;
  }

  /** Client's names by planned ones, where they differ. */
  get variables(): ReadonlyMap<string, string> {
    return new Map([...this.#variables].map(([name, planned]) => [planned, name]));
  }

  has(planned: string): boolean {
    return this.#keys.has(planned);
  }

  /** Response key of a planned name, or the name itself. */
  keyOf(planned: string): string {
    return this.#keys.get(planned) ?? planned;
  }
}

/** What a supergraph says about names. */
export interface Naming {
  /** A beginning that no field has. */
  readonly prefix: string;
  /** Names of fields that take arguments on some type: the same name may stand for different answers. */
  readonly withArguments: ReadonlySet<string>;
}

export function namingOf(schema: GraphQLSchema): Naming {
  let prefix = 'q_';
  const withArguments = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const { name, args } of Object.values(type.getFields())) {
      while (name.startsWith(prefix)) prefix = `${prefix}_`;
      if (args.length > 0) withArguments.add(name);
    }
  }
  return { prefix, withArguments };
}
