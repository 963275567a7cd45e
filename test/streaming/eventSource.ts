import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { waitFor } from './support.ts';

/** A client of server-sent events that reads the bytes of its HTTP response by hand. */
export interface RawEvents {
  readonly socket: Socket;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Blocks between blank lines, as they came, comments too. */
  readonly blocks: readonly string[];
  /** What came and is no whole block: a body that is no event stream. */
  readonly body: string;
  /** `data` of each `next` event, parsed. */
  readonly nexts: readonly { readonly id: string | undefined; readonly result: Result }[];
  next(count: number, timeoutMs?: number): Promise<RawEvents['nexts']>;
  readonly ended: Promise<void>;
}

export interface Result {
  readonly data?: Record<string, unknown>;
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

export interface EventsRequest {
  readonly method?: 'GET' | 'POST';
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function openEvents(url: string, request: EventsRequest): Promise<RawEvents> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const ended = once(socket, 'close').then(() => undefined);
  const blocks: string[] = [];
  const nexts: { id: string | undefined; result: Result }[] = [];
  const state = { isChunked: false };
  let head = '';
  let bytes: Buffer = Buffer.alloc(0);
  /** What of the body is no whole block yet. */
  let rest = '';
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (head === '') {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      head = bytes.subarray(0, end).toString();
      state.isChunked = /^transfer-encoding: chunked$/im.test(head);
      bytes = bytes.subarray(end + 4);
    }
    const taken = state.isChunked ? takeChunks(bytes) : { body: bytes, rest: Buffer.alloc(0) };
    bytes = taken.rest;
    const parts = (rest + taken.body.toString()).split('\n\n');
    rest = parts.pop() ?? '';
    for (const block of parts) {
      blocks.push(block);
      if (!block.startsWith('event: next')) continue;
      nexts.push({
        id: /^id: (.*)$/m.exec(block)?.[1],
        result: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null') as Result,
      });
    }
  });
  socket.write(textOf(request, pathname, `${hostname}:${port}`));
  await waitFor('the head of the response', () => head !== '');
  const [first = '', ...lines] = head.split('\r\n');
  return {
    socket,
    ended,
    status: Number(first.split(' ')[1]),
    headers: new Map(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 2),
      ]),
    ),
    blocks,
    nexts,
    get body() {
      return rest;
    },
    async next(count, timeoutMs = 8_000) {
      await waitFor(`${count} events`, () => nexts.length >= count, timeoutMs);
      return nexts;
    },
  };
}

function textOf(request: EventsRequest, path: string, host: string): string {
  const { method = 'POST', query, variables, headers = {} } = request;
  const search = new URLSearchParams({
    query,
    ...(variables === undefined ? {} : { variables: JSON.stringify(variables) }),
  });
  const body = method === 'POST' ? JSON.stringify({ query, variables }) : '';
  const all = {
    host,
    accept: 'text/event-stream',
    ...(method === 'POST'
      ? { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
      : {}),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path}${method === 'GET' ? `?${search}` : ''} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** The bodies of the whole chunks in `bytes`, and what is left. */
function takeChunks(bytes: Buffer): { body: Buffer; rest: Buffer } {
  const bodies: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const line = rest.indexOf('\r\n');
    if (line < 0) break;
    const length = Number.parseInt(rest.subarray(0, line).toString(), 16);
    if (rest.length < line + 2 + length + 2) break;
    bodies.push(rest.subarray(line + 2, line + 2 + length));
    rest = rest.subarray(line + 2 + length + 2);
    if (length === 0) break;
  }
  return { body: Buffer.concat(bodies), rest };
}
