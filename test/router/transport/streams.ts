import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buildSchema, GraphQLError, parse, subscribe } from 'graphql';
import { useServer as serveSockets } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { Channel } from '../../harness/channel.ts';

/** Ticks come when they are published; `refused` fails before its first message. */
const schema = buildSchema(`
  type Query { x: Int }
  type Subscription { ticks(name: String!): String, refused: String }
`);

export interface StreamServer {
  readonly port: number;
  readonly url: string;
  /** Of each connection or request so far. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** What came with each `connection_init`. */
  readonly connectionParams: readonly unknown[];
  publish(name: string, value: string | Error): void;
  complete(name: string): void;
  /** Subscriptions under way, by name. */
  open(): readonly string[];
  connections(): number;
  /** Cuts every connection, or closes every WebSocket with `code`. */
  drop(code?: number): void;
  close(): Promise<void>;
}

export async function startStreamServer(protocol: 'graphql-transport-ws' | 'sse'): Promise<StreamServer> {
  const channels = new Set<Channel>();
  const sockets = new Set<Socket>();
  const headers: IncomingHttpHeaders[] = [];
  const connectionParams: unknown[] = [];
  const rootValue = {
    ticks({ name }: { name: string }) {
      const channel = new Channel(name, () => channels.delete(channel));
      channels.add(channel);
      return channel;
    },
    refused() {
      throw new GraphQLError('not today', { extensions: { code: 'FORBIDDEN' } });
    },
  };
  const server = createServer((request, response) => {
    headers.push(request.headers);
    if (protocol === 'sse') serveEvents(request, response, rootValue).catch(() => response.destroy());
    else response.writeHead(404).end();
  });
  const webSockets = new WebSocketServer({ noServer: true });
  if (protocol === 'graphql-transport-ws') {
    serveSockets({ schema, roots: { subscription: rootValue }, onConnect: takeParams }, webSockets);
    server.on('upgrade', (request, socket, head) => {
      headers.push(request.headers);
      webSockets.handleUpgrade(request, socket, head, (opened) =>
        webSockets.emit('connection', opened, request),
      );
    });
  }
  function takeParams(context: { readonly connectionParams?: unknown }): void {
    connectionParams.push(context.connectionParams);
  }
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const named = (name: string): readonly Channel[] =>
    [...channels].filter((channel) => channel.name === name);
  return {
    port,
    url: `http://127.0.0.1:${port}/graphql`,
    headers,
    connectionParams,
    publish(name, value) {
      for (const channel of named(name)) channel.put({ done: false, value: { ticks: value } });
    },
    complete(name) {
      for (const channel of named(name)) void channel.return();
    },
    open: () => [...channels].map(({ name }) => name),
    connections: () => sockets.size,
    drop(code) {
      if (code === undefined) for (const socket of sockets) socket.destroy();
      else for (const client of webSockets.clients) client.close(code, 'told so');
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** "GraphQL over SSE", distinct connections mode, as far as a server of it has to go. */
async function serveEvents(
  request: IncomingMessage,
  response: ServerResponse,
  rootValue: unknown,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { query, variables } = JSON.parse(String(Buffer.concat(chunks)));
  const stream = await subscribe({ schema, document: parse(query), variableValues: variables, rootValue });
  if (!(Symbol.asyncIterator in stream)) {
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(stream));
    return;
  }
  response.once('close', () => void stream.return(undefined));
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(':\n\n');
  for await (const result of stream) response.write(`event: next\ndata: ${JSON.stringify(result)}\n\n`);
  response.end('event: complete\n\n');
}
