import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { executeQueryPlan } from '@apollo/gateway';
import { QueryPlanner } from '@apollo/query-planner';
import { type ExecutionResult, GraphQLError, getVariableValues } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import type { Transport } from '../transport/port.ts';
import { PlanCache } from './plan.ts';
import type { Engine, EngineRequest } from './port.ts';
import { shapeResult } from './result.ts';
import { createServiceMap, type FetchContext } from './service.ts';

/** Fetches in flight and variables of wrong type are listed; a client needs no more than a few. */
const VARIABLE_ERRORS_MAX = 10;

/**
 * Apollo's planner and executor without its `ApolloGateway` class, which refuses supergraphs with security
 * directives and cannot plan subscriptions, although the libraries below it do both.
 *
 * @throws when `supergraphSdl` is no valid supergraph
 */
export function createApolloEngine(options: {
  readonly supergraphSdl: string;
  readonly transports: readonly Transport[];
  readonly logger: Logger;
}): Engine {
  const { logger } = options;
  const supergraph = Supergraph.build(options.supergraphSdl, {
    supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  });
  const schema = supergraph.apiSchema();
  const apiSchema = schema.toGraphQLJSSchema();
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();
  const planner = new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true });
  const plans = new PlanCache(planner, schema, apiSchema);
  const services = createServiceMap(options.transports, logger);

  async function run(request: EngineRequest): Promise<ExecutionResult> {
    const compiled = plans.get(request.document, request.operationName);
    const definitions = compiled.context.operation.variableDefinitions ?? [];
    const coerced = getVariableValues(apiSchema, definitions, request.variables, {
      maxErrors: VARIABLE_ERRORS_MAX,
    });
    if (coerced.errors) return { errors: coerced.errors.map(asUserInput) };
    const context: FetchContext = {
      request,
      primaryOperation: compiled.primaryOperation,
      idempotentReplay: false,
    };
    const result = await executeQueryPlan(
      compiled.plan,
      services,
      // The parts that the executor reads; the rest of the type is about HTTP and caching.
      { request: { variables: request.variables }, context, metrics: {}, logger } as unknown as Parameters<
        typeof executeQueryPlan
      >[2],
      compiled.context,
      supergraphSchema,
      schema,
    );
    return shapeResult(result, context, logger);
  }

  return {
    apiSchema,
    async execute(request) {
      try {
        return await run(request);
      } catch (error) {
        const fault = error instanceof GraphQLError ? error : new GraphQLError(String(error));
        return shapeResult({ errors: [fault] }, { request, idempotentReplay: false }, logger);
      }
    },
  };
}

function asUserInput(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    extensions: { code: 'BAD_USER_INPUT', retryable: false },
  });
}
