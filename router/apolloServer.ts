import { ApolloServer, type ApolloServerOptionsWithGateway } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { ExecutionResult } from 'graphql';
import type { Logger } from '../platform/log.ts';
import type { Viewer } from '../platform/viewer.ts';
import { unauthenticated } from './auth.ts';
import { DOCUMENT_TOKENS_MAX } from './config.ts';
import { isIntrospection } from './documents.ts';
import type { Engine } from './engine/port.ts';
import { isPublicCode, toPublicError } from './errors.ts';

type Gateway = ApolloServerOptionsWithGateway<HttpContext>['gateway'];

/** What a request over HTTP carries through Apollo Server. */
export interface HttpContext {
  /** Null without credentials, which introspection may do without. */
  readonly viewer: Viewer | null;
  readonly requestId: string;
}

/** Apollo Server in front of the engine: the HTTP side of GraphQL, plugins, CSRF prevention, persisted queries. */
export function createApolloServer(
  engine: Engine,
  options: { readonly introspection: boolean; readonly logger: Logger; readonly supergraphSdl: string },
): ApolloServer<HttpContext> {
  const { logger } = options;
  return new ApolloServer<HttpContext>({
    gateway: asGateway(engine, options.supergraphSdl),
    introspection: options.introspection,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: DOCUMENT_TOKENS_MAX },
    stringifyResult: (result) => JSON.stringify(result),
    formatError: (error) =>
      isPublicCode(error.extensions?.code) ? error : toPublicError(error, 'unknown', logger),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      {
        async requestDidStart() {
          return {
            async willSendResponse({ response, contextValue }) {
              if (response.body.kind !== 'single') return;
              const { errors } = response.body.singleResult;
              if (!errors) return;
              const { requestId } = contextValue;
              response.body.singleResult.errors = errors.map((error) => ({
                ...error,
                extensions: { ...error.extensions, requestId },
              }));
            },
          };
        },
      },
    ],
    logger: { debug() {}, info() {}, warn: (text) => logger.warn(text), error: (text) => logger.error(text) },
  });
}

/** The engine in the shape that Apollo Server takes a gateway in. */
function asGateway(engine: Engine, supergraphSdl: string): Gateway {
  type Update = Parameters<Gateway['onSchemaLoadOrUpdate']>[0];
  const listeners = new Set<Update>();
  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load() {
      for (const tell of listeners) tell({ apiSchema: engine.apiSchema, coreSupergraphSdl: supergraphSdl });
      return {
        async executor(request) {
          const { viewer, requestId } = request.context as unknown as HttpContext;
          // The schema is the same for everyone, so reading it needs nobody; validation refuses it where it is off.
          const asker = viewer ?? (isIntrospection(request.operation, request.document) ? NOBODY : null);
          if (asker === null) return { errors: [unauthenticated('This needs credentials.')] };
          return (await engine.execute({
            document: request.document,
            operationName: request.operationName ?? undefined,
            variables: request.request.variables ?? {},
            viewer: asker,
            requestId,
          })) as ExecutionResult<Record<string, unknown>, Record<string, unknown>>;
        },
      };
    },
    stop: () => Promise.resolve(),
  };
}

/** Introspection asks no subgraph, so this Viewer is never signed and never sent. */
const NOBODY: Viewer = {
  organizationId: '00000000-0000-0000-0000-000000000000' as Viewer['organizationId'],
  kind: 'SYSTEM',
  subjectId: 'nobody',
  scopes: [],
};
