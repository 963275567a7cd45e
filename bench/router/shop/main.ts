import { execute, type GraphQLSchema, parse } from 'graphql';
import { serveCalls } from '../../load/worker.ts';
import { type KeepingServer, serveKeeping, type Work } from '../keepingServer.ts';
import { SHOP_SUBGRAPHS, type ShopSubgraph, shopSchema } from './subgraphs.ts';

const servers = new Map<ShopSubgraph, KeepingServer>();

/** All four subgraphs in one process, each on a port of its own. Gives their URLs. */
async function start(): Promise<Readonly<Record<ShopSubgraph, string>>> {
  for (const name of SHOP_SUBGRAPHS) servers.set(name, await serveKeeping(executing(shopSchema(name))));
  const urls = [...servers].map(([name, { url }]) => [name, url] as const);
  return Object.fromEntries(urls) as Record<ShopSubgraph, string>;
}

function executing(schema: GraphQLSchema): Work {
  return async (body) => {
    const { query, variables: variableValues, operationName } = JSON.parse(body);
    const result = await execute({ schema, document: parse(query), variableValues, operationName });
    return Buffer.from(JSON.stringify(result));
  };
}

/** Requests that the subgraphs have answered so far. */
async function count(): Promise<number> {
  return [...servers.values()].reduce((sum, server) => sum + server.count(), 0);
}

serveCalls({ start, count }, async () => {
  await Promise.all([...servers.values()].map((server) => server.close()));
});
