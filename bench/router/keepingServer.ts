import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A subgraph, or what stands in front of one, that works an answer out once and then has it ready. */
export interface KeepingServer {
  readonly url: string;
  /** Requests answered so far. */
  readonly count: () => number;
  /** Whether answers are kept from now on; they are at first. */
  keep(isKept: boolean): void;
  close(): Promise<void>;
}

/** Answers what is not known yet. @throws when it cannot: the bench then fails */
export type Work = (body: string, request: IncomingMessage) => Promise<Buffer>;

/** The same bodies come again and again; more than this is a mistake of the bench. */
const ANSWERS_MAX = 100_000;
const KEEP_ALIVE_MS = 120_000;

/**
 * Answers so that it costs as little as Node's HTTP server allows: what is measured is the gateway in front of it. Answers
 * are kept by the exact body of the request.
 */
export async function serveKeeping(work: Work): Promise<KeepingServer> {
  const answers = new Map<string, Buffer>();
  let requests = 0;
  let isKept = true;

  async function answer(request: IncomingMessage): Promise<Buffer> {
    const body = await readBody(request);
    const known = isKept ? answers.get(body) : undefined;
    if (known !== undefined) return known;
    const worked = await work(body, request);
    if (answers.size >= ANSWERS_MAX) throw new Error(`more than ${ANSWERS_MAX} different subgraph requests`);
    if (isKept) answers.set(body, worked);
    return worked;
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    requests++;
    void answer(request).then((text) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    count: () => requests,
    keep: (value) => {
      isKept = value;
    },
    close: () => closeServer(server),
  };
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      resolve(whole?.toString() ?? '');
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
