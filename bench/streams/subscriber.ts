import { ClientSocket, type SocketTarget } from './socket.ts';

/** What a subscriber asks for. Its one root field has the alias `update`, with a `cursor` and a `balance`. */
export interface Request {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** One version of the balance that it watches, and when it came. */
export interface Arrival {
  readonly version: number;
  readonly atMs: number;
}

export interface SubscriberOptions {
  readonly target: SocketTarget;
  readonly apiKey: string | null;
  readonly request: Request;
  /** Told once, with the first message. */
  readonly onFirst: () => void;
  readonly onArrival: (arrival: Arrival) => void;
  /** Told of what is no outage. */
  readonly onFault: (fault: string) => void;
}

interface Update {
  readonly cursor: string;
  readonly balance: { readonly version: number } | null;
}

interface Frame {
  readonly type: string;
  readonly payload?: {
    readonly data?: { readonly update: Update } | null;
    readonly errors?: unknown;
  };
}

/**
 * A client with one subscription on one socket, which comes back with its last cursor when it is told how. It counts
 * what it missed or got twice: versions follow one another without a gap.
 */
export class Subscriber {
  /** Versions that never came, as far as a later one has come. */
  lost = 0;
  doubled = 0;
  /** The last one that came; the first message of a stream has none. */
  version: number | null = null;
  /** Times it has come back, and when it last asked for the rest. */
  resumes = 0;
  resumedAtMs = 0;
  readonly #options: SubscriberOptions;
  #cursor: string | null = null;
  #socket: ClientSocket | null = null;
  #delay: (() => number) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#connect();
  }

  /** From now on it comes back after a break, as many milliseconds later as `delay` says. */
  comeBack(delay: () => number): void {
    this.#delay = delay;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    const { target, apiKey } = this.#options;
    const socket = new ClientSocket(target, {
      onOpened: () => {
        const payload = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
        socket.send(JSON.stringify({ type: 'connection_init', payload }));
      },
      onText: (text) => this.#receive(JSON.parse(text) as Frame, text),
      onClosed: (code) => this.#closed(code),
    });
    this.#socket = socket;
  }

  #receive({ type, payload }: Frame, text: string): void {
    if (type === 'connection_ack') this.#subscribe();
    else if (type === 'ping') this.#socket?.send('{"type":"pong"}');
    else if (type === 'next' && payload?.data?.update) this.#take(payload.data.update);
    else if (type !== 'pong') this.#options.onFault(text.slice(0, 500));
  }

  #subscribe(): void {
    const { query, variables } = this.#options.request;
    const payload = { query, variables: { ...variables, after: this.#cursor } };
    this.#socket?.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    this.resumedAtMs = Date.now();
  }

  #take({ cursor, balance }: Update): void {
    const isFirst = this.#cursor === null;
    this.#cursor = cursor;
    if (balance !== null) {
      const { version } = balance;
      if (this.version !== null && version <= this.version) this.doubled++;
      else if (this.version !== null) this.lost += version - this.version - 1;
      this.version = Math.max(version, this.version ?? version);
      if (!isFirst) this.#options.onArrival({ version, atMs: Date.now() });
    }
    if (isFirst) this.#options.onFirst();
  }

  #closed(code: number | null): void {
    if (this.#isClosed) return;
    if (this.#delay === null) {
      this.#options.onFault(`closed with code ${code}`);
      return;
    }
    this.resumes++;
    this.#timer = setTimeout(() => this.#connect(), this.#delay());
  }
}
