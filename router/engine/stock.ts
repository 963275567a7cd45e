import { ApolloGateway } from '@apollo/gateway';
import type { GraphQLSchema } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import { present } from '../../platform/invariant.ts';
import type { Logger } from '../../platform/log.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import type { Transport } from '../transport/port.ts';
import type { Engine, EngineRequest, EngineResult } from './port.ts';
import { shapeResult } from './result.ts';
import { createServiceMap, type FetchContext } from './service.ts';

/**
 * `ApolloGateway` as it comes, over our transports, to measure against. Queries and mutations only; it has no
 * subscriptions and refuses supergraphs with security directives.
 */
export async function createStockEngine(options: {
  readonly supergraph: Supergraph;
  readonly transports: readonly Transport[];
  readonly logger: Logger;
}): Promise<Engine> {
  const { logger } = options;
  const services = createServiceMap(options.transports, logger);
  const gateway = new ApolloGateway({
    supergraphSdl: options.supergraph.sdl,
    buildService: ({ name }) => present(services[name], `transport of ${name}`),
    queryPlannerConfig: { exposeDocumentNodeInFetchNode: true },
    logger: { debug() {}, info() {}, warn: (text) => logger.warn(text), error: (text) => logger.error(text) },
  });
  let schema: GraphQLSchema | undefined;
  gateway.onSchemaLoadOrUpdate(({ apiSchema }) => {
    schema = apiSchema;
  });
  const { executor } = await gateway.load();
  const apiSchema = present(schema, 'schema of the loaded gateway');

  async function execute(request: EngineRequest): Promise<EngineResult> {
    const { operation, variables, caller } = request;
    const { document, definition, name: operationName } = operation;
    if (operation.kind === 'subscription') {
      return {
        errors: [new ApiError('BAD_USER_INPUT', 'This engine has no subscriptions.')],
        isReplay: false,
      };
    }
    const context: FetchContext = { request, primaryOperation: undefined, idempotentReplay: false };
    const { text } = operation;
    const result = await executor({
      request: { query: text, variables, operationName },
      context,
      document,
      operation: definition,
      operationName: operationName ?? null,
      queryHash: text,
      source: text,
      metrics: {},
      logger,
      schema: apiSchema,
      requestId: caller.requestId,
    } as unknown as Parameters<typeof executor>[0]);
    return shapeResult(result, context, logger);
  }

  return {
    execute,
    async primaryFetch() {
      throw new Error('this engine has no subscriptions');
    },
    warm: () => Promise.resolve(),
    planCount: 0,
    close: () => gateway.stop(),
  };
}
