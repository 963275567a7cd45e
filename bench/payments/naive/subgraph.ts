import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js';
import { GraphQLError, parse } from 'graphql';
import { DataSource } from 'typeorm';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { type AssetScale, formatAmount } from '../../../platform/money.ts';
import { projectRoot } from '../../../platform/paths.ts';
import { createTransaction, type Failure, type Input, type Result } from './createTransaction.ts';
import { ENTITIES, Transaction, type TransactionRow } from './entities.ts';
import { ORGANIZATION_HEADER, SECRET_HEADER } from './headers.ts';

export interface SubgraphSettings {
  readonly databaseUrl: string;
  readonly poolMax: number;
  /** What the gateway proves itself with. */
  readonly gatewaySecret: string;
}

export interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

interface Context {
  readonly organizationId: string;
}

/** The payments subgraph as the manuals of @apollo/subgraph and TypeORM would have it, for this one mutation. */
export async function startSubgraph(settings: SubgraphSettings): Promise<Running> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: settings.databaseUrl,
    entities: ENTITIES,
    poolSize: settings.poolMax,
  });
  await dataSource.initialize();
  const rows: AssetScale[] = await dataSource.query('select code, scale from ledger.asset');
  const assets = new Map(rows.map((asset) => [asset.code, asset]));
  const typeDefs = parse(`${await sdl('common')}\n${await sdl('payments')}`);
  const resolvers = resolversOf(dataSource, assets) as GraphQLResolverMap<unknown>;
  const schema = buildSubgraphSchema({ typeDefs, resolvers });
  const server = new ApolloServer<Context>({ schema });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async ({ req }) => {
      const organizationId = req.headers[ORGANIZATION_HEADER];
      if (req.headers[SECRET_HEADER] !== settings.gatewaySecret || typeof organizationId !== 'string')
        throw new GraphQLError('only the gateway may ask', { extensions: { code: 'UNAUTHENTICATED' } });
      return { organizationId };
    },
  });
  return {
    url,
    async stop() {
      await server.stop();
      await dataSource.destroy();
    },
  };
}

function sdl(name: string): Promise<string> {
  return readFile(join(projectRoot, 'schema', `${name}.graphql`), 'utf8');
}

function resolversOf(
  dataSource: DataSource,
  assets: ReadonlyMap<string, AssetScale>,
): GraphQLResolverMap<Context> {
  const money = (code: string, amountMinor: bigint) => {
    const asset = assets.get(code) ?? { code, scale: 0 };
    return { amount: formatAmount(amountMinor, asset), asset };
  };
  return {
    Mutation: {
      createTransaction: (_source: unknown, { input }: { input: Input }, context: Context): Promise<Result> =>
        createTransaction(dataSource, assets, context.organizationId, input),
    },
    CreateTransactionResult: {
      __resolveType: (result: Result) =>
        '__typename' in result ? (result as Failure).__typename : 'Transaction',
    },
    Transaction: {
      __resolveReference: ({ id }: { id: string }) => dataSource.getRepository(Transaction).findOneBy({ id }),
      id: (row: TransactionRow) => formatId('txn', row.id as Uuid),
      amount: (row: TransactionRow) => money(row.sourceAsset, row.sourceAmount),
      source: (row: TransactionRow) => ({
        side: 'SOURCE',
        rail: 'BOOK',
        account: { id: formatId('acc', row.sourceAccountId as Uuid) },
        amount: money(row.sourceAsset, row.sourceAmount),
      }),
    },
  };
}
