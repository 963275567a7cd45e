import type { FieldNode } from 'graphql';

/** The fields of an operation that one caller may not have. Planned without them; null with an error in the answer. */
export interface Mask {
  /** Names the set of denied fields within its operation: plans are kept by it. */
  readonly key: string;
  /** By the node in the operation's document. Fields below a denied one are not listed. Never empty. */
  readonly denied: ReadonlyMap<FieldNode, Denial>;
}

export interface Denial {
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN';
  readonly message: string;
  /** Such as `{ scope: 'accounts:read' }`. */
  readonly extensions: Readonly<Record<string, unknown>>;
}
