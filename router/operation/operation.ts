import type { DocumentNode, OperationDefinitionNode, OperationTypeNode } from 'graphql';

/**
 * One operation of a document that is valid against the API schema and within the limits. The same object for the same
 * text and name as long as it is kept, so caches may be keyed by it (WeakMap).
 */
export interface Operation {
  readonly text: string;
  /** SHA-256 of `text`, hexadecimal. */
  readonly hash: string;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** Of the definition; undefined when it has none. */
  readonly name: string | undefined;
  readonly kind: OperationTypeNode;
  /** Asks for nothing but the schema (`__schema`, `__type`, `__typename`), so no subgraph is asked. */
  readonly isIntrospection: boolean;
  /** Its document reads the schema (`__schema`, `__type`), perhaps among other things. */
  readonly readsSchema: boolean;
}
