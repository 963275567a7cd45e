import { getOperationAST } from 'graphql';
import type { Viewer } from '../../platform/viewer.ts';
import { viewerOf } from '../identity.ts';
import { isIntrospection } from '../operation/introspection.ts';
import type { TransportRequest } from './port.ts';

/** Stands for someone without credentials. It holds no scope and belongs to no organization, so it sees no row of any. */
export const NOBODY: Viewer = Object.freeze({
  organizationId: '00000000-0000-0000-0000-000000000000' as Viewer['organizationId'],
  kind: 'SYSTEM',
  subjectId: 'nobody',
  scopes: Object.freeze([]),
});

/**
 * The Viewer that one of our subgraphs is asked as. What needs no credentials is the schema itself and type names, which
 * are the same for everyone: that is asked as NOBODY.
 *
 * @throws {ApiError} UNAUTHENTICATED for a caller without a Viewer who asks for anything else
 */
export function viewerFor({ caller, document, operationName }: TransportRequest): Viewer {
  const { identity } = caller;
  if (identity.viewer === null && document !== undefined) {
    const operation = getOperationAST(document, operationName);
    if (operation && isIntrospection(operation, document)) return NOBODY;
  }
  return viewerOf(identity);
}
