import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  type SelectionSetNode,
  validate,
} from 'graphql';
import type { SubgraphText } from '../generate/print.ts';
import type { Conditions } from './conditions.ts';
import type { Facts, FieldFacts } from './facts.ts';
import { argumentText, Instance, numberOf, resolveValue, share, stableText } from './values.ts';

/** What one request sees: the conditions, and a diary of the mutations that were made. */
export interface Session {
  readonly conditions: Conditions;
  readonly diary: string[];
  /** What was sent to subgraphs and cannot be answered there: it is not valid, or names no entity. */
  readonly invalid: string[];
  /**
   * What subgraphs were asked, without names that clients and planners give: equal sets for plans that come to the same,
   * however they divide it into fetches.
   */
  readonly asked: Set<string>;
  /** Gets every fetch with its answer, for whoever looks into a case. */
  readonly trace?: (line: string) => void;
}

export interface SubgraphRequest {
  readonly query: string;
  readonly document?: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

type Resolvers = NonNullable<
  Extract<Parameters<typeof buildSubgraphSchema>[0], { typeDefs: unknown }>['resolvers']
>;

/** What is known of the text of a query. */
export interface Query {
  readonly document: DocumentNode;
  readonly errors: readonly GraphQLError[];
  /** Names of the variables that take references to entities. */
  readonly representations: readonly string[];
}

function representationVariables(document: DocumentNode): readonly string[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? (definition.variableDefinitions ?? [])
          .filter(({ type }) => print(type).includes('_Any'))
          .map(({ variable }) => variable.name.value)
      : [],
  );
}

/** A subgraph of the made-up data: `@apollo/subgraph` and graphql-js over `resolveValue`. */
export class MadeUpSubgraph {
  readonly name: string;
  readonly schema: GraphQLSchema;
  #facts: Facts | undefined;
  #supergraph: GraphQLSchema | undefined;
  /** Of one world there are some thousands at most, and many come again. */
  readonly #queries = new Map<string, Query>();

  constructor(text: SubgraphText) {
    this.name = text.name;
    this.schema = buildSubgraphSchema({ typeDefs: parse(text.sdl), resolvers: this.#resolvers(text) });
  }

  /** The facts are read from the schemas of all subgraphs, so they come after. */
  connect(facts: Facts, supergraph: GraphQLSchema): void {
    this.#facts = facts;
    this.#supergraph = supergraph;
  }

  /** A query that was sent, read once. */
  read({ query, document }: SubgraphRequest): Query {
    const known = this.#queries.get(query);
    if (known !== undefined) return known;
    const parsed = document ?? parse(query);
    const read = {
      document: parsed,
      errors: validate(this.schema, parsed),
      representations: representationVariables(parsed),
    };
    this.#queries.set(query, read);
    return read;
  }

  async execute(request: SubgraphRequest, session: Session): Promise<ExecutionResult> {
    const { document, errors, representations } = this.read(request);
    if (errors.length > 0) {
      session.invalid.push(`${this.name}: ${request.query}: ${errors[0]?.message}`);
      return { errors };
    }
    for (const name of representations) {
      for (const { __typename } of request.variables[name] as readonly Record<string, unknown>[]) {
        if (this.schema.getType(String(__typename)) === undefined)
          session.invalid.push(`${this.name}: ${request.query}: it has no type ${__typename}`);
      }
    }
    return await execute({
      schema: this.schema,
      document,
      variableValues: request.variables,
      contextValue: session,
      fieldResolver: (parent: unknown, args: Record<string, unknown>, context: Session, info) =>
        this.#resolve(parent, args, context, info),
      typeResolver: (value: unknown) => (value instanceof Instance ? value.type : undefined),
    });
  }

  #resolvers({ sdl }: SubgraphText) {
    const resolvers: Record<string, Record<string, unknown>> = {};
    for (const definition of parse(sdl).definitions) {
      if (!('fields' in definition) || definition.kind.startsWith('Input')) continue;
      const { name, directives } = definition;
      if (!directives?.some((directive) => directive.name.value === 'key')) continue;
      resolvers[name.value] = {
        __resolveReference: (reference: Record<string, unknown>, session: Session) =>
          this.#refer(name.value, reference, session),
        ...(definition.kind === Kind.INTERFACE_TYPE_DEFINITION
          ? { __resolveType: (value: Instance) => value.type }
          : {}),
      };
    }
    return resolvers as Resolvers;
  }

  #refer(type: string, reference: Readonly<Record<string, unknown>>, session: Session): Instance | null {
    const { conditions, invalid } = session;
    const facts = this.#connected().facts;
    const number = numberOf(facts, type, reference);
    if (number === undefined) {
      invalid.push(`${this.name}: no key in ${stableText(reference)}`);
      throw new GraphQLError(`no key in ${stableText(reference)}`);
    }
    const family = facts.family(type);
    const concrete = facts.implementersOf(type) ? (family[number % family.length] ?? type) : type;
    if (share(conditions.dataSeed, `missing ${this.name} ${concrete} ${number}`) < conditions.missingRate)
      return null;
    return new Instance(concrete, number, reference);
  }

  #resolve(
    parent: unknown,
    args: Record<string, unknown>,
    session: Session,
    info: GraphQLResolveInfo,
  ): unknown {
    const { facts, supergraph } = this.#connected();
    const { fieldName, parentType, operation } = info;
    const isRoot = !(parent instanceof Instance);
    const root = operation.operation === 'mutation' ? 'Mutation' : 'Query';
    const instance = isRoot ? new Instance(root, 0) : parent;
    const field = facts.field(instance.type, fieldName);
    if (facts.isElsewhere(this.name, parentType.name, fieldName, session.conditions.labels))
      throw new GraphQLError(`${parentType.name}.${fieldName} is not here`);
    const declared = supergraph.getType(field.owner);
    const definition = declared && 'getFields' in declared ? declared.getFields()[fieldName] : undefined;
    if (definition === undefined || !('args' in definition))
      throw new Error(`${field.owner}.${fieldName} is composed`);
    const text = argumentText(definition, args);
    if (isRoot && root === 'Mutation') session.diary.push(`${fieldName}(${text})`);
    const needed = field.requires ? this.#neededText(field, instance, session) : '';
    return resolveValue(facts, session.conditions, { instance, field, args: text, needed });
  }

  /** What a field requires, as the router sent it. */
  #neededText({ owner, name, requires }: FieldFacts, { reference }: Instance, session: Session): string {
    const text = reference && requires ? stableText(needed(requires, reference)) : undefined;
    if (text !== undefined && !text.includes(LACKING)) return text;
    session.invalid.push(`${this.name}: ${owner}.${name} without what it requires`);
    throw new GraphQLError(`asked for ${owner}.${name} without what it requires`);
  }

  #connected(): { readonly facts: Facts; readonly supergraph: GraphQLSchema } {
    if (!this.#facts || !this.#supergraph) throw new Error('connect first');
    return { facts: this.#facts, supergraph: this.#supergraph };
  }
}

const LACKING = '(lacking)';

function needed(set: SelectionSetNode, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => needed(set, item));
  if (typeof value !== 'object' || value === null) return null;
  const source = value as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const selection of set.selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) Object.assign(result, needed(selection.selectionSet, value));
    if (selection.kind !== Kind.FIELD) continue;
    const { name, selectionSet } = selection;
    const part = source[name.value];
    result[name.value] = part === undefined ? LACKING : selectionSet ? needed(selectionSet, part) : part;
  }
  return result;
}
