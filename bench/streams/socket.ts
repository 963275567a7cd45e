import { connect, type Socket } from 'node:net';

/** What a socket tells whoever opened it. Nothing is told after `onClosed`. */
export interface SocketEvents {
  onOpened(): void;
  onText(text: string): void;
  /** The close code, null when the connection broke without one. */
  onClosed(code: number | null): void;
}

export interface SocketTarget {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  /** Of this side: one address has some 28,000 ports. */
  readonly localAddress: string | null;
}

const HEAD_BYTES_MAX = 8_192;
const MESSAGE_BYTES_MAX = 1024 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
/** Any 16 bytes do, as nobody stands between us and the server whom they would have to convince. */
const KEY = 'b21zeCBiZW5jaCBrZXkuLg==';
const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10];

/**
 * The client side of a WebSocket with just what thousands of subscribers in one process need: they share the machine
 * with the router that is measured. Frames are whole, not compressed, and masked with zeros.
 */
export class ClientSocket {
  readonly #socket: Socket;
  readonly #events: SocketEvents;
  #isOpen = false;
  #isClosed = false;
  #code: number | null = null;
  #rest: Buffer | null = null;

  constructor(target: SocketTarget, events: SocketEvents) {
    this.#events = events;
    const { port, host, path, localAddress } = target;
    this.#socket = connect({ port, host, ...(localAddress === null ? {} : { localAddress }) });
    this.#socket.setNoDelay(true);
    this.#socket.on('connect', () => this.#socket.write(upgradeOf(path, host, port)));
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // What follows it is 'close'.
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#end());
  }

  send(text: string): void {
    this.#write(TEXT, Buffer.from(text));
  }

  /**
   * Drops the connection; `onClosed` is told. By a reset: ports that wait for what may still come would make the next thousands of connections
   * slow.
   */
  destroy(): void {
    this.#socket.resetAndDestroy();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.onClosed(this.#code);
  }

  #read(chunk: Buffer): void {
    let data = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    if (!this.#isOpen) {
      const end = data.indexOf(HEAD_END);
      if (end < 0 && data.length < HEAD_BYTES_MAX) {
        this.#rest = data;
        return;
      }
      if (end < 0 || !data.toString('latin1', 0, 12).endsWith(' 101')) {
        this.#socket.destroy();
        return;
      }
      data = data.subarray(end + HEAD_END.length);
      this.#isOpen = true;
      this.#events.onOpened();
    }
    this.#readFrames(data);
  }

  #readFrames(data: Buffer): void {
    let at = 0;
    while (at + 2 <= data.length && !this.#isClosed) {
      const short = (data[at + 1] as number) & 0x7f;
      const headLength = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (at + headLength > data.length) break;
      const length =
        short < 126
          ? short
          : short === 126
            ? data.readUInt16BE(at + 2)
            : Number(data.readBigUInt64BE(at + 2));
      if (length > MESSAGE_BYTES_MAX) return void this.#socket.destroy();
      const end = at + headLength + length;
      if (end > data.length) break;
      this.#take((data[at] as number) & 0x0f, data.subarray(at + headLength, end));
      at = end;
    }
    if (at < data.length) this.#rest = data.subarray(at);
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === TEXT) this.#events.onText(payload.toString());
    else if (opcode === PING) this.#write(PONG as number, payload);
    else if (opcode === CLOSE) {
      this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : null;
      this.#socket.end();
    }
  }

  #write(opcode: number | undefined, payload: Buffer): void {
    const { length } = payload;
    const isLong = length >= 126;
    const head = Buffer.alloc(isLong ? 8 : 6);
    head[0] = 0x80 | (opcode ?? 0);
    head[1] = 0x80 | (isLong ? 126 : length);
    if (isLong) head.writeUInt16BE(length, 2);
    this.#socket.write(Buffer.concat([head, payload]));
  }
}

function upgradeOf(path: string, host: string, port: number): string {
  return [
    `GET ${path} HTTP/1.1`,
    `host: ${host}:${port}`,
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${KEY}`,
    'sec-websocket-protocol: graphql-transport-ws',
    '\r\n',
  ].join('\r\n');
}
