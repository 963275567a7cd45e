import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { useServer as serveSockets } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { Channel } from '../harness/channel.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`;
const PRICES = `${LINK}
  type Query { product(sku: ID!): Product }
  type Product @key(fields: "sku") { sku: ID! price: Int }
  type Subscription { priceChanged(sku: ID!): Product! refused: Int }`;
const NAMES = `${LINK} type Product @key(fields: "sku") { sku: ID! name: String }`;
/** The same, with one field more: another supergraph, over the same stream. */
const MORE_NAMES = NAMES.replace('name: String', 'name: String title: String');

/** Two subgraphs that know nothing of us: one tells of prices as they change, the other knows names. */
export interface Shop {
  readonly urls: Readonly<Record<'prices' | 'names', string>>;
  sdl(change?: 'MORE_NAMES'): string;
  change(sku: string, price: number | Error): void;
  /** Ends the streams of a product as a subgraph does that has no more to say. */
  finish(sku: string): void;
  /** Streams under way, by product. */
  streams(): readonly string[];
  /** How many there have been. */
  opened(): number;
  /** To the prices, of all kinds. */
  connections(): number;
  /** Requests that asked for names. */
  named(): number;
  /** Cuts every connection to the prices. */
  cut(): void;
  close(): Promise<void>;
}

export async function openShop(): Promise<Shop> {
  const open = new Set<Channel>();
  let named = 0;
  let opened = 0;
  const prices = await serve(
    buildSubgraphSchema({
      typeDefs: parse(PRICES),
      resolvers: {
        Query: { product: (_: unknown, { sku }: { sku: string }) => ({ sku, price: sku.length }) },
        Subscription: {
          priceChanged: {
            subscribe(_: unknown, { sku }: { sku: string }) {
              const stream = new Channel(sku, () => open.delete(stream));
              open.add(stream);
              opened++;
              return stream;
            },
          },
          refused: {
            subscribe() {
              throw new Error('not today');
            },
          },
        },
      } as never,
    }),
  );
  const names = await serve(
    buildSubgraphSchema({
      typeDefs: parse(MORE_NAMES),
      resolvers: {
        Product: {
          __resolveReference: ({ sku }: { sku: string }) => {
            named++;
            return { sku, name: `Product ${sku}` };
          },
        },
      } as never,
    }),
  );
  const urls = { prices: prices.url, names: names.url };
  const of = (sku: string): readonly Channel[] => [...open].filter((stream) => stream.name === sku);
  return {
    urls,
    sdl(change) {
      const { supergraphSdl, errors } = composeServices([
        { name: 'prices', url: urls.prices, typeDefs: parse(PRICES) },
        { name: 'names', url: urls.names, typeDefs: parse(change === undefined ? NAMES : MORE_NAMES) },
      ]);
      if (supergraphSdl === undefined) throw new Error(String(errors));
      return supergraphSdl;
    },
    change(sku, price) {
      const priceChanged = { sku, price };
      for (const stream of of(sku)) stream.put({ done: false, value: { priceChanged } });
    },
    finish(sku) {
      for (const stream of of(sku)) void stream.return();
    },
    streams: () => [...open].map(({ name }) => name),
    opened: () => opened,
    connections: () => prices.connections(),
    named: () => named,
    cut: () => prices.cut(),
    async close() {
      await Promise.all([prices.close(), names.close()]);
    },
  };
}

async function serve(
  schema: GraphQLSchema,
): Promise<{ url: string; connections(): number; cut(): void; close(): Promise<void> }> {
  const handle = createHandler({ schema });
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => void handle(request, response));
  serveSockets({ schema }, new WebSocketServer({ server, path: '/graphql' }));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    connections: () => sockets.size,
    cut,
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
