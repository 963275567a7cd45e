import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { GRAPHQL_PATH, isOriginAllowed, type RouterConfig, SOCKETS_MAX } from '../config.ts';
import type { StreamMetrics } from '../observability/streamMetrics.ts';
import { untracedHeaders } from '../transport/headers.ts';
import { CLOSE } from './closes.ts';
import { createProtocol, type ProtocolParts } from './protocol.ts';
import { type Peer, Session } from './session.ts';
import { Sessions } from './sessions.ts';

/** GraphQL over WebSocket (subprotocol graphql-transport-ws): subscriptions, and queries and mutations too. */
export interface SocketServer {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no new sockets and closes those open with 1001. */
  drain(): Promise<void>;
}

export interface SocketServerParts extends ProtocolParts {
  readonly metrics: StreamMetrics;
}

const SUBPROTOCOL = 'graphql-transport-ws';

export function createSocketServer(parts: SocketServerParts): SocketServer {
  const { config, credentials, logger, metrics, streams } = parts;
  const { limits, unsent } = streams;
  const sessions = new Sessions(limits.pingMs);
  const handle = createProtocol(parts);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols,
  });
  let draining = false;

  function open(socket: WebSocket, peer: Peer): void {
    const session = new Session(socket, peer, limits, unsent);
    sessions.add(session);
    metrics.socketOpened();
    let late: NodeJS.Timeout | undefined = setTimeout(() => {
      if (session.phase === 'NEW') session.close(CLOSE.INIT_TIMEOUT, 'Connection initialisation timeout');
    }, limits.initWaitMs);
    socket.on('error', (error) => logger.debug({ fault: error.message }, 'a socket failed'));
    socket.on('message', (data, isBinary) => {
      handle(session, isBinary ? null : textOf(data));
      if (late === undefined || session.phase === 'NEW') return;
      clearTimeout(late);
      late = undefined;
    });
    socket.once('close', (code) => {
      clearTimeout(late);
      metrics.socketClosed(code);
      if (session.token !== null) credentials.release(session.token, session);
      session.ended();
    });
    if (socket.protocol !== SUBPROTOCOL) session.close(CLOSE.SUBPROTOCOL, 'Subprotocol not acceptable');
  }

  return {
    upgrade(request, socket, head) {
      const refusal = draining ? '503 Service Unavailable' : refuse(request, config, sessions.size);
      if (refusal !== null) {
        socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const peer = peerOf(request, config);
      sockets.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, peer));
    },
    async drain() {
      draining = true;
      await sessions.drain();
    },
  };
}

function peerOf({ headers, socket }: IncomingMessage, config: RouterConfig): Peer {
  const forwarded: Record<string, string> = {};
  for (const name of config.forwardedHeaders ?? []) {
    const value = headers[name];
    if (value !== undefined) forwarded[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return {
    address: socket.remoteAddress ?? '',
    authorization: headers.authorization,
    // One trace does not last as long as a socket.
    headers: untracedHeaders(forwarded),
  };
}

function textOf(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : data.toString();
}

/** A page of another origin may open a socket with no preflight, so the Origin is checked here. */
function refuse(request: IncomingMessage, config: RouterConfig, open: number): string | null {
  const path = request.url?.split('?')[0];
  const { origin, host } = request.headers;
  if (path !== GRAPHQL_PATH) return '404 Not Found';
  if (origin !== undefined && !isOriginAllowed(config, origin, host)) return '403 Forbidden';
  return open >= (config.socketsMax ?? SOCKETS_MAX) ? '503 Service Unavailable' : null;
}
