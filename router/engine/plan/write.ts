import {
  type ArgumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

/**
 * The text of an operation whose selections are in the one form that planners get: fields, and fragments on types.
 * `print` of the graphql package takes four times as long, which whoever comes first would wait for, and writes white
 * space that is only read over again.
 *
 * @param variableName what a variable of the client is called in the text
 */
export function writeOperation(
  definition: OperationDefinitionNode,
  selectionSet: SelectionSetNode,
  variableName: (name: string) => string,
): string {
  const writer = new Writer(variableName);
  const selections = writer.selections(selectionSet);
  const variables = (definition.variableDefinitions ?? [])
    .filter(({ variable }) => writer.used.has(variable.name.value))
    .map((one) => writer.variable(one));
  const header = variables.length === 0 ? '' : `(${variables.join(' ')})`;
  const name = definition.name === undefined ? '' : ` ${definition.name.value}`;
  return `${definition.operation}${name}${header}${selections}`;
}

class Writer {
  /** Variables that are used, by the client's names. */
  readonly used = new Set<string>();
  readonly #variableName: (name: string) => string;

  constructor(variableName: (name: string) => string) {
    this.#variableName = variableName;
  }

  selections({ selections }: SelectionSetNode): string {
    let text = '{';
    for (const node of selections) {
      if (node.kind === Kind.FIELD) text += this.#field(node);
      else if (node.kind === Kind.INLINE_FRAGMENT && node.typeCondition !== undefined)
        text += `...on ${node.typeCondition.name.value}${this.selections(node.selectionSet)}`;
      else throw new TypeError(`a ${node.kind} is not in the form that planners get`);
      text += ' ';
    }
    return `${text}}`;
  }

  variable({ variable, type, defaultValue }: VariableDefinitionNode): string {
    const text = `$${this.#variableName(variable.name.value)}:${print(type)}`;
    return defaultValue === undefined ? text : `${text}=${print(defaultValue)}`;
  }

  #field({ alias, name, arguments: args = [], selectionSet }: FieldNode): string {
    let text = alias === undefined ? name.value : `${alias.value}:${name.value}`;
    if (args.length > 0) text += `(${args.map((one) => this.#argument(one)).join(' ')})`;
    return selectionSet === undefined ? text : text + this.selections(selectionSet);
  }

  #argument({ name, value }: ArgumentNode): string {
    return `${name.value}:${this.#value(value)}`;
  }

  #value(value: ValueNode): string {
    switch (value.kind) {
      case Kind.VARIABLE:
        this.used.add(value.name.value);
        return `$${this.#variableName(value.name.value)}`;
      case Kind.LIST:
        return `[${value.values.map((one) => this.#value(one)).join(' ')}]`;
      case Kind.OBJECT:
        return `{${value.fields.map(({ name, value: own }) => `${name.value}:${this.#value(own)}`).join(' ')}}`;
      default:
        return print(value);
    }
  }
}
