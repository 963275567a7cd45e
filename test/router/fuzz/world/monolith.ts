import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  getArgumentValues,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Facts, Spec } from './facts.ts';
import type { Session } from './subgraph.ts';
import { argumentText, Instance, resolveValue, stableText } from './values.ts';

/** What clients see, and the whole supergraph, which holds that and more. */
export interface Monolith {
  readonly apiSchema: GraphQLSchema;
  readonly schema: GraphQLSchema;
  readonly facts: Facts;
}

/** The same data behind one graphql-js schema, with no federation anywhere: what every right plan has to come to. */
export async function executeMonolith(
  parts: Monolith,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  session: Session,
): Promise<ExecutionResult> {
  return await execute({
    schema: parts.apiSchema,
    document,
    variableValues: variables,
    contextValue: session,
    fieldResolver: (parent: unknown, args: Record<string, unknown>, context: Session, info) => {
      const isRoot = !(parent instanceof Instance);
      const root = info.operation.operation === 'mutation' ? 'Mutation' : 'Query';
      const instance = isRoot ? new Instance(root, 0) : parent;
      const definition = fieldOf(parts.schema, info.parentType.name, info.fieldName);
      const whole = withHidden(definition, args);
      if (root === 'Mutation' && isRoot)
        context.diary.push(`${info.fieldName}(${argumentText(definition, whole)})`);
      return new Reader(parts.schema, parts.facts, context).read(instance, definition, whole);
    },
    typeResolver: (value: unknown) => (value instanceof Instance ? value.type : undefined),
  });
}

/** With the defaults of arguments that clients do not see. */
function withHidden(
  definition: GraphQLField<unknown, unknown>,
  args: Record<string, unknown>,
): Record<string, unknown> {
  const hidden = definition.args.filter(
    (one) => args[one.name] === undefined && one.defaultValue !== undefined,
  );
  return { ...args, ...Object.fromEntries(hidden.map((one) => [one.name, one.defaultValue])) };
}

function fieldOf(schema: GraphQLSchema, typeName: string, name: string): GraphQLField<unknown, unknown> {
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[name] : undefined;
  if (field === undefined) throw new Error(`${typeName}.${name} is composed`);
  return field;
}

/** The null that stands for a failed value which may not be null, on its way up. */
const BUBBLE = Symbol('bubble');

class Reader {
  readonly #schema: GraphQLSchema;
  readonly #facts: Facts;
  readonly #session: Session;

  constructor(schema: GraphQLSchema, facts: Facts, session: Session) {
    this.#schema = schema;
    this.#facts = facts;
    this.#session = session;
  }

  read(
    instance: Instance,
    definition: GraphQLField<unknown, unknown>,
    args: Record<string, unknown>,
  ): unknown {
    const field = this.#facts.field(instance.type, definition.name);
    const needed = field.requires ? stableText(this.#select(instance, field.requires)) : '';
    return resolveValue(this.#facts, this.#session.conditions, {
      instance,
      field,
      args: argumentText(definition, args),
      needed,
    });
  }

  /** What a field requires, as a router would find it: failures are nulls there. */
  #select(instance: Instance, set: SelectionSetNode): Record<string, unknown> | typeof BUBBLE {
    const result: Record<string, unknown> = {};
    for (const selection of set.selections) {
      if (
        selection.kind === Kind.INLINE_FRAGMENT &&
        this.#applies(instance, selection.typeCondition?.name.value)
      ) {
        Object.assign(result, this.#select(instance, selection.selectionSet));
      }
      if (selection.kind !== Kind.FIELD) continue;
      const value = this.#field(instance, selection);
      if (value === BUBBLE) return BUBBLE;
      result[selection.name.value] = value;
    }
    return result;
  }

  #applies(instance: Instance, condition: string | undefined): boolean {
    const type = condition === undefined ? undefined : this.#schema.getType(condition);
    if (type === undefined || type.name === instance.type) return true;
    return (
      isInterfaceType(type) && this.#schema.getPossibleTypes(type).some((one) => one.name === instance.type)
    );
  }

  #field(instance: Instance, node: FieldNode): unknown {
    const definition = fieldOf(this.#schema, instance.type, node.name.value);
    const { spec } = this.#facts.field(instance.type, definition.name);
    try {
      return this.#complete(this.read(instance, definition, getArgumentValues(definition, node)), spec, node);
    } catch {
      return spec.isNonNull ? BUBBLE : null;
    }
  }

  #complete(value: unknown, spec: Spec, node: FieldNode): unknown {
    if (value === null || value === undefined) return spec.isNonNull ? BUBBLE : null;
    const { item } = spec;
    if (item && Array.isArray(value)) {
      const items = value.map((one) => this.#complete(one, item, node));
      return items.includes(BUBBLE) ? (spec.isNonNull ? BUBBLE : null) : items;
    }
    if (!(value instanceof Instance) || !node.selectionSet) return value;
    const below = this.#select(value, node.selectionSet);
    return below === BUBBLE && !spec.isNonNull ? null : below;
  }
}
