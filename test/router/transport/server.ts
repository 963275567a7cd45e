import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Arrival {
  readonly body: string;
  /** The body, where it is JSON. */
  readonly json: { readonly query: string; readonly variables: Record<string, unknown> };
  readonly headers: IncomingMessage['headers'];
  readonly socket: Socket;
}

export interface TestServer {
  readonly port: number;
  /** Of its GraphQL endpoint. */
  readonly url: string;
  /** Requests that came in whole, in order. */
  readonly arrivals: readonly Arrival[];
  /** Connections open now. */
  connections(): number;
  close(): Promise<void>;
}

export type Handler = (arrival: Arrival, response: ServerResponse, index: number) => unknown;

/** A subgraph as far as its transport sees it: a real HTTP server on a free port of loopback. */
export async function startServer(handle: Handler): Promise<TestServer> {
  const arrivals: Arrival[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const body = String(Buffer.concat(chunks));
    let json: Arrival['json'];
    try {
      json = JSON.parse(body);
    } catch {
      response.writeHead(400).end('the body is no JSON');
      return;
    }
    const arrival = { body, json, headers: request.headers, socket: request.socket };
    arrivals.push(arrival);
    await handle(arrival, response, arrivals.length - 1);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/graphql`,
    arrivals,
    connections: () => sockets.size,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, withinMs = 5_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not so after ${withinMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
