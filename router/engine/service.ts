import type { GraphQLDataSource, ServiceMap } from '@apollo/gateway';
import { type DocumentNode, type GraphQLFormattedError, getOperationAST, OperationTypeNode } from 'graphql';
import { invariant } from '../../platform/invariant.ts';
import type { Logger } from '../../platform/log.ts';
import { type Outage, outageOf, toPublicError, unavailableError } from '../errors.ts';
import type { Transport, TransportRequest } from '../transport/port.ts';
import type { EngineRequest } from './port.ts';

/** Travels through Apollo's executor from a request to its fetches. */
export interface FetchContext {
  readonly request: EngineRequest;
  readonly primaryOperation: string | undefined;
  /** Set by the answer of a mutation that was decided before. */
  idempotentReplay: boolean;
}

type FetchOptions = Parameters<GraphQLDataSource['process']>[0];
type FetchAnswer = Awaited<ReturnType<GraphQLDataSource['process']>>;

/** Of one unavailable subgraph, in one fetch: enough to see what is missing in a page. */
const ERRORS_MAX = 20;

/** The transports in the form that Apollo's executor calls. */
export function createServiceMap(transports: readonly Transport[], logger: Logger): ServiceMap {
  const services: ServiceMap = Object.create(null);
  for (const transport of transports) {
    services[transport.name] = { process: (options) => fetchFrom(transport, options, logger) };
  }
  return services;
}

async function fetchFrom(transport: Transport, options: FetchOptions, logger: Logger): Promise<FetchAnswer> {
  const context = options.context as unknown as FetchContext;
  const { caller, primary } = context.request;
  const { requestId } = caller;
  const event = primary?.kind === 'EVENT' ? primary.event : undefined;
  const { query, variables = {}, operationName } = options.request;
  const document = 'document' in options ? options.document : undefined;
  invariant(query !== undefined && document !== undefined, 'a plan has the text and the tree of its fetches');
  const kind = getOperationAST(document)?.operation ?? OperationTypeNode.QUERY;
  const request: TransportRequest = {
    kind,
    query,
    document,
    variables,
    caller,
    ...(operationName === undefined ? {} : { operationName }),
    ...(event !== undefined && query === context.primaryOperation ? { event } : {}),
  };
  try {
    const answer = await transport.execute(request);
    if (answer.extensions?.idempotentReplay === true) context.idempotentReplay = true;
    const errors = answer.errors?.map((error) => {
      const formatted = 'toJSON' in error ? error.toJSON() : error;
      const shown = toPublicError(formatted, requestId, logger);
      return { ...shown, extensions: { ...shown.extensions, subgraph: transport.name } };
    });
    return { data: answer.data ?? null, ...(errors?.length ? { errors } : {}) };
  } catch (error) {
    logger.warn({ requestId, subgraph: transport.name, fault: String(error) }, 'a subgraph is unavailable');
    const outage = outageOf(context.request.operation.kind, kind, error);
    return { data: null, errors: missing(transport.name, outage, requestId, { document, variables }) };
  }
}

/** An error at each place that stays empty, so that a client can tell null from missing. */
function missing(
  subgraph: string,
  outage: Outage,
  requestId: string,
  asked: { readonly document: DocumentNode; readonly variables: Record<string, unknown> },
): GraphQLFormattedError[] {
  const { document, variables } = asked;
  const { representations } = variables;
  const at = (path?: readonly (string | number)[]) => unavailableError(subgraph, requestId, outage, path);
  if (Array.isArray(representations)) {
    return representations.slice(0, ERRORS_MAX).map((_, index) => at(['_entities', index]));
  }
  const names: string[] = [];
  for (const selection of getOperationAST(document)?.selectionSet.selections ?? []) {
    if (selection.kind === 'Field') names.push((selection.alias ?? selection.name).value);
  }
  if (names.length === 0) return [at()];
  return names.slice(0, ERRORS_MAX).map((name) => at([name]));
}
