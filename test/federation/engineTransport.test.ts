import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newUuid } from '../../platform/id.ts';
import { VIEWER_HEADER, type Viewer, verifyViewer } from '../../platform/viewer.ts';
import { createHttpTransport } from '../../router/transport/http.ts';
import {
  SubgraphUnavailableError,
  type Transport,
  type TransportRequest,
} from '../../router/transport/port.ts';

const viewer: Viewer = { organizationId: newUuid(), kind: 'KEY', subjectId: 'key', scopes: ['*'] };
const viewerSecret = 'a secret that router and subgraphs share';

/** Breaks the connection of the first `broken` requests, then answers with who asked. */
interface Flaky {
  readonly transport: Transport;
  attempts(): number;
  close(): Promise<void>;
}

let running: Flaky;

async function startFlaky(
  broken: number,
  options: { hang?: boolean; deadlineMs?: number } = {},
): Promise<Flaky> {
  let attempts = 0;
  const server: Server = createServer(async (request, response) => {
    attempts++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (attempts <= broken) return void request.socket.destroy();
    if (options.hang) return;
    const header = request.headers[VIEWER_HEADER];
    const asker = verifyViewer(String(header), String(Buffer.concat(chunks)), viewerSecret, new Date());
    response.end(JSON.stringify({ data: { asker: asker?.organizationId } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const transport = createHttpTransport({
    name: 'accounts',
    url: `http://127.0.0.1:${port}/graphql`,
    viewerSecret,
    ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }),
  });
  running = {
    transport,
    attempts: () => attempts,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, transport.close()]);
    },
  };
  return running;
}

afterEach(() => running.close());

function request(kind: TransportRequest['kind']): TransportRequest {
  return { kind, query: `${kind} { x }`, variables: {}, viewer, requestId: 'r-1' };
}

test('a query is sent again, at most twice, when its connection breaks', async () => {
  const { transport, attempts } = await startFlaky(2);
  expect(await transport.execute(request('query'))).toEqual({ data: { asker: viewer.organizationId } });
  expect(attempts()).toBe(3);
});

test('a query whose third connection breaks is given up', async () => {
  const { transport, attempts } = await startFlaky(3);
  await expect(transport.execute(request('query'))).rejects.toBeInstanceOf(SubgraphUnavailableError);
  expect(attempts()).toBe(3);
});

test('a mutation is never sent twice', async () => {
  const { transport, attempts } = await startFlaky(1);
  await expect(transport.execute(request('mutation'))).rejects.toBeInstanceOf(SubgraphUnavailableError);
  expect(attempts()).toBe(1);
});

test('a subgraph that does not answer is given up at the deadline', async () => {
  const { transport, attempts } = await startFlaky(0, { hang: true, deadlineMs: 200 });
  const startedMs = Date.now();
  await expect(transport.execute(request('query'))).rejects.toBeInstanceOf(SubgraphUnavailableError);
  expect(Date.now() - startedMs).toBeLessThan(3_000);
  expect(attempts()).toBe(1);
});
