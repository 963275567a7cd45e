import { WebSocket } from 'ws';
import type { RpcLimits } from './limits.ts';

const HANDSHAKE_TIMEOUT_MS = 5_000;
const RECONNECT_MS_MIN = 500;
const RECONNECT_MS_MAX = 60_000;
const MESSAGE_BYTES_MAX = 1024 * 1024;
const SUBSCRIBE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] });

/**
 * Tells of new heads by WebSocket: of one endpoint, and of the next when that one falls silent. A hint that may come late,
 * twice or never. Holds a socket while somebody listens, and tries again for ever, ever less often.
 */
export class Heads {
  readonly #urls: readonly string[];
  readonly #limits: RpcLimits;
  readonly #listeners = new Set<() => void>();
  #socket: WebSocket | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #turn = 0;

  /** @param httpUrls the same hosts and paths are tried by ws and wss */
  constructor(httpUrls: readonly string[], limits: RpcLimits) {
    this.#urls = httpUrls.map((url) => url.replace(/^http/i, 'ws'));
    this.#limits = limits;
  }

  listen(listener: () => void): { close(): void } {
    // Its own function, so that one listener can listen twice.
    const tell = (): void => listener();
    this.#listeners.add(tell);
    if (this.#socket === null && this.#timer === undefined) this.#open();
    return {
      close: () => {
        this.#listeners.delete(tell);
        if (this.#listeners.size === 0) this.close();
      },
    };
  }

  close(): void {
    this.#listeners.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
  }

  #open(): void {
    const url = this.#urls[this.#turn % this.#urls.length];
    if (url === undefined) return;
    const socket = new WebSocket(url, {
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    // Without a listener an error would end the process; its close follows, and says as much.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#reopen(socket));
    socket.on('open', () => {
      socket.send(SUBSCRIBE);
      this.#expectSoon(socket);
    });
    socket.on('message', (data) => {
      if (socket !== this.#socket) return;
      if (String(data).includes('"error"')) return socket.terminate();
      if (!String(data).includes('eth_subscription')) return;
      this.#failures = 0;
      this.#expectSoon(socket);
      for (const tell of this.#listeners) tell();
    });
  }

  /** Half-open sockets say nothing for ever. */
  #expectSoon(socket: WebSocket): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => socket.terminate(), this.#limits.headsSilentMsMax);
  }

  #reopen(closed: WebSocket): void {
    if (closed !== this.#socket) return;
    this.#socket = null;
    this.#turn += 1;
    const delayMs = Math.min(RECONNECT_MS_MIN * 2 ** this.#failures, RECONNECT_MS_MAX);
    this.#failures += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#open();
    }, delayMs);
  }
}
