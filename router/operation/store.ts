import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  validate,
} from 'graphql';
import { Lru } from '../../platform/lru.ts';
import { isIntrospection, readsSchema } from './introspection.ts';
import type { Operation } from './operation.ts';

const DOCUMENTS_MAX = 1_000;
/** Of all together. A tree takes some tens of times its text. */
const KEPT_TEXTS_LENGTH_MAX = 4 * 1024 * 1024;
const ERRORS_MAX = 10;

/** Why a text is no operation that can be run: it does not parse, is not valid, too large, or has no such operation. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors[0]?.message ?? 'no operation');
    this.errors = errors;
  }
}

interface Kept {
  readonly text: string;
  readonly document: DocumentNode;
  readonly hash: string;
  readonly operations: Map<string, Operation>;
}

/** Operations by their text, parsed and validated once. Faulty texts are not kept. */
export class OperationStore {
  readonly #schema: GraphQLSchema;
  readonly #parse: (text: string) => DocumentNode;
  readonly #hideSuggestions: boolean;
  readonly #kept = new Lru<string, Kept>(DOCUMENTS_MAX, {
    weightMax: KEPT_TEXTS_LENGTH_MAX,
    weigh: ({ text }) => text.length,
  });

  /**
   * `parse` throws a GraphQLError for a text that is no document, and for one that is too large to be validated. Errors
   * that suggest other names tell the schema bit by bit, which is to be hidden where it may not be read.
   */
  constructor(schema: GraphQLSchema, parse: (text: string) => DocumentNode, hidesSuggestions = false) {
    this.#schema = schema;
    this.#parse = parse;
    this.#hideSuggestions = hidesSuggestions;
  }

  /** @throws {OperationError} */
  get(text: string, name: string | undefined): Operation {
    const kept = this.#kept.get(text) ?? this.#read(text);
    const known = kept.operations.get(name ?? '');
    if (known !== undefined) return known;
    const definition = getOperationAST(kept.document, name);
    if (!definition) throw new OperationError([noSuchOperation(kept.document, name)]);
    const operation = operationOf(text, kept, definition);
    kept.operations.set(name ?? '', operation);
    return operation;
  }

  /** Up to `max` operations that were asked for last. */
  latest(max: number): readonly Operation[] {
    const operations = [...this.#kept.values()].flatMap((kept) => [...kept.operations.values()]);
    return operations.slice(-max);
  }

  #read(text: string): Kept {
    const document = this.#parsed(text);
    const errors = validate(this.#schema, document, undefined, {
      maxErrors: ERRORS_MAX,
      hideSuggestions: this.#hideSuggestions,
    });
    if (errors.length > 0) {
      throw new OperationError(errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')));
    }
    const hash = createHash('sha256').update(text).digest('hex');
    const kept = { text, document, hash, operations: new Map<string, Operation>() };
    this.#kept.set(text, kept);
    return kept;
  }

  #parsed(text: string): DocumentNode {
    try {
      return this.#parse(text);
    } catch (error) {
      throw error instanceof GraphQLError ? new OperationError([error]) : error;
    }
  }
}

function operationOf(text: string, kept: Kept, definition: OperationDefinitionNode): Operation {
  const { document, hash } = kept;
  return {
    text,
    hash,
    document,
    definition,
    name: definition.name?.value,
    kind: definition.operation,
    isIntrospection: isIntrospection(definition, document),
    readsSchema: readsSchema(document),
  };
}

function noSuchOperation(document: DocumentNode, name: string | undefined): GraphQLError {
  const names = document.definitions.flatMap((definition) =>
    definition.kind === 'OperationDefinition' ? [definition.name?.value ?? '(unnamed)'] : [],
  );
  const message =
    name === undefined
      ? `Unknown operation: expected operationName to be one of ${names.join(', ')}.`
      : `Unknown operation "${name.slice(0, 60)}": the document has ${names.join(', ') || 'none'}.`;
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } });
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    extensions: { code },
  });
}
