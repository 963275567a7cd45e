import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql';
import { DOCUMENT_TOKENS_MAX, KEPT_DOCUMENT_LENGTH_MAX } from './config.ts';
import { Lru } from './lru.ts';

const DOCUMENTS_MAX = 1_000;
const ERRORS_MAX = 10;

/** Documents that came over sockets, parsed and validated once. */
export class DocumentStore {
  readonly #schema: GraphQLSchema;
  readonly #documents = new Lru<string, DocumentNode>(DOCUMENTS_MAX);

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The document, the same object for the same text, or why it is none. Faulty ones are not kept. */
  read(text: string): DocumentNode | readonly GraphQLError[] {
    const known = this.#documents.get(text);
    if (known) return known;
    const document = parseText(text);
    if (document instanceof GraphQLError) return [document];
    const errors = validate(this.#schema, document, undefined, { maxErrors: ERRORS_MAX });
    if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    if (text.length <= KEPT_DOCUMENT_LENGTH_MAX) this.#documents.set(text, document);
    return document;
  }
}

/** True when the operation asks for nothing but the schema itself. */
export function isIntrospection(operation: OperationDefinitionNode, document: DocumentNode): boolean {
  const onlyMeta = (set: SelectionSetNode, depth: number): boolean =>
    set.selections.every((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__');
      if (depth > DOCUMENTS_MAX) return false;
      if (selection.kind === Kind.INLINE_FRAGMENT) return onlyMeta(selection.selectionSet, depth + 1);
      const fragment = document.definitions.find(
        (definition) =>
          definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
      );
      return fragment?.kind === Kind.FRAGMENT_DEFINITION && onlyMeta(fragment.selectionSet, depth + 1);
    });
  return operation.operation === 'query' && onlyMeta(operation.selectionSet, 0);
}

function parseText(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text, { maxTokens: DOCUMENT_TOKENS_MAX });
  } catch (error) {
    return withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED');
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    extensions: { code },
  });
}
