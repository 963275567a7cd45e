import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { sleep } from '../../platform/clock.ts';
import type { Random } from '../crash/random.ts';

/** What happens to one connection, and after how many bytes in one of its directions. */
export interface Fault {
  readonly kind:
    | 'NONE'
    /** RST to both ends. */
    | 'RESET'
    /** The rest is lost, then FIN: what was under way breaks off. */
    | 'TRUNCATE'
    /** Nothing comes through any more, in either direction, and nobody is told: half-open. */
    | 'BLACKHOLE'
    /** Bytes that nobody sent are put in between. */
    | 'GARBAGE'
    /** A few bytes at a time. */
    | 'THROTTLE';
  /** UP is towards the server. */
  readonly direction: 'UP' | 'DOWN';
  readonly afterBytes: number;
  /** Before each piece, in both directions, and up to `jitterMs` more. */
  readonly latencyMs: number;
  readonly jitterMs: number;
}

export const NO_FAULT: Fault = {
  kind: 'NONE',
  direction: 'DOWN',
  afterBytes: 0,
  latencyMs: 0,
  jitterMs: 0,
};

export interface FaultProxy {
  readonly port: number;
  /** Connections that clients have open now. */
  connections(): number;
  /** From now on, also for connections that are open, whose bytes are counted anew. */
  inflict(choose: (random: Random) => Fault): void;
  /** Breaks off every connection. */
  close(): Promise<void>;
}

const THROTTLED_BYTES = 16;
const THROTTLE_MS = 5;
const GARBAGE_BYTES = 64;

/** A TCP proxy that damages connections by a seeded plan. Which bytes meet in one piece is the kernel's, not the seed's. */
export async function startFaultProxy(targetPort: number, random: Random): Promise<FaultProxy> {
  let choose: (random: Random) => Fault = () => NO_FAULT;
  const pairs = new Set<Pair>();
  const server = createServer((client) => {
    const pair = new Pair(client, connect(targetPort, '127.0.0.1'), random.fork());
    pair.fault = choose(random);
    pairs.add(pair);
    pair.onClosed(() => pairs.delete(pair));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => [...pairs].filter((pair) => pair.hasClient).length,
    inflict(chosen) {
      choose = chosen;
      for (const pair of pairs) pair.fault = choose(random);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const pair of pairs) pair.destroy();
      await closed;
    },
  };
}

/** A client's connection and ours to the server. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #random: Random;
  #fault: Fault = NO_FAULT;
  #bytes = 0;
  #isDead = false;

  constructor(client: Socket, server: Socket, random: Random) {
    this.#client = client;
    this.#server = server;
    this.#random = random;
    this.#pump(client, server, 'UP');
    this.#pump(server, client, 'DOWN');
  }

  set fault(fault: Fault) {
    this.#fault = fault;
    this.#bytes = 0;
  }

  get hasClient(): boolean {
    return !this.#client.destroyed;
  }

  /** Calls `listener` when both ends are closed. */
  onClosed(listener: () => void): void {
    const check = (): void => {
      if (this.#client.closed && this.#server.closed) listener();
    };
    this.#client.once('close', check);
    this.#server.once('close', check);
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #pump(from: Socket, to: Socket, direction: Fault['direction']): void {
    let last = Promise.resolve();
    from.on('error', () => undefined);
    from.setNoDelay(true);
    from.on('data', (piece) => {
      from.pause();
      last = this.#pass(piece, to, direction).then(() => {
        from.resume();
      });
    });
    from.on('end', () => {
      last = last.then(() => {
        if (!this.#isDead) to.end();
      });
    });
    from.once('close', () => {
      if (!this.#isDead) void last.then(() => to.destroySoon());
      else if (from === this.#client) this.#server.destroy();
    });
  }

  async #pass(piece: Buffer, to: Socket, direction: Fault['direction']): Promise<void> {
    const { kind, latencyMs, jitterMs, afterBytes } = this.#fault;
    const delayMs = latencyMs + this.#random.fraction() * jitterMs;
    if (delayMs > 0) await sleep(delayMs);
    if (this.#isDead) return;
    if (direction !== this.#fault.direction || kind === 'NONE') return void to.write(piece);
    if (kind === 'THROTTLE') return await this.#drip(piece, to);
    const left = afterBytes - this.#bytes;
    this.#bytes += piece.length;
    if (piece.length <= left) return void to.write(piece);
    const passed = piece.subarray(0, Math.max(left, 0));
    if (passed.length > 0) to.write(passed);
    if (kind === 'GARBAGE') {
      to.write(this.#garbage());
      to.write(piece.subarray(passed.length));
      this.#fault = { ...this.#fault, kind: 'NONE' };
    } else {
      this.#break(kind);
    }
  }

  #break(kind: 'RESET' | 'TRUNCATE' | 'BLACKHOLE'): void {
    this.#isDead = true;
    if (kind === 'BLACKHOLE') return;
    if (kind === 'TRUNCATE') this.#client.end();
    else reset(this.#client);
    reset(this.#server);
  }

  async #drip(piece: Buffer, to: Socket): Promise<void> {
    for (let at = 0; at < piece.length && !to.destroyed; at += THROTTLED_BYTES) {
      to.write(piece.subarray(at, at + THROTTLED_BYTES));
      await sleep(THROTTLE_MS);
    }
  }

  /** Bytes above 0x7f that follow on no other are in no UTF-8 text, so no text can be read with them in it. */
  #garbage(): Buffer {
    return Buffer.from(Array.from({ length: GARBAGE_BYTES }, () => this.#random.integer(0xf8, 0xff)));
  }
}

/** A socket that was ended is not reset: Node would leave its handle open, with no error that could be caught. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
