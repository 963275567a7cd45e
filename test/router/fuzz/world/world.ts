import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { buildASTSchema, type ExecutionResult, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import {
  SubgraphUnavailableError,
  type Transport,
  type TransportRequest,
} from '../../../../router/transport/port.ts';
import type { Composed } from '../generate/supergraph.ts';
import { hash } from '../random.ts';
import { noteAsked } from './asked.ts';
import { readFacts } from './facts.ts';
import type { Monolith } from './monolith.ts';
import { MadeUpSubgraph, type Session } from './subgraph.ts';

/** A composed graph with made-up data behind it. */
export interface World {
  readonly composed: Composed;
  /** Apollo's reading of the supergraph. */
  readonly supergraph: Supergraph;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  readonly monolith: Monolith;
  readonly subgraphs: ReadonlyMap<string, MadeUpSubgraph>;
}

/** @throws when `@apollo/subgraph` or the supergraph's readers refuse what was composed */
export function createWorld(composed: Composed): World {
  const subgraphs = new Map(composed.subgraphs.map((text) => [text.name, new MadeUpSubgraph(text)]));
  const schemas = new Map([...subgraphs].map(([name, { schema }]) => [name, schema]));
  const schema = buildASTSchema(parse(composed.supergraphSdl), { assumeValidSDL: true });
  const facts = readFacts(composed.subgraphs, schemas, schema);
  for (const subgraph of subgraphs.values()) subgraph.connect(facts, schema);
  const supergraph = Supergraph.build(composed.supergraphSdl, {
    supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  });
  const apiSchema = supergraph.apiSchema().toGraphQLJSSchema();
  return {
    composed,
    supergraph,
    apiSchema,
    monolith: { apiSchema, schema, facts },
    subgraphs,
  };
}

/** Hops to the back of the event loop, at most, before a slow answer. */
const HOPS_MAX = 4;
const NOBODY = 'the caller of every case';

/** Which session a request belongs to, for transports that outlive the case. */
export type FindSession = (requestId: string) => Session;

/** The subgraphs as an engine reaches them. */
export function transportsOf(world: World, session: FindSession): readonly Transport[] {
  return [...world.subgraphs.values()].map((subgraph) => ({
    name: subgraph.name,
    execute: (request) => answer(subgraph, request, session(request.caller.requestId ?? NOBODY)),
    close: () => Promise.resolve(),
  }));
}

async function answer(
  subgraph: MadeUpSubgraph,
  request: TransportRequest,
  session: Session,
): Promise<ExecutionResult> {
  const { conditions } = session;
  const { document, representations } = subgraph.read(request);
  noteAsked(subgraph.name, document, request.variables, session.asked);
  const told = (answer: string) =>
    session.trace?.(
      `${subgraph.name} ${request.query} ${JSON.stringify(request.variables)}\n      ${answer}`,
    );
  if (conditions.isSlow)
    await wait(hash(`${conditions.dataSeed}${subgraph.name}${request.query}`) % (HOPS_MAX + 1));
  const outage = conditions.outages[subgraph.name];
  const isLookUp = representations.length > 0;
  if (outage === 'SILENT' || (outage === 'SILENT_ENTITIES' && isLookUp)) {
    told('silence');
    throw new SubgraphUnavailableError(`${subgraph.name} is silent`);
  }
  if (outage === 'REFUSES') {
    told('refusal');
    return { data: null, errors: complaint() };
  }
  const result = await subgraph.execute(request, session);
  const whole =
    outage === 'COMPLAINS' ? { ...result, errors: [...(result.errors ?? []), ...complaint()] } : result;
  told(JSON.stringify(whole));
  return conditions.isJson ? JSON.parse(JSON.stringify(whole)) : whole;
}

function complaint(): readonly GraphQLError[] {
  return [new GraphQLError('not today', { extensions: { code: 'FORBIDDEN' } })];
}

async function wait(hops: number): Promise<void> {
  for (let at = 0; at < hops; at++) await new Promise<void>((resolve) => setImmediate(resolve));
}
