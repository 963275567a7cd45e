import type { WebSocket } from 'ws';
import { sleep } from '../platform/clock.ts';
import type { Viewer } from '../platform/viewer.ts';

/** Close codes beyond those that graphql-ws itself uses. */
export const CLOSE = {
  GOING_AWAY: 1001,
  TRY_AGAIN_LATER: 1013,
  /** graphql-ws clients do not retry it: the credentials never were good. */
  UNAUTHORIZED: 4401,
  /** graphql-ws clients retry it with fresh connection parameters: the credentials were good until now. */
  FORBIDDEN: 4403,
  INTERNAL: 4500,
} as const;

/** Written but not taken by the network; above it a socket's streams wait. */
export const BUFFERED_BYTES_MAX = 1024 * 1024;
const DRAIN_CHECK_MS = 20;

/** One client's socket and who it speaks for. */
export class Session {
  readonly socket: WebSocket;
  /** Of the upgrade request; browsers cannot set it, servers can. */
  readonly authorizationHeader: string | undefined;
  token: string | null = null;
  viewer: Viewer | null = null;
  /** Whether the last ping was answered. */
  alive = true;
  authenticatedAtMs = 0;

  constructor(socket: WebSocket, authorizationHeader: string | undefined) {
    this.socket = socket;
    this.authorizationHeader = authorizationHeader;
  }

  /** Sends a ready `next` frame; resolves when the socket can take more, or is closed. */
  async sendNext(id: string, json: string): Promise<void> {
    this.write(`{"id":${JSON.stringify(id)},"type":"next","payload":${json}}`);
    while (this.#isOpen() && this.socket.bufferedAmount > BUFFERED_BYTES_MAX) await sleep(DRAIN_CHECK_MS);
  }

  write(text: string): void {
    // A socket that broke meanwhile reports it by its close event.
    if (this.#isOpen()) this.socket.send(text, () => undefined);
  }

  #isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }
}
