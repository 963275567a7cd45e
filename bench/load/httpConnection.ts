import { connect, type Socket } from 'node:net';

/** What came back. The body is kept only where there was nothing to compare it with. */
export interface HttpAnswer {
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
  readonly isExpected: boolean;
  readonly body: Buffer | null;
}

const HEAD_BYTES_MAX = 16_384;
const BODY_BYTES_MAX = 16 * 1024 * 1024;
const ANSWER_WAIT_MS = 30_000;
const HEAD_END = Buffer.from('\r\n\r\n');

interface Asked {
  readonly expected: Buffer | null;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One keep-alive connection that asks one thing at a time, for a generator that shares its core with others: an answer
 * is compared byte by byte as it comes in, without being put together or parsed. It knows just as much of HTTP/1.1 as
 * the servers under load send: a length, or chunks.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #body = new BodyReader();
  #head: Buffer | null = null;
  #asked: Asked | null = null;
  #status = 0;
  #isInBody = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(ANSWER_WAIT_MS);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('timeout', () => this.#fail(new Error(`no answer within ${ANSWER_WAIT_MS} ms`)));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  static open(port: number, host: string): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket));
      });
    });
  }

  /**
   * @param request head and body as they are sent
   * @param expected the whole body that is right; null to be given the body instead
   * @throws when the connection breaks, or what comes is not HTTP as it is known here
   */
  ask(request: Buffer, expected: Buffer | null): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#asked !== null) throw new Error('the connection is asked already');
      this.#asked = { expected, resolve, reject };
      this.#isInBody = false;
      this.#head = null;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#asked = null;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const asked = this.#asked;
    if (asked === null) return;
    try {
      const rest = this.#isInBody ? chunk : this.#readHead(chunk, asked);
      if (rest === null || !this.#body.read(rest)) return;
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#asked = null;
    asked.resolve({ status: this.#status, ...this.#body.result() });
  }

  /** What follows the head, or null as long as there is more of it to come. */
  #readHead(chunk: Buffer, asked: Asked): Buffer | null {
    const all = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
    const end = all.indexOf(HEAD_END);
    if (end < 0) {
      if (all.length > HEAD_BYTES_MAX) throw new Error('the head of an answer has no end');
      this.#head = all;
      return null;
    }
    const head = all.toString('latin1', 0, end).toLowerCase();
    this.#status = Number.parseInt(head.slice(9, 12), 10);
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    if (length === undefined && !/\r\ntransfer-encoding: *chunked/.test(head))
      throw new Error(`an answer with neither length nor chunks: ${head.slice(0, 300)}`);
    this.#body.begin(length === undefined ? null : Number.parseInt(length, 10), asked.expected);
    this.#isInBody = true;
    return all.subarray(end + HEAD_END.length);
  }

  #fail(error: Error): void {
    const asked = this.#asked;
    this.#asked = null;
    this.#socket.destroy();
    asked?.reject(error);
  }
}

/** Takes a body as its parts come, and compares or collects it. */
class BodyReader {
  /** Of this chunk or of the whole body; -1 while the length of the next chunk is awaited. */
  #left = 0;
  #isChunked = false;
  #isLast = false;
  /** A length that was cut in two by the end of a packet. */
  #size = '';
  #expected: Buffer | null = null;
  #collected: Buffer[] = [];
  #bytes = 0;
  #isExpected = true;

  begin(length: number | null, expected: Buffer | null): void {
    this.#isChunked = length === null;
    this.#left = length ?? -1;
    this.#isLast = false;
    this.#size = '';
    this.#expected = expected;
    this.#collected = [];
    this.#bytes = 0;
    this.#isExpected = true;
  }

  /** True when the body is complete with this. */
  read(part: Buffer): boolean {
    let at = 0;
    if (!this.#isChunked) {
      this.#take(part);
      this.#left -= part.length;
      return this.#left <= 0;
    }
    while (at < part.length) {
      if (this.#left < 0) {
        at = this.#readSize(part, at);
        continue;
      }
      // A chunk ends with a line break, which is counted with it.
      const end = Math.min(part.length, at + this.#left);
      const content = Math.min(end, at + this.#left - 2);
      if (content > at) this.#take(part.subarray(at, content));
      this.#left -= end - at;
      at = end;
      if (this.#left === 0) {
        if (this.#isLast) return true;
        this.#left = -1;
      }
    }
    return false;
  }

  result(): Omit<HttpAnswer, 'status'> {
    const expected = this.#expected;
    const isWhole = expected === null || expected.length === this.#bytes;
    return {
      bytes: this.#bytes,
      isExpected: this.#isExpected && isWhole,
      body: expected === null ? Buffer.concat(this.#collected) : null,
    };
  }

  #readSize(part: Buffer, from: number): number {
    const end = part.indexOf('\n', from);
    this.#size += part.toString('latin1', from, end < 0 ? part.length : end);
    if (end < 0) return part.length;
    const size = Number.parseInt(this.#size, 16);
    if (Number.isNaN(size)) throw new Error(`a chunk without a length: ${this.#size.slice(0, 50)}`);
    this.#size = '';
    this.#isLast = size === 0;
    this.#left = size + 2;
    return end + 1;
  }

  #take(slice: Buffer): void {
    if (this.#expected === null) this.#collected.push(Buffer.from(slice));
    else if (slice.compare(this.#expected, this.#bytes, this.#bytes + slice.length) !== 0)
      this.#isExpected = false;
    this.#bytes += slice.length;
    if (this.#bytes > BODY_BYTES_MAX) throw new Error(`a body of more than ${BODY_BYTES_MAX} bytes`);
  }
}
