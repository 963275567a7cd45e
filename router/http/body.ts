import type { IncomingMessage } from 'node:http';
import type { Allowance } from '../allowance.ts';
import { decompress, encodingOf } from './decompress.ts';
import { ClientGone, HttpRefusal, tooLarge } from './refusal.ts';

/** What is read of a body that is too large, and thrown away, so that the client gets to read the answer. */
const LINGER_BYTES_MAX = 8 * 1024 * 1024;
const LINGER_MS = 1_000;

/**
 * The text of a request's body, decompressed.
 *
 * @throws {HttpRefusal} 413 for more than `bytesMax` bytes as sent or decompressed, 415 for an unknown encoding, 400 for a
 * broken one, 503 when all bodies together leave no room for it
 * @throws {ClientGone}
 */
export async function readBody(request: IncomingMessage, bytesMax: number, room: Allowance): Promise<string> {
  const encoding = encodingOf(request.headers['content-encoding']);
  const bytes = await collect(request, bytesMax, room);
  if (encoding === null) return bytes.toString('utf8');
  return (await decompress(bytes, encoding, bytesMax)).toString('utf8');
}

function collect(request: IncomingMessage, bytesMax: number, room: Allowance): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = new Collected(bytesMax, room, reject);
    request.on('data', (chunk: Buffer) => body.add(chunk));
    request.once('end', () => body.end(resolve));
    request.once('error', () => body.fail(new ClientGone()));
  });
}

/** What is there of a body. A class, because closures with names cost more to make than all that they do for a small body. */
class Collected {
  readonly #bytesMax: number;
  readonly #room: Allowance;
  readonly #reject: (error: Error) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #refusal: HttpRefusal | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(bytesMax: number, room: Allowance, reject: (error: Error) => void) {
    this.#bytesMax = bytesMax;
    this.#room = room;
    this.#reject = reject;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#refusal !== null) {
      if (this.#bytes > this.#bytesMax + LINGER_BYTES_MAX) this.fail(this.#refusal);
      return;
    }
    if (this.#bytes <= this.#bytesMax && this.#room.take(chunk.length)) {
      this.#chunks.push(chunk);
      return;
    }
    const refusal = this.#bytes > this.#bytesMax ? tooLarge(this.#bytesMax) : noRoom();
    this.#empty();
    this.#refusal = refusal;
    this.#timer = setTimeout(() => this.fail(refusal), LINGER_MS);
  }

  end(resolve: (bytes: Buffer) => void): void {
    if (this.#refusal !== null) {
      this.fail(this.#refusal);
      return;
    }
    const chunks = this.#empty();
    // Nearly all bodies come in one piece, which is then not copied.
    const [first] = chunks;
    resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
  }

  fail(error: Error): void {
    clearTimeout(this.#timer);
    this.#empty();
    this.#reject(error);
  }

  /** Gives what is there, and its room back; the next time nothing. */
  #empty(): readonly Buffer[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) this.#room.giveBack(chunk.length);
    return chunks;
  }
}

function noRoom(): HttpRefusal {
  return new HttpRefusal(503, 'Too many bodies are under way here; nothing happened, retry later.', [
    'retry-after',
    '1',
    'connection',
    'close',
  ]);
}
