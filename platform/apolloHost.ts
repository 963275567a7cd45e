import { ApolloServer, type ApolloServerOptions, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError, OperationTypeNode } from 'graphql';
import { lateError, untilDue } from './deadline.ts';
import { ApiError } from './errors.ts';
import type { Logger } from './log.ts';
import type { Subgraph } from './subgraph.ts';
import type { Viewer } from './viewer.ts';

/** Who asks, as @apollo/server passes it on. */
interface HostContext {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly dueAtMs?: number | undefined;
}

type Gateway = NonNullable<ApolloServerOptions<HostContext>['gateway']>;

export interface ApolloHost {
  /** Parses, validates and executes a decoded GraphQL-over-HTTP body. Never throws for the body's sake. */
  execute(body: unknown, context: HostContext): Promise<{ readonly status: number; readonly text: string }>;
  stop(): Promise<void>;
}

/**
 * @apollo/server round a Subgraph: it parses, validates, answers introspection and shapes errors, and hands the
 * operation to `subgraph.execute` as to a gateway, so that scopes, Loaders and masking are those of in-process
 * calls. Its plugins that would instrument each resolver or call home are off.
 */
export async function createApolloHost(subgraph: Subgraph, logger: Logger): Promise<ApolloHost> {
  const server = new ApolloServer<HostContext>({
    gateway: gatewayTo(subgraph),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // The signature of the body is what a cross-site request cannot have.
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    formatError: (shown, error) => formatError(shown, error, logger),
    logger,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  const headers = new HeaderMap([['content-type', 'application/json']]);
  return {
    async execute(body, context) {
      const answer = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers, search: '', body },
        context: async () => context,
      });
      const text = answer.body.kind === 'complete' ? answer.body.string : '';
      return { status: answer.status ?? 200, text };
    },
    stop: () => server.stop(),
  };
}

function gatewayTo(subgraph: Subgraph): Gateway {
  return {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: subgraph.schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    load: async () => ({
      executor: async ({ source, document, operation, operationName, request, context }) => {
        const { viewer, requestId, dueAtMs } = context as HostContext;
        const executed = subgraph.execute({
          query: source,
          document,
          variables: request.variables ?? {},
          ...(operationName === null ? {} : { operationName }),
          viewer,
          requestId,
          ...(dueAtMs === undefined ? {} : { dueAtMs }),
        });
        // A mutation that was begun is finished and told.
        if (operation.operation === OperationTypeNode.MUTATION) return await executed;
        return await untilDue(executed, dueAtMs, () => ({ errors: [lateError()] }));
      },
    }),
    stop: async () => undefined,
  };
}

/** What `subgraph.execute` answered is masked already; what threw on the way to it is a fault of ours. */
function formatError(shown: GraphQLFormattedError, error: unknown, logger: Logger): GraphQLFormattedError {
  if (shown.extensions?.code !== 'INTERNAL_SERVER_ERROR' || shown.extensions.requestId) return shown;
  if (error instanceof GraphQLError && !error.originalError) return shown;
  logger.error({ err: error }, 'a request failed outside its resolvers');
  return new ApiError('INTERNAL_SERVER_ERROR', 'something went wrong on our side').toJSON();
}
