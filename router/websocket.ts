import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { BODY_BYTES_MAX, GRAPHQL_PATH, isOriginAllowed, type RouterConfig, SOCKETS_MAX } from './config.ts';
import { CLOSE, Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { makeSocketProtocol, type SocketServerParts } from './socketProtocol.ts';

/** GraphQL over WebSocket (subprotocol graphql-transport-ws): subscriptions, and queries and mutations too. */
export interface SocketServer {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no new sockets and closes those open with 1001. */
  drain(): Promise<void>;
}

export function createSocketServer(parts: SocketServerParts): SocketServer {
  const { config, logger } = parts;
  const sessions = new Sessions(parts.authenticator, logger);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: BODY_BYTES_MAX, handleProtocols });
  const protocol = makeSocketProtocol(parts);
  let draining = false;

  function open(session: Session): void {
    const { socket } = session;
    sessions.add(session);
    parts.metrics.socketsOpen.set(sessions.size);
    socket.on('error', (error) => logger.debug({ fault: error.message }, 'a socket failed'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => session.write(text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          socket.on('message', (data) => {
            handle(String(data)).catch((error: Error) => {
              logger.error({ err: error }, 'a socket message could not be handled');
              socket.close(CLOSE.INTERNAL, 'Internal server error');
            });
          }),
      },
      session,
    );
    socket.once('close', (code, reason) => {
      parts.metrics.socketsOpen.set(sessions.size);
      void closed(code, String(reason));
    });
  }

  return {
    upgrade(request, socket, head) {
      const refusal = draining ? '503 Service Unavailable' : refuse(request, config, sessions.size);
      if (refusal !== null) {
        socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) =>
        open(new Session(webSocket, request.headers.authorization)),
      );
    },
    async drain() {
      draining = true;
      await sessions.drain();
    },
  };
}

/** A page of another origin may open a socket with no preflight, so the Origin is checked here. */
function refuse(request: IncomingMessage, config: RouterConfig, open: number): string | null {
  const path = request.url?.split('?')[0];
  const { origin, host } = request.headers;
  if (path !== GRAPHQL_PATH) return '404 Not Found';
  if (origin !== undefined && !isOriginAllowed(config, origin, host)) return '403 Forbidden';
  return open >= (config.socketsMax ?? SOCKETS_MAX) ? '503 Service Unavailable' : null;
}
