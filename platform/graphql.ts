import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  isObjectType,
  parse,
} from 'graphql';
import { requireTime } from './deadline.ts';
import { ApiError } from './errors.ts';
import { LaneFullError } from './lane.ts';
import type { Logger } from './log.ts';
import { projectRoot } from './paths.ts';
import { isConnectionLoss } from './postgres.ts';
import type { Subgraph, SubgraphRequest } from './subgraph.ts';
import { hasScope, requireWholeOrganization, type Viewer } from './viewer.ts';

/** What every resolver's context has, in every subgraph. */
export interface BaseContext {
  readonly viewer: Viewer;
  readonly requestId: string;
  /** Set by a mutation that answered from an earlier request with the same key. */
  idempotentReplay: boolean;
  /** Set from the request: see there. */
  dueAtMs?: number | undefined;
}

type Resolvers =
  NonNullable<Exclude<Parameters<typeof buildSubgraphSchema>[0], DocumentNode | readonly unknown[]>> extends {
    resolvers?: infer R;
  }
    ? R
    : never;

export interface SubgraphOptions<Context extends BaseContext> {
  readonly name: Subgraph['name'];
  readonly resolvers: unknown;
  /**
   * Scope that each root field needs, `Type.field`; null for fields that any signed Viewer may use. A root field
   * that is not listed is a fault found at start.
   */
  readonly scopes: Readonly<Record<string, string | null>>;
  /** Fresh for each fetch, so that no Loader outlives it. */
  readonly contextFor: (viewer: Viewer, requestId: string) => Context;
  readonly logger: Logger;
  readonly close: () => Promise<void>;
}

const DOCUMENT_CACHE_MAX = 1_000;

/** Builds a subgraph from schema/common.graphql, schema/<name>.graphql and its resolvers. */
export function createSubgraph<Context extends BaseContext>(options: SubgraphOptions<Context>): Subgraph {
  const read = (file: string): string => readFileSync(join(projectRoot, 'schema', file), 'utf8');
  const schema = buildSubgraphSchema({
    typeDefs: parse(`${read('common.graphql')}\n${read(`${options.name}.graphql`)}`),
    resolvers: options.resolvers as Resolvers,
  });
  guardRootFields(schema, options.scopes);
  const documents = new Map<string, DocumentNode>();
  return {
    name: options.name,
    schema,
    close: options.close,
    async execute(request) {
      const contextValue = options.contextFor(request.viewer, request.requestId);
      contextValue.dueAtMs = request.dueAtMs;
      const result = await execute({
        schema,
        document: request.document ?? cachedParse(documents, request.query),
        variableValues: request.variables,
        contextValue,
        rootValue: request.event,
        ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
      });
      return finish(result, contextValue, options.logger, request);
    },
  };
}

/**
 * Wraps each root field with the checks of its time and its scope, so that no resolver can forget them; and each that
 * changes something with that of the Viewer, as no client token changes anything.
 */
function guardRootFields(schema: GraphQLSchema, scopes: Readonly<Record<string, string | null>>): void {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    if (!isObjectType(type)) continue;
    const changes = type === schema.getMutationType();
    for (const field of Object.values(type.getFields())) {
      if (field.name === '_service') continue;
      const scope = field.name === '_entities' ? null : scopes[`${type.name}.${field.name}`];
      if (scope === undefined) throw new Error(`${type.name}.${field.name} names no scope`);
      const { resolve } = field;
      field.resolve = (source, args, context: BaseContext, info) => {
        requireTime(context.dueAtMs);
        if (scope !== null) requireScope(context.viewer, scope);
        if (changes) requireWholeOrganization(context.viewer);
        return resolve
          ? resolve(source, args, context, info)
          : (source as Record<string, unknown> | undefined)?.[field.name];
      };
    }
  }
}

/** @throws {ApiError} FORBIDDEN that names the scope which is missing. */
export function requireScope(viewer: Viewer, scope: string): void {
  if (!hasScope(viewer, scope)) throw new ApiError('FORBIDDEN', `this needs the scope ${scope}`, { scope });
}

function cachedParse(documents: Map<string, DocumentNode>, query: string): DocumentNode {
  const known = documents.get(query);
  if (known) return known;
  const document = parse(query, { noLocation: true });
  if (documents.size >= DOCUMENT_CACHE_MAX) documents.delete(documents.keys().next().value as string);
  documents.set(query, document);
  return document;
}

function finish(
  result: ExecutionResult,
  context: BaseContext,
  logger: Logger,
  request: SubgraphRequest,
): ExecutionResult {
  if (!result.errors && !context.idempotentReplay) return result;
  return {
    ...result,
    ...(result.errors
      ? { errors: result.errors.map((error) => maskError(error, logger, request.requestId)) }
      : {}),
    ...(context.idempotentReplay ? { extensions: { ...result.extensions, idempotentReplay: true } } : {}),
  };
}

/**
 * What a caller may see of an error: ours and GraphQL's own as they are; anything else is logged under the
 * request id and told as a code. SQL, stacks and paths never leave.
 */
export function maskError(error: GraphQLError, logger: Logger, requestId: string): GraphQLError {
  const cause = error.originalError;
  if (!cause || cause instanceof GraphQLError) return error;
  const shown = publicError(cause, requestId);
  if (shown.extensions.code !== 'OVERLOADED')
    logger.error({ err: cause, requestId, path: error.path }, 'a resolver failed');
  return new GraphQLError(shown.message, {
    nodes: error.nodes ?? null,
    path: error.path ?? null,
    extensions: { ...shown.extensions, requestId },
  });
}

function publicError(cause: Error, requestId: string): ApiError {
  if (cause instanceof LaneFullError)
    return new ApiError('OVERLOADED', 'too much is queued just now; nothing happened, retry later');
  if (isConnectionLoss(cause)) {
    return new ApiError(
      'UNAVAILABLE',
      'the database does not answer; the outcome is unknown, retry with the same idempotency key',
    );
  }
  return new ApiError(
    'INTERNAL_SERVER_ERROR',
    `something went wrong on our side; quote request ${requestId}`,
  );
}
