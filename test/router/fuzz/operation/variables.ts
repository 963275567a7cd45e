import {
  type DocumentNode,
  type GraphQLInputType,
  GraphQLNonNull,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  Kind,
  typeFromAST,
} from 'graphql';
import type { Random } from '../random.ts';
import { jsonValue, literalText } from './inputs.ts';

interface Declared {
  readonly name: string;
  readonly type: string;
  readonly fallback: string | undefined;
}

/** Names that a careless record of variables would lose. */
const ODD_NAMES: readonly string[] = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

/** The variables of an operation, declared as they are used. */
export class VariableBook {
  readonly #random: Random;
  readonly #declared: Declared[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** `$name` of a variable that may stand where `type` is asked for. */
  use(type: GraphQLInputType, hasDefault: boolean): string {
    const random = this.#random;
    const fits = this.#declared.filter((one) => one.type === String(type) || one.type === `${String(type)}!`);
    const known = random.chance(0.4) ? random.maybe(fits) : undefined;
    if (known) return `$${known.name}`;
    const declared = this.#typeFor(type, hasDefault);
    const odd = ODD_NAMES.filter((name) => !this.#declared.some((one) => one.name === name));
    const name = (random.chance(0.04) && random.maybe(odd)) || `v${this.#declared.length}`;
    this.#declared.push({ name, ...declared });
    return `$${name}`;
  }

  /** `$name` of a variable for `@skip` and `@include`, which is never null. */
  condition(): string {
    const random = this.#random;
    const known = random.chance(0.5)
      ? random.maybe(this.#declared.filter(({ type }) => type === 'Boolean!'))
      : undefined;
    if (known) return `$${known.name}`;
    const name = `v${this.#declared.length}`;
    this.#declared.push({
      name,
      type: 'Boolean!',
      fallback: random.chance(0.3) ? String(random.chance(0.5)) : undefined,
    });
    return `$${name}`;
  }

  /** The parenthesis behind an operation's name. */
  text(): string {
    if (this.#declared.length === 0) return '';
    const parts = this.#declared.map(
      ({ name, type, fallback }) => `$${name}: ${type}${fallback === undefined ? '' : ` = ${fallback}`}`,
    );
    return `(${parts.join(', ')})`;
  }

  /** The very type, a stricter one, or a looser one where a default makes up for it. */
  #typeFor(type: GraphQLInputType, hasDefault: boolean): Omit<Declared, 'name'> {
    const random = this.#random;
    const write = (of: GraphQLInputType) => literalText(random, of, () => undefined);
    if (isNonNullType(type)) {
      if (random.chance(0.25))
        return { type: String(type.ofType), fallback: hasDefault ? undefined : write(type) };
      return { type: String(type), fallback: random.chance(0.2) ? write(type) : undefined };
    }
    if (random.chance(0.2)) {
      const strict = new GraphQLNonNull(type);
      return { type: String(strict), fallback: random.chance(0.3) ? write(strict) : undefined };
    }
    return { type: String(type), fallback: random.chance(0.25) ? write(type) : undefined };
  }
}

/** Values for the variables of an operation. Optional ones are left out at times. */
export function generateVariables(
  random: Random,
  schema: GraphQLSchema,
  document: DocumentNode,
): Readonly<Record<string, unknown>> {
  const variables: Record<string, unknown> = Object.create(null);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const { variable, type: node, defaultValue } of definition.variableDefinitions ?? []) {
      const type = typeFromAST(schema, node as never);
      if (!isInputType(type))
        throw new Error(`$${variable.name.value} has a type that variables cannot have`);
      if ((defaultValue || !isNonNullType(type)) && random.chance(0.35)) continue;
      variables[variable.name.value] = jsonValue(random, type);
    }
  }
  return variables;
}
