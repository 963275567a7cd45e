import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ApolloGateway,
  type GraphQLDataSourceProcessOptions,
  RemoteGraphQLDataSource,
} from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { GraphQLError } from 'graphql';
import { DataSource } from 'typeorm';
import { projectRoot } from '../../../platform/paths.ts';
import { createKeyCheck } from './apiKeys.ts';
import { ORGANIZATION_HEADER, SECRET_HEADER } from './headers.ts';
import type { Running } from './subgraph.ts';

export interface GatewaySettings {
  readonly databaseUrl: string;
  readonly pepper: string;
  readonly gatewaySecret: string;
  /** Where the payments subgraph listens; the other subgraphs are planned for and never asked. */
  readonly paymentsUrl: string;
}

interface Context {
  readonly organizationId: string;
}

const KEY_POOL_MAX = 2;

/** Stock ApolloGateway over our own supergraph, hosted as its manual says. */
export async function startGateway(settings: GatewaySettings): Promise<Running> {
  const keys = new DataSource({ type: 'postgres', url: settings.databaseUrl, poolSize: KEY_POOL_MAX });
  await keys.initialize();
  const checkKey = createKeyCheck(keys, settings.pepper);
  const gateway = new ApolloGateway({
    supergraphSdl: await readFile(join(projectRoot, 'schema', 'supergraph.graphql'), 'utf8'),
    buildService: ({ name, url }) =>
      new RemoteGraphQLDataSource<Context>({
        url: name === 'payments' ? settings.paymentsUrl : (url ?? ''),
        willSendRequest({ request, context }: GraphQLDataSourceProcessOptions<Context>) {
          request.http?.headers.set(ORGANIZATION_HEADER, context.organizationId);
          request.http?.headers.set(SECRET_HEADER, settings.gatewaySecret);
        },
      }),
  });
  const server = new ApolloServer<Context>({ gateway });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async ({ req }) => {
      const organizationId = await checkKey(req.headers.authorization);
      if (organizationId === null)
        throw new GraphQLError('the API key is unknown', { extensions: { code: 'UNAUTHENTICATED' } });
      return { organizationId };
    },
  });
  return {
    url,
    async stop() {
      await server.stop();
      await keys.destroy();
    },
  };
}
