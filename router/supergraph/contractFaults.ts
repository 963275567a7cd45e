import {
  type ConstValueNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { type ContractSource, type Part, partsOf } from './contractFilter.ts';

/** What is wrong with a supergraph without `hidden`, one sentence each. Whoever reads it knows what to tag. */
export function contractFaults(
  source: ContractSource,
  hidden: ReadonlySet<Part>,
  queryType: string,
): readonly string[] {
  const checker = new Checker(source, hidden);
  const query = source.types.get(queryType);
  const nothing = query === undefined || hidden.has(query) ? [`${queryType} would have no fields.`] : [];
  return [...nothing, ...checker.all()];
}

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

class Checker {
  readonly #source: ContractSource;
  readonly #hidden: ReadonlySet<Part>;

  constructor(source: ContractSource, hidden: ReadonlySet<Part>) {
    this.#source = source;
    this.#hidden = hidden;
  }

  all(): readonly string[] {
    const kept = [...this.#source.types.values()].filter((type) => !this.#hidden.has(type));
    return kept.flatMap((type) => {
      const parts = partsOf(type).flatMap((part) => {
        if (part.kind === Kind.FIELD_DEFINITION) return this.#ofField(type, part);
        return part.kind === Kind.INPUT_VALUE_DEFINITION
          ? this.#ofInput(`${type.name.value}.${part.name.value}`, part)
          : [];
      });
      return isComposite(type) ? [...parts, ...this.#ofInterfaces(type)] : parts;
    });
  }

  #ofField(type: TypeDefinitionNode, field: FieldDefinitionNode): readonly string[] {
    if (this.#hidden.has(field)) return [];
    const coordinate = `${type.name.value}.${field.name.value}`;
    const inputs = (field.arguments ?? []).flatMap((argument) =>
      this.#ofInput(`${coordinate}(${argument.name.value}:)`, argument),
    );
    return [...this.#ofReference(coordinate, field.type), ...inputs];
  }

  /** Of an argument or input field. */
  #ofInput(coordinate: string, input: InputValueDefinitionNode): readonly string[] {
    if (this.#hidden.has(input)) {
      return isRequired(input) ? [`${coordinate} is left out but required: nobody could give it.`] : [];
    }
    const defaults = input.defaultValue ? this.#ofDefault(coordinate, input.defaultValue, input.type) : [];
    return [...this.#ofReference(coordinate, input.type), ...defaults];
  }

  #ofReference(coordinate: string, type: TypeNode): readonly string[] {
    const name = nameOf(type);
    const referred = this.#source.types.get(name);
    return referred !== undefined && this.#hidden.has(referred)
      ? [`${coordinate} is kept but of type ${name}, which is left out.`]
      : [];
  }

  #ofDefault(coordinate: string, value: ConstValueNode, type: TypeNode): readonly string[] {
    if (value.kind === Kind.LIST) {
      const inner = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
      const item = inner.kind === Kind.LIST_TYPE ? inner.type : inner;
      return value.values.flatMap((one) => this.#ofDefault(coordinate, one, item));
    }
    const definition = this.#source.types.get(nameOf(type));
    const parts = definition === undefined ? [] : partsOf(definition);
    const named = (name: string) => parts.find((part) => part.name.value === name);
    if (value.kind === Kind.ENUM) {
      const member = named(value.value);
      return member !== undefined && this.#hidden.has(member)
        ? [`${coordinate} is ${value.value} by default, which is left out.`]
        : [];
    }
    if (value.kind !== Kind.OBJECT) return [];
    return value.fields.flatMap((field) => {
      const part = named(field.name.value);
      if (part?.kind !== Kind.INPUT_VALUE_DEFINITION) return [];
      return this.#hidden.has(part)
        ? [`${coordinate} sets ${field.name.value} by default, which is left out.`]
        : this.#ofDefault(coordinate, field.value, part.type);
    });
  }

  /** What an interface keeps its implementations have to keep. */
  #ofInterfaces(type: Composite): readonly string[] {
    return (type.interfaces ?? []).flatMap(({ name }) => {
      const implemented = this.#source.types.get(name.value);
      if (implemented === undefined || !isComposite(implemented) || this.#hidden.has(implemented)) return [];
      return (implemented.fields ?? []).flatMap((wanted) =>
        this.#hidden.has(wanted) ? [] : this.#ofImplementation(type, implemented, wanted),
      );
    });
  }

  #ofImplementation(type: Composite, of: Composite, wanted: FieldDefinitionNode): readonly string[] {
    const field = type.fields?.find(({ name }) => name.value === wanted.name.value);
    if (field === undefined) return [];
    const coordinate = `${type.name.value}.${field.name.value}`;
    const wantedCoordinate = `${of.name.value}.${wanted.name.value}`;
    if (this.#hidden.has(field)) return [`${coordinate} is left out, but ${wantedCoordinate} is kept.`];
    return (field.arguments ?? []).flatMap((argument) => {
      const name = argument.name.value;
      const other = wanted.arguments?.find((one) => one.name.value === name);
      const [isKept, isWanted] = [!this.#hidden.has(argument), other && !this.#hidden.has(other)];
      if (isWanted && !isKept) {
        return [`${coordinate}(${name}:) is left out, but ${wantedCoordinate}(${name}:) is kept.`];
      }
      return other && !isWanted && isKept && isRequired(argument)
        ? [`${coordinate}(${name}:) is required, but ${wantedCoordinate}(${name}:) is left out.`]
        : [];
    });
  }
}

function isComposite(type: TypeDefinitionNode): type is Composite {
  return type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

function isRequired(input: InputValueDefinitionNode): boolean {
  return input.type.kind === Kind.NON_NULL_TYPE && input.defaultValue === undefined;
}

export function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
