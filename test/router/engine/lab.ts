import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type ExecutionResult, execute, type GraphQLResolveInfo, type GraphQLSchema, parse } from 'graphql';
import { createLogger } from '../../../platform/log.ts';
import type { Caller } from '../../../router/caller.ts';
import { createEngine, type EngineOptions } from '../../../router/engine/engine.ts';
import type { Engine, EngineRequest, EngineResult } from '../../../router/engine/port.ts';
import type { Operation } from '../../../router/operation/operation.ts';
import { OperationStore } from '../../../router/operation/store.ts';
import { coerceVariables } from '../../../router/operation/variables.ts';
import { readSupergraph } from '../../../router/supergraph/read.ts';
import type { Supergraph } from '../../../router/supergraph/supergraph.ts';
import type { Transport, TransportRequest } from '../../../router/transport/port.ts';

type Resolver = (source: never, args: never, context: unknown, info: GraphQLResolveInfo) => unknown;
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolver | unknown>>>>;

export interface LabSubgraph {
  readonly sdl: string;
  readonly resolvers?: Resolvers;
  /** Instead of what the schema would answer. */
  readonly answer?: (request: TransportRequest, own: () => Promise<ExecutionResult>) => unknown;
}

export type LabSubgraphs = Readonly<Record<string, LabSubgraph>>;

export interface Asked {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly request: TransportRequest;
}

export type RunOptions = Partial<Omit<EngineRequest, 'operation' | 'caller'>> & {
  readonly operationName?: string;
};

/** A composed supergraph with its subgraphs in this process. */
export interface Lab {
  readonly supergraph: Supergraph;
  readonly engine: Engine;
  /** Every request to a subgraph since the last `run`. */
  readonly asked: Asked[];
  operation(text: string, name?: string): Operation;
  request(text: string, options?: RunOptions): EngineRequest;
  run(text: string, options?: RunOptions): Promise<EngineResult>;
  close(): Promise<void>;
}

const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable",
  "@requires", "@external", "@provides", "@interfaceObject", "@override", "@inaccessible", "@cost", "@tag"])\n`;

export const logger = createLogger({ level: 'silent', name: 'test' });

export const caller: Caller = {
  identity: {
    viewer: null,
    isAuthenticated: false,
    hasScope: () => false,
    shareKey: '',
    budgetKey: '',
    claims: {},
    expiresAtMs: null,
  },
  requestId: 'test',
  headers: {},
};

export function compose(subgraphs: LabSubgraphs): Supergraph {
  const result = composeServices(
    Object.entries(subgraphs).map(([name, { sdl }]) => ({
      name,
      url: `http://${name}.example/`,
      typeDefs: parse(FEDERATION + sdl),
    })),
  );
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return readSupergraph(result.supergraphSdl);
}

function schemaOf({ sdl, resolvers = {} }: LabSubgraph): GraphQLSchema {
  return buildSubgraphSchema({ typeDefs: parse(FEDERATION + sdl), resolvers: resolvers as never });
}

function transportOf(name: string, subgraph: LabSubgraph, asked: Asked[]): Transport {
  const schema = schemaOf(subgraph);
  return {
    name,
    async execute(request) {
      const { query, variables } = request;
      asked.push({ subgraph: name, query, variables, request });
      // As if it had come over the wire: nothing is shared with the resolvers.
      const sent = JSON.parse(JSON.stringify(variables)) as Record<string, unknown>;
      const own = async (): Promise<ExecutionResult> => {
        const result = await execute({
          schema,
          document: parse(query),
          variableValues: sent,
          operationName: request.operationName,
          ...(request.event === undefined ? {} : { rootValue: request.event }),
        });
        return JSON.parse(JSON.stringify(result)) as ExecutionResult;
      };
      return ((await subgraph.answer?.(request, own)) ?? (await own())) as ExecutionResult;
    },
    close: () => Promise.resolve(),
  };
}

export async function openLab(
  subgraphs: LabSubgraphs,
  options: Partial<Omit<EngineOptions, 'supergraph' | 'transportOf'>> = {},
): Promise<Lab> {
  const supergraph = compose(subgraphs);
  const asked: Asked[] = [];
  const transports = new Map(
    Object.entries(subgraphs).map(([name, one]) => [name, transportOf(name, one, asked)]),
  );
  const engine = await createEngine({
    logger,
    ...options,
    supergraph,
    transportOf: (name) => transports.get(name) as Transport,
  });
  const operations = new OperationStore(supergraph.apiSchema, (text) => parse(text));

  function request(text: string, given: RunOptions = {}): EngineRequest {
    const { operationName, variables = {}, ...rest } = given;
    const operation = operations.get(text, operationName);
    return {
      mask: null,
      labels: new Set<string>(),
      ...rest,
      operation,
      caller,
      variables: coerceVariables(supergraph.apiSchema, operation, variables),
    };
  }

  return {
    supergraph,
    engine,
    asked,
    operation: (text, name) => operations.get(text, name),
    request,
    async run(text, given) {
      asked.length = 0;
      return await engine.execute(request(text, given));
    },
    close: () => engine.close(),
  };
}

/** What clients get to see of a result. */
export function shown(result: EngineResult): { data: unknown; errors: readonly ErrorShown[] } {
  const { data, errors = [] } = JSON.parse(JSON.stringify(result)) as {
    data: unknown;
    errors?: readonly {
      message: string;
      path?: unknown;
      extensions?: { code?: string; subgraph?: string };
    }[];
  };
  return {
    data,
    errors: errors.map(({ path, extensions }) => ({
      path,
      code: extensions?.code,
      subgraph: extensions?.subgraph,
    })),
  };
}

export interface ErrorShown {
  readonly path: unknown;
  readonly code: string | undefined;
  readonly subgraph: string | undefined;
}

export interface StockResult {
  readonly data: unknown;
  /** Sorted, as JSON. */
  readonly paths: readonly string[];
}

/** What `@apollo/gateway` answers with the same subgraphs. */
export async function runStock(
  subgraphs: LabSubgraphs,
  text: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<StockResult> {
  const supergraph = compose(subgraphs);
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph.sdl,
    logger: silent,
    buildService: ({ name }) => {
      const transport = transportOf(name, subgraphs[name] as LabSubgraph, []);
      return {
        async process({ request }) {
          const { query = '', variables: sent = {} } = request;
          const result = await transport.execute({ kind: 'query' as never, query, variables: sent, caller });
          return result as never;
        },
      };
    },
  });
  const { executor } = await gateway.load();
  const document = parse(text);
  const operation = document.definitions.find((one) => one.kind === 'OperationDefinition');
  const result = (await executor({
    request: { query: text, variables },
    context: {},
    document,
    operation,
    operationName: operation?.name?.value ?? null,
    queryHash: text,
    source: text,
    metrics: {},
    logger: silent,
    schema: supergraph.apiSchema,
  } as never)) as ExecutionResult;
  await gateway.stop();
  return { data: JSON.parse(JSON.stringify(result.data ?? null)), paths: pathsOf(result.errors) };
}

export function pathsOf(errors: readonly { readonly path?: unknown }[] | undefined): readonly string[] {
  return (errors ?? []).map(({ path }) => JSON.stringify(path ?? null)).sort();
}
